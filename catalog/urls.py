"""Routes of the achievements catalogue."""

from django.urls import path

from catalog.views import confirming, detail, duplicates, editing, freshness, handing_in, listing, reviewing, rights

app_name = "catalog"
urlpatterns = [
    path("", listing.achievement_list, name="achievement_list"),
    path("facets/", listing.achievement_facets, name="achievement_facets"),
    path("export/", listing.achievement_export, name="achievement_export"),
    path("mine/", listing.achievement_mine, name="achievement_mine"),
    path("mine/confirm/", confirming.achievement_confirm_many, name="achievement_confirm_many"),
    path("confirm/<str:token>/", confirming.achievement_confirm_link, name="achievement_confirm_link"),
    path("rights/", rights.right_list, name="right_list"),
    path("freshness/", freshness.freshness, name="freshness"),
    path("freshness/<slug:kind>/<slug:figure>/", freshness.freshness_rows, name="freshness_rows"),
    path("organisations/", listing.organisation_options, name="organisation_options"),
    path("new/", editing.achievement_create, name="achievement_create"),
    path("unit-review/", handing_in.achievement_unit_review, name="achievement_unit_review"),
    path("unit-review/submit/", handing_in.achievement_submit_many, name="achievement_submit_many"),
    path("review/", reviewing.achievement_review, name="achievement_review"),
    path("review/accept/", reviewing.achievement_accept_many, name="achievement_accept_many"),
    path("duplicates/", duplicates.duplicate_moved, name="duplicate_list"),
    path("duplicates/<uuid:uuid>/", duplicates.duplicate_moved, name="duplicate_detail"),
    path("duplicates/<uuid:uuid>/object/", duplicates.duplicate_object, name="duplicate_object"),
    path("<uuid:uuid>/", detail.achievement_detail, name="achievement_detail"),
    path("<uuid:uuid>/edit/", editing.achievement_edit, name="achievement_edit"),
    path("<uuid:uuid>/submit/", handing_in.achievement_submit, name="achievement_submit"),
    path("<uuid:uuid>/send-back/", reviewing.achievement_send_back, name="achievement_send_back"),
    path("<uuid:uuid>/review/", reviewing.achievement_decide, name="achievement_decide"),
    path("<uuid:uuid>/withdraw/", handing_in.achievement_withdraw, name="achievement_withdraw"),
    path("<uuid:uuid>/reopen/", handing_in.achievement_reopen, name="achievement_reopen"),
    path("<uuid:uuid>/confirm/", handing_in.achievement_confirm, name="achievement_confirm"),
    path("<uuid:uuid>/suspend/", handing_in.achievement_suspend, name="achievement_suspend"),
    path("<uuid:uuid>/resume/", handing_in.achievement_resume, name="achievement_resume"),
]
