"""Routes of the review that are the same for every kind of record."""

from django.urls import path

from matchmaking.intake.views import reviewing

app_name = "review"
urlpatterns = [
    path("", reviewing.overview, name="overview"),
    path("<slug:kind>/<uuid:uuid>/versions/", reviewing.version_list, name="version_list"),
    path("<slug:kind>/<uuid:uuid>/appeal/", reviewing.appeal, name="appeal"),
    path("<slug:kind>/<uuid:uuid>/appeal/decide/", reviewing.appeal_decide, name="appeal_decide"),
    path("<slug:kind>/<uuid:uuid>/change/", reviewing.change, name="change"),
    path("<slug:kind>/<uuid:uuid>/change/withdraw/", reviewing.change_withdraw, name="change_withdraw"),
]
