"""The only runtime settings. Development and production differ by environment alone.

The limits of the product stand in `limits.py`. A missing production variable stops the start with a sentence.
"""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from matchmaking.settings.api import PAGE_SIZE, REST_FRAMEWORK, REST_KNOX, SPECTACULAR_SETTINGS  # noqa: F401
from matchmaking.settings.content_policy import CONTENT_SECURITY_POLICY, PERMISSIONS_POLICY  # noqa: F401
from matchmaking.settings.guard import exposed
from matchmaking.settings.limits import *  # noqa: F403
from matchmaking.settings.logs import LOGGING  # noqa: F401
from matchmaking.settings.privacy import PRIVACY_ASSESSMENTS  # noqa: F401
from matchmaking.settings.sign_in import *  # noqa: F403
from matchmaking.settings.sign_in import SINGLE_SIGN_ON

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()


def required(name: str, why: str) -> str:
    """Return an environment variable, or stop with a sentence that says what it is for."""
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: {why}.")
    return value


# --- Where we run -----------------------------------------------------------------------------------------------
# EMBEDDED is true only under `./portal up`: a private instance on loopback, with fictional data. It alone may
# switch the demonstration features on, and it alone may be served without TLS.
EMBEDDED = env.bool("TONGTI_EMBEDDED", default=False)
DEBUG = False
SECRET_KEY = required("SECRET_KEY", "it signs sessions and tokens; use 50 random characters")
FIELD_KEYS = [key for key in required("FIELD_KEY", "it encrypts contact data; newest key first").split(",") if key]
ALLOWED_HOSTS = [host for host in required("ALLOWED_HOSTS", "the host names the portal answers to").split(",") if host]
DATABASES = {
    "default": env.db_url_config(required("DATABASE_URL", "the PostgreSQL database, as postgres://user@host/name"))
}
# A socket directory can only be written as ?host=/dir; the rest of the project looks for it in one place.
DATABASES["default"]["HOST"] = DATABASES["default"].get("OPTIONS", {}).pop("host", DATABASES["default"]["HOST"])
DATABASES["default"] |= {
    "CONN_MAX_AGE": 60,
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": DATABASES["default"].get("OPTIONS", {})
    | {
        "connect_timeout": 5,
        # With less memory the bitmaps of a search over a million rows become inexact, and every row is read again.
        "options": "-c statement_timeout=60s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s "
        "-c work_mem=32MB",
    },
}
SAMPLE_SIGN_IN = env.bool("SAMPLE_SIGN_IN", default=EMBEDDED)  # fictional people: by one click, without second factor
CACHES = {
    # Counters of attempts and used codes: shared by all processes, and still there when Valkey was emptied.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "counters",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}
if EMBEDDED and (reasons := exposed(ALLOWED_HOSTS, DATABASES["default"].get("HOST", ""))):
    raise ImproperlyConfigured(" ".join(reasons))
if SAMPLE_SIGN_IN and not EMBEDDED:
    raise ImproperlyConfigured("SAMPLE_SIGN_IN signs anybody in as the fictional people; it needs TONGTI_EMBEDDED.")
PUBLIC_URL = env.str("PUBLIC_URL", default="")  # where the portal is reached; links in mail begin with it
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- The house --------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "matchmaking.common",
    "matchmaking.vocabularies",
    "matchmaking.jobs",
    "matchmaking.activity",
    "matchmaking.notifications",
    "matchmaking.accounts",
    "matchmaking.programmes",
    "matchmaking.intake",
    "catalog",
    "needs",
    "experts",
    "matchmaking.matching",
    "matchmaking.finding",
    "matchmaking.portal",
    "matchmaking.sampledata",
]
MIDDLEWARE = [
    "matchmaking.common.middleware.RequestIdMiddleware",
    # What follows writes headers: it stands outside of all that could answer instead of a view.
    "matchmaking.common.headers.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "matchmaking.common.middleware.ChosenLanguageMiddleware",
    "matchmaking.common.middleware.PlainApiMiddleware",
    "matchmaking.common.middleware.RequestSizeMiddleware",
    "matchmaking.common.clean_input.CleanInputMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "matchmaking.accounts.sign_in.middleware.SessionClockMiddleware",
    "matchmaking.accounts.middleware.CurrentOrganisationMiddleware",
    "matchmaking.accounts.sign_in.middleware.DutyMiddleware",
    "matchmaking.common.busy.BusyMiddleware",
    "matchmaking.common.methods.WrongMethodMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "matchmaking.urls"
WSGI_APPLICATION = "matchmaking.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "matchmaking.portal.context_processors.layout",
            ],
            "builtins": ["matchmaking.common.templatetags.tongti"],
        },
    }
]
FORM_RENDERER = "matchmaking.common.forms.TablerRenderer"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Language and time ------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# --- Cookies and headers ----------------------------------------------------------------------------------------
_tls = not EMBEDDED
SESSION_COOKIE_NAME = "__Host-session" if _tls else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if _tls else "csrf"
LANGUAGE_COOKIE_NAME = "__Host-language" if _tls else "language"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _tls
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # what a message says stays with us
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 60 * 60 * 12
SECURE_SSL_REDIRECT = _tls and env.bool("SSL_REDIRECT", default=True)
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=int(BEHIND_PROXY))  # that add to X-Forwarded-For, ours alone
# A program that is led on to https would send its token in the clear each time: PlainApiMiddleware refuses it instead.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^api/(?!docs/)"]
SECURE_HSTS_SECONDS = 31_536_000 if _tls else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _tls
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# A browser follows the form that begins single sign-on only to what is named here.
CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"] += [at for one in SINGLE_SIGN_ON.values() for at in one["origins"]]

