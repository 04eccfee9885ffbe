"""All routes. Every one of them declares who may enter it (`common/access.py`)."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from catalog.api import AchievementViewSet
from experts.api import ExpertViewSet
from experts.teams.api import TeamViewSet
from matchmaking.common.api.schema import DocsView, SchemaView
from matchmaking.common.api.views import no_such_address
from matchmaking.common.views import gallery
from matchmaking.intake.api.imports import ImportViewSet
from matchmaking.portal.views import set_language
from needs.api import NeedViewSet
from needs.talent.api import TalentPostViewSet

api = SimpleRouter()
api.register("imports", ImportViewSet, basename="api-import")
api.register("achievements", AchievementViewSet, basename="api-achievement")
api.register("needs", NeedViewSet, basename="api-need")
api.register("experts", ExpertViewSet, basename="api-expert")
api.register("teams", TeamViewSet, basename="api-team")
api.register("talent-posts", TalentPostViewSet, basename="api-talent-post")

handler400 = "matchmaking.common.errors.bad_request"
handler500 = "matchmaking.common.errors.server_error"
handler429 = "matchmaking.accounts.sign_in.lockout.too_many"  # asked for by allauth

urlpatterns = [
    path("api/schema/", SchemaView.as_view(), name="api-schema"),
    path("api/docs/", DocsView.as_view(), name="api-docs"),
    path("api/", include(api.urls)),
    re_path("^api/", no_such_address, name="api-nowhere"),
    path("accounts/", include("matchmaking.accounts.sign_in.urls")),
    path("organisations/", include("matchmaking.accounts.urls")),
    path("my-data/", include("matchmaking.accounts.privacy.urls")),
    path("achievements/", include("catalog.urls")),
    path("needs/", include("needs.urls")),
    path("talent-posts/", include("needs.talent.urls")),
    path("experts/", include("experts.urls")),
    path("teams/", include("experts.teams.urls")),
    path("imports/", include("matchmaking.intake.urls")),
    path("drafts/", include("matchmaking.intake.urls_drafts")),
    path("files/", include("matchmaking.intake.urls_files")),
    path("review/", include("matchmaking.intake.urls_review")),
    path("duplicates/", include("matchmaking.intake.urls_duplicates")),
    path("jobs/", include("matchmaking.jobs.urls")),
    path("notifications/", include("matchmaking.notifications.urls")),
    path("", include("matchmaking.matching.urls")),
    path("", include("matchmaking.finding.urls")),
    path("gallery/", gallery, name="gallery"),
    path("language/", set_language, name="set_language"),
    path("", include("matchmaking.portal.urls")),
]
