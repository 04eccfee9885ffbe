"""Routes of experts."""

from django.urls import path

from experts import views

app_name = "experts"
urlpatterns = [
    path("", views.expert_list, name="expert_list"),
    path("<uuid:uuid>/", views.expert_detail, name="expert_detail"),
]
