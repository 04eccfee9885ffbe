"""All routes. Every one of them declares who may enter it (`common/access.py`)."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
]
