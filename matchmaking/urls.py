"""All routes. Every one of them declares who may enter it (`common/access.py`)."""

from django.urls import include, path

from matchmaking.portal.views import set_language

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("organisations/", include("matchmaking.accounts.urls")),
    path("achievements/", include("catalog.urls")),
    path("needs/", include("needs.urls")),
    path("experts/", include("experts.urls")),
    path("jobs/", include("matchmaking.jobs.urls")),
    path("notifications/", include("matchmaking.notifications.urls")),
    path("", include("matchmaking.matching.urls")),
    path("language/", set_language, name="set_language"),
    path("", include("matchmaking.portal.urls")),
]
