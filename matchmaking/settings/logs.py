"""The log goes to stderr, one line an event (`common/log_lines.py`)."""

import environ

_env = environ.Env()

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "matchmaking.common.middleware.RequestIdFilter"}},
    "formatters": {
        "line": {
            "()": "matchmaking.common.log_lines.LineFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]}},
    "root": {"handlers": ["stderr"], "level": _env.str("LOG_LEVEL", default="INFO")},
}
