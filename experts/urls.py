"""Routes of experts."""

from django.urls import path

from experts.removals import views as removals
from experts.views import detail, duplicates, editing, lists, review

app_name = "experts"
urlpatterns = [
    path("", lists.expert_list, name="expert_list"),
    path("facets/", lists.expert_facets, name="expert_facets"),
    path("mine/", lists.expert_mine, name="expert_mine"),
    path("new/", editing.expert_create, name="expert_create"),
    path("export/", lists.expert_export, name="expert_export"),
    path("organisations/", lists.organisation_options, name="organisation_options"),
    path("review/", review.expert_review, name="expert_review"),
    path("review/admit/", review.expert_admit_many, name="expert_admit_many"),
    path("same/<uuid:uuid>/", duplicates.expert_same, name="expert_same"),
    path("not-listed/", removals.removal_list, name="removal_list"),
    path("not-listed/<uuid:uuid>/", removals.removal_detail, name="removal_detail"),
    path("<uuid:uuid>/not-listed/", removals.removal_ask, name="removal_ask"),
    # Under a word by which the log knows that what follows is a key.
    path("<uuid:uuid>/not-listed/confirm-email/<str:token>/", removals.removal_confirm, name="removal_confirm"),
    path("<uuid:uuid>/", detail.expert_detail, name="expert_detail"),
    path("<uuid:uuid>/edit/", editing.expert_edit, name="expert_edit"),
    path("<uuid:uuid>/consent/", editing.expert_consent, name="expert_consent"),
    path("<uuid:uuid>/agree/", editing.expert_agree, name="expert_agree"),
    path("<uuid:uuid>/submit/", editing.expert_submit, name="expert_submit"),
    path("<uuid:uuid>/leave/", editing.expert_leave, name="expert_leave"),
    path("<uuid:uuid>/decide/", review.expert_decide, name="expert_decide"),
    path("<uuid:uuid>/suspend/", review.expert_suspend, name="expert_suspend"),
    path("<uuid:uuid>/resume/", review.expert_resume, name="expert_resume"),
    path("<uuid:uuid>/renew/", review.expert_renew, name="expert_renew"),
]
