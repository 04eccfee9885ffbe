"""Floor 0. Importing the Celery application here binds every `@shared_task`, while `import matchmaking` stays bare."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "matchmaking.common"

    def ready(self) -> None:
        import matchmaking.celery_app
        import matchmaking.common.checks  # noqa: F401  (registers the system checks)
