"""Lines of the log: one event is one line, and what must not be kept is not in it.

A safety net, not a licence: nothing writes passwords, tokens or contact data into the log on purpose. Errors of
libraries quote what they were given, a database error the whole row.
"""

import logging
import re
import time

HIDDEN = "[…]"
_CONTROL = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]")
_ADDRESS = re.compile(r"[^\s@<>()'\"=,;:]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])\d{17}[0-9Xx](?![0-9A-Za-z])")
_ROW = re.compile(r"(Failing row contains|Key) ?\(.*", re.IGNORECASE)  # what PostgreSQL adds to a refused row
_NAMES = (
    r"password|passwd|passphrase|secret|token|api_?key|field_?key|session|csrf|otp|recovery_code"
    r"|authorization|cookie"
)
_NAMED = re.compile(
    rf"""(["']?\b[\w-]*(?:{_NAMES})\w*["']?\s*[=:]\s*)"""
    r"""(?:"[^"]*"|'[^']*'|(?:(?:token|bearer|basic)\s+)?[^\s&,;)}]+)""",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(?i)\b(token|bearer|basic)\s+[A-Za-z0-9+/_.=-]{16,}")
# Addresses that are keys: whoever reads them in the log could use them.
_KEYED = re.compile(
    r"(/(?:confirm-email|reset/key|(?:invitations?|outreach|join)(?:/open)?|saved-searches/stop|matches/by-mail)/)[^/?\s\"']+"
)


def without_secrets(text: str) -> str:
    """The text with secrets and contact data replaced by […]."""
    text = _ROW.sub(lambda found: f"{found[1]} {HIDDEN}", text)
    text = _KEYED.sub(rf"\1{HIDDEN}", text)
    text = _NAMED.sub(rf"\1{HIDDEN}", text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    for pattern in (_ADDRESS, _IDENTITY, _MOBILE):
        text = pattern.sub(HIDDEN, text)
    return text


def on_one_line(text: str) -> str:
    """The text with line ends and other control signs written out, so that nobody writes lines of his own."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class LineFormatter(logging.Formatter):
    """Writes a record on one line; those of a traceback are indented, so that none looks like a record.

    Its time is UTC with the offset written out (ISO 8601), whatever the clock of the host is set to.
    """

    converter = time.gmtime  # type: ignore[assignment]  # as the manual of Python says
    default_time_format, default_msec_format = "%Y-%m-%dT%H:%M:%S", "%s.%03d+00:00"

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is Python's
        record.message = without_secrets(on_one_line(record.message))
        return super().formatMessage(record)

    def formatException(self, ei) -> str:  # type: ignore[no-untyped-def]  # noqa: N802 - the same
        text = without_secrets(super().formatException(ei))
        return "\n".join(f"    {on_one_line(line)}" for line in re.split("[\r\n]+", text))
