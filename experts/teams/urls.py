"""Routes of teams."""

from django.urls import path

from experts.teams.views import detail, editing, lists, review

app_name = "teams"
urlpatterns = [
    path("", lists.team_list, name="team_list"),
    path("mine/", lists.team_mine, name="team_mine"),
    path("new/", editing.team_create, name="team_create"),
    path("facets/", lists.team_facets, name="team_facets"),
    path("export/", lists.team_export, name="team_export"),
    path("experts/", lists.expert_options, name="expert_options"),
    path("review/", review.team_review, name="team_review"),
    path("<uuid:uuid>/", detail.team_detail, name="team_detail"),
    path("<uuid:uuid>/edit/", editing.team_edit, name="team_edit"),
    path("<uuid:uuid>/submit/", editing.team_submit, name="team_submit"),
    path("<uuid:uuid>/reopen/", editing.team_reopen, name="team_reopen"),
    path("<uuid:uuid>/dissolve/", editing.team_dissolve, name="team_dissolve"),
    path("<uuid:uuid>/step-out/", editing.team_step_out, name="team_step_out"),
    path("<uuid:uuid>/decide/", review.team_decide, name="team_decide"),
]
