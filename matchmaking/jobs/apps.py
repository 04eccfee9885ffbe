"""Work is a row. Every app's `jobs.py` is loaded at start, so that each process knows all handlers."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    name = "matchmaking.jobs"

    def ready(self) -> None:
        autodiscover_modules("jobs")
