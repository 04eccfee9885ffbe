"""Routes of the files of records."""

from django.urls import path

from matchmaking.intake.views import files

app_name = "files"
urlpatterns = [
    path("<uuid:uuid>/", files.file_open, name="open"),
    path("<uuid:uuid>/change/", files.file_change, name="change"),
    path("<uuid:uuid>/remove/", files.file_remove, name="remove"),
    path("<slug:kind>/<uuid:uuid>/", files.file_list, name="list"),
]
