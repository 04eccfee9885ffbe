"""Routes of the upload of achievements; part of the catalogue's namespace."""

from django.urls import path

from catalog.views import imports

urlpatterns = [
    path("", imports.import_list, name="import_list"),
    path("template/", imports.import_template, name="import_template"),
    path("new/", imports.import_create, name="import_create"),
    path("<uuid:uuid>/", imports.import_detail, name="import_detail"),
    path("<uuid:uuid>/errors/", imports.import_errors, name="import_errors"),
    path("<uuid:uuid>/commit/", imports.import_commit, name="import_commit"),
    path("<uuid:uuid>/abandon/", imports.import_abandon, name="import_abandon"),
]
