"""Settings of the processes that the fault harness starts: the test settings and the harness's own job kind."""

from matchmaking.settings.test import *  # noqa: F403
from matchmaking.settings.test import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.long.faultapp"]
MAIL_DELIVERY_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
