"""Routes of talent posts."""

from django.urls import path

from needs.talent.views import detail, editing, lists, review

app_name = "talent"
urlpatterns = [
    path("", lists.talent_post_list, name="talent_post_list"),
    path("mine/", lists.talent_post_mine, name="talent_post_mine"),
    path("new/", editing.talent_post_create, name="talent_post_create"),
    path("facets/", lists.talent_post_facets, name="talent_post_facets"),
    path("export/", lists.talent_post_export, name="talent_post_export"),
    path("review/", review.talent_post_review, name="talent_post_review"),
    path("review/pass/", review.talent_post_pass_many, name="talent_post_pass_many"),
    path("<uuid:uuid>/", detail.talent_post_detail, name="talent_post_detail"),
    path("<uuid:uuid>/edit/", editing.talent_post_edit, name="talent_post_edit"),
    path("<uuid:uuid>/submit/", editing.talent_post_submit, name="talent_post_submit"),
    path("<uuid:uuid>/withdraw/", editing.talent_post_withdraw, name="talent_post_withdraw"),
    path("<uuid:uuid>/reopen/", editing.talent_post_reopen, name="talent_post_reopen"),
    path("<uuid:uuid>/prolong/", editing.talent_post_prolong, name="talent_post_prolong"),
    path("<uuid:uuid>/fill/", editing.talent_post_fill, name="talent_post_fill"),
    path("<uuid:uuid>/decide/", review.talent_post_decide, name="talent_post_decide"),
]
