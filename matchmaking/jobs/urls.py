"""Routes of jobs."""

from django.urls import path

from matchmaking.jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.job_list, name="list"),
    path("<uuid:uuid>/", views.job_detail, name="detail"),
    path("<uuid:uuid>/progress/", views.job_progress, name="progress"),
    path("<uuid:uuid>/cancel/", views.job_cancel, name="cancel"),
    path("<uuid:uuid>/retry/", views.job_retry, name="retry"),
]
