"""Routes of accounts."""

from django.urls import path

from matchmaking.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.organisation_list, name="organisation_list"),
    path("switch/", views.switch_organisation, name="switch_organisation"),
    path("profile/", views.profile, name="profile"),
    path("demo/<int:pk>/", views.demo_sign_in, name="demo_sign_in"),
    path("<uuid:uuid>/", views.organisation_detail, name="organisation_detail"),
]
