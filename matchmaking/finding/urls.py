"""Routes of finding."""

from django.urls import path

from matchmaking.finding.views import comparing, liking, saved, searching

app_name = "finding"
urlpatterns = [
    path("search/", searching.search, name="search"),
    path("search/like/", liking.like_this, name="like"),
    path("compare/", comparing.compare, name="compare"),
    path("saved-searches/", saved.saved_search_list, name="saved_search_list"),
    path("saved-searches/new/", saved.saved_search_create, name="saved_search_create"),
    path("saved-searches/stop/<str:token>/", saved.stop, name="stop"),
    path("saved-searches/<uuid:uuid>/", saved.saved_search_detail, name="saved_search_detail"),
    path("saved-searches/<uuid:uuid>/edit/", saved.saved_search_edit, name="saved_search_edit"),
    path("saved-searches/<uuid:uuid>/delete/", saved.saved_search_delete, name="saved_search_delete"),
]
