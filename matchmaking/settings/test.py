"""What the test suite changes, and nothing else."""

import os
import tempfile

# The suite brings its own throw-away servers; the rest has no meaning outside it.
os.environ.setdefault("SECRET_KEY", "test-only-not-a-secret-" + "x" * 40)
os.environ.setdefault("FIELD_KEY", "dGVzdC1vbmx5LW5vdC1hLXNlY3JldC1rZXktMzJieXQ=")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
os.environ.setdefault("DATABASE_URL", "postgres://app@localhost/tongti")
os.environ.setdefault("CELERY_BROKER_URL", "redis+socket:///nonexistent/broker.sock")
os.environ.setdefault("TONGTI_EMBEDDED", "1")
if "TONGTI_DATA" not in os.environ:
    os.environ["TONGTI_DATA"] = tempfile.mkdtemp(prefix="tongti-test-")

from matchmaking.settings.base import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405
DATABASES["default"]["TEST"] = {"NAME": os.environ.get("TEST_DB", "test_tongti")}  # noqa: F405
# As on the product's own server (devstack/postgres.py): compiling a query costs ten times what it saves here.
DATABASES["default"]["OPTIONS"]["options"] += " -c jit=off"  # noqa: F405
MAIL_DELIVERY_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
VOCABULARY_CHECK_SECONDS = 86_400  # a test that counts its queries must not meet the one that asks for changes
MATCH_WARM = False  # no thread beside a test
JOB_GUARD = os.environ.get("TONGTI_JOB_GUARD", "1") == "1"  # off only in the control of the fault harness
