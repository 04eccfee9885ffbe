"""The Celery application. Loaded from `matchmaking.common.apps`, so that `@shared_task` binds to it everywhere."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "matchmaking.settings.base")

app = Celery("tongti")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["matchmaking.jobs"])
