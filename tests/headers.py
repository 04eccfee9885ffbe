"""What every answer must carry, as a table of 100 points, and the settings of a production host to score with."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import Morsel
from pathlib import Path
from typing import Any

from django.http import HttpResponseBase

YEAR = 31_536_000
PROJECT = Path(__file__).resolve().parent.parent
# Of the settings, what decides about headers and cookies.
DECIDING = (
    "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD", "SECURE_SSL_REDIRECT",
    "SECURE_REFERRER_POLICY", "SECURE_REDIRECT_EXEMPT", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME",
    "LANGUAGE_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "LANGUAGE_COOKIE_SECURE",
    "SESSION_COOKIE_HTTPONLY", "CSRF_COOKIE_HTTPONLY", "MIDDLEWARE", "CONTENT_SECURITY_POLICY", "PERMISSIONS_POLICY",
    "X_FRAME_OPTIONS", "MESSAGE_STORAGE", "WHITENOISE_ALLOW_ALL_ORIGINS",
)  # fmt: skip


def production_settings() -> dict[str, Any]:
    """What a process with the environment of a production host reads; from a process of its own."""
    from matchmaking.devstack.checks import production_environment

    code = (
        "import json; from matchmaking.settings import base; "
        f"print(json.dumps({{name: getattr(base, name) for name in {DECIDING!r}}}))"
    )
    env = production_environment("postgres://app@localhost/none", "redis://localhost:1")
    done = subprocess.run(
        [sys.executable, "-c", code], env=env | {"PYTHONPATH": os.pathsep.join(sys.path)}, cwd=PROJECT,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@dataclass(frozen=True)
class Answer:
    """An answer with what must be known to judge it. `signed_in`: somebody asked. `shared`: a static file."""

    response: HttpResponseBase
    signed_in: bool = False
    shared: bool = False
    embedded: bool = False

    def header(self, name: str) -> str:
        return str(self.response.headers.get(name, ""))

    @property
    def policy(self) -> dict[str, list[str]]:
        parts = [part.split() for part in self.header("Content-Security-Policy").split(";") if part.strip()]
        return {part[0]: part[1:] for part in parts}

    def sources(self, directive: str) -> list[str]:
        return self.policy.get(directive, self.policy.get("default-src", ["*"]))

    @property
    def cookies(self) -> list["Morsel[str]"]:
        return [one for one in self.response.cookies.values() if one.value]  # an emptied one is being deleted


def _hsts(one: Answer) -> bool:
    if one.embedded:
        return True  # http on loopback
    said = one.header("Strict-Transport-Security")
    age = re.search(r"max-age=(\d+)", said)
    return bool(age and int(age[1]) >= YEAR and "includeSubDomains" in said)


def _scripts(one: Answer) -> bool:
    allowed = one.sources("script-src")
    return bool(one.policy) and not any(
        source in ("'unsafe-inline'", "'unsafe-eval'", "*") or source.startswith(("data:", "http:", "https:", "*."))
        for source in allowed
    )


def _styles(one: Answer) -> bool:
    return bool(one.policy) and not {"'unsafe-inline'", "*", "data:"} & set(one.sources("style-src"))


def _none(directive: str) -> Callable[[Answer], bool]:
    return lambda one: one.policy.get(directive) == ["'none'"]


def _forms(one: Answer) -> bool:
    return one.policy.get("form-action") in (["'self'"], ["'none'"])


def _own_host(one: Answer) -> bool:
    own = {"'self'", "'none'", "data:"}
    return bool(one.policy) and all(
        set(sources) <= own for directive, sources in one.policy.items() if directive != "sandbox"
    )


def _nowhere(one: Answer) -> bool:
    return one.shared or not one.signed_in or "no-store" in one.header("Cache-Control")


def _guarded(one: Answer) -> bool:
    return all(
        cookie["httponly"] and cookie["samesite"] in ("Lax", "Strict") and (cookie["secure"] or one.embedded)
        for cookie in one.cookies
    )


def _prefixed(one: Answer) -> bool:
    """A cookie for one path cannot have the prefix; there is one such, of a library, for one step of SAML."""
    return one.embedded or all(
        cookie.key.startswith("__Host-") and not cookie["domain"] for cookie in one.cookies if cookie["path"] == "/"
    )


# Points, what is asked, how it is judged.
TABLE: list[tuple[int, str, Callable[[Answer], bool]]] = [
    (10, "HSTS of at least a year, with subdomains", _hsts),
    (15, "no inline, evaluated, foreign or data: script", _scripts),
    (5, "no inline or foreign style", _styles),
    (5, "object-src 'none'", _none("object-src")),
    (5, "base-uri 'none'", _none("base-uri")),
    (10, "frame-ancestors 'none'", _none("frame-ancestors")),
    (5, "form-action 'self'", _forms),
    (5, "nothing from another host", _own_host),
    (10, "nosniff", lambda one: one.header("X-Content-Type-Options") == "nosniff"),
    (5, "Referrer-Policy", lambda one: one.header("Referrer-Policy") in ("same-origin", "no-referrer")),
    (5, "COOP", lambda one: one.header("Cross-Origin-Opener-Policy") == "same-origin"),
    (5, "CORP", lambda one: one.header("Cross-Origin-Resource-Policy") == "same-origin"),
    (3, "Permissions-Policy", lambda one: "camera=()" in one.header("Permissions-Policy")),
    (2, "no foreign origin is let in", lambda one: "Access-Control-Allow-Origin" not in one.response.headers),
    (5, "cookies HttpOnly, SameSite, Secure", _guarded),
    (2, "cookies __Host-", _prefixed),
    (3, "no-store for whoever has signed in", _nowhere),
]


def score(one: Answer) -> tuple[int, list[str]]:
    """The points of an answer, and what it lacks."""
    lacking = [(points, what) for points, what, holds in TABLE if not holds(one)]
    return 100 - sum(points for points, _what in lacking), [what for _points, what in lacking]