# --- Files ------------------------------------------------------------------------------------------------------
DATA_DIR = Path(env.str("TONGTI_DATA", default=str(BASE_DIR / "var")))
STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))()
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = EMBEDDED
WHITENOISE_ALLOW_ALL_ORIGINS = False
MATCH_INDEX_DIR = DATA_DIR / "cache" / "indexes"  # shared by all workers; may be emptied, a run builds them anew
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(DATA_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Matching: encoders from outside read texts too (onnx:FOLDER, st:FOLDER or package:NAME; none by default) --------
MATCH_WARM = True  # a web process loads the engine beside its requests
MATCH_ENCODER = env.str("MATCH_ENCODER", default="")
MATCH_CROSS_ENCODER = env.str("MATCH_CROSS_ENCODER", default="")

# --- History: entries are chained by a digest (sha256, or sm3 where the state asks for its own), and every hour the
# head of the chain goes to these folders outside the database: further places (another disk, another machine) are given
# behind a comma, and `verify_history` reads them all.
HISTORY_DIGEST = env.str("HISTORY_DIGEST", default="sha256")
ANCHOR_DIRS = [Path(folder) for folder in env.list("ANCHOR_DIR", default=[str(DATA_DIR / "anchors")])]

# --- Mail: the portal writes rows, a job hands them to this backend ---------------------------------------------
EMAIL_BACKEND = "matchmaking.notifications.mail.OutboxBackend"
MAIL_DELIVERY_BACKEND = env.str(
    "MAIL_DELIVERY_BACKEND",
    default="django.core.mail.backends.filebased.EmailBackend"
    if EMBEDDED
    else "django.core.mail.backends.smtp.EmailBackend",
)
EMAIL_FILE_PATH = env.str("MAIL_DIR", default=str(DATA_DIR / "mail"))
EMAIL_HOST = env.str("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="tongti@localhost")

# --- Celery: only `run_job(id)` travels through it; the job row is the truth (reliability rules 2 to 5) ---------
CELERY_BROKER_URL = required("CELERY_BROKER_URL", "the Valkey or Redis that carries job ids to the workers")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 3,
    "socket_connect_timeout": 3,
}
CELERY_VISIBILITY_TIMEOUT = 900
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_ON_FAILURE_OR_TIMEOUT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_TIMEZONE = TIME_ZONE
