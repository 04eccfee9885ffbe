"""Routes of unsaved texts."""

from django.urls import path

from matchmaking.intake.views import drafts

app_name = "drafts"
urlpatterns = [
    path("", drafts.draft_list, name="list"),
    path("save/", drafts.draft_save, name="save"),
    path("offers/", drafts.draft_offers, name="offers"),
    path("<uuid:uuid>/", drafts.draft_read, name="read"),
    path("<uuid:uuid>/discard/", drafts.draft_discard, name="discard"),
]
