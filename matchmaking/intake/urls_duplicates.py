"""Routes of the pairs that may be duplicates."""

from django.urls import path

from matchmaking.intake.views import duplicates

app_name = "duplicates"
urlpatterns = [
    path("", duplicates.pair_list, name="list"),
    path("<slug:kind>/<uuid:uuid>/", duplicates.pair_detail, name="detail"),
]
