"""Routes of needs."""

from django.urls import path

from needs.views import clinic, detail, editing, lists, review, rewriting

app_name = "needs"
urlpatterns = [
    path("", lists.need_list, name="need_list"),
    path("facets/", lists.need_facets, name="need_facets"),
    path("mine/", lists.need_mine, name="need_mine"),
    path("new/", editing.need_create, name="need_create"),
    path("indicators/", clinic.need_indicators, name="need_indicators"),
    path("export/", lists.need_export, name="need_export"),
    path("organisations/", lists.organisation_options, name="organisation_options"),
    path("review/", review.need_review, name="need_review"),
    path("review/pass/", review.need_pass_many, name="need_pass_many"),
    path("<uuid:uuid>/", detail.need_detail, name="need_detail"),
    path("<uuid:uuid>/edit/", editing.need_edit, name="need_edit"),
    path("<uuid:uuid>/rewrite/", rewriting.need_rewrite, name="need_rewrite"),
    path("<uuid:uuid>/rewrites/", rewriting.need_rewrites, name="need_rewrites"),
    path("<uuid:uuid>/rewrites/answer/", rewriting.need_rewrite_answer, name="need_rewrite_answer"),
    path("<uuid:uuid>/submit/", editing.need_submit, name="need_submit"),
    path("<uuid:uuid>/withdraw/", editing.need_withdraw, name="need_withdraw"),
    path("<uuid:uuid>/reopen/", editing.need_reopen, name="need_reopen"),
    path("<uuid:uuid>/prolong/", editing.need_prolong, name="need_prolong"),
    path("<uuid:uuid>/decide/", review.need_decide, name="need_decide"),
]
