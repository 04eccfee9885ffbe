"""Telling people what happened, in the portal and by mail."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "matchmaking.notifications"

    def ready(self) -> None:
        from matchmaking.jobs.registry import on_dead_letter  # needs loaded models
        from matchmaking.notifications import alarms

        alarms.register()
        on_dead_letter(alarms.tell_operators)
