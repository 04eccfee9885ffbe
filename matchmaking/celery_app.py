"""The Celery application. Loaded from `matchmaking.common.apps`, so that `@shared_task` binds to it everywhere."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "matchmaking.settings.base")

app = Celery("tongti")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["matchmaking.jobs"])


@setup_logging.connect
def keep_our_lines(**kwargs: object) -> None:
    """A worker logs as the settings say (`common/log_lines.py`); with a receiver Celery leaves the handlers alone."""
