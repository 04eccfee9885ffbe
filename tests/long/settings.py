"""Settings of the processes that the fault harness starts: the test settings and the harness's own job kind."""

from matchmaking.settings.test import *  # noqa: F403
from matchmaking.settings.test import DATABASES, INSTALLED_APPS

DATABASES["default"]["CONN_MAX_AGE"] = 60  # as in production: sessions live on between jobs, until one is ended
INSTALLED_APPS = [*INSTALLED_APPS, "tests.long.faultapp"]
MAIL_DELIVERY_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
