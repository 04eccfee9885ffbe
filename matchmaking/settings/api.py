"""The API: who signs in how, what is read and answered, the OpenAPI document."""

from datetime import timedelta

PAGE_SIZE = 20  # rows of a list, on pages and in the API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "matchmaking.accounts.sign_in.api.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "matchmaking.common.api.problems.handle",
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],  # visibility is the queryset's
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["matchmaking.common.api.parsing.StrictJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "matchmaking.common.pagination.ApiPagination",
    "PAGE_SIZE": PAGE_SIZE,
}
REST_KNOX = {"TOKEN_TTL": timedelta(days=90), "TOKEN_LIMIT_PER_USER": 10}
SPECTACULAR_SETTINGS = {
    "TITLE": "同题 Tongti",
    "DESCRIPTION": "专项行动的成果、需求、专家、人才需求与团队：查询、填报、提交、批量导入。\n\n"
    "Achievements, needs, experts, talent posts and teams of the programmes: read, write, hand in, upload.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATIONS": False,
    "POSTPROCESSING_HOOKS": ["matchmaking.common.api.schema.add_problems"],
}
