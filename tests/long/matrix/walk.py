"""Goes to every route as everybody and says in one word how each was answered."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy, deepcopy
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from django.contrib import auth
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction
from django.http import HttpResponseBase

from matchmaking.common.access import EXTERNAL_ROUTES
from matchmaking.common.checks import iter_routes
from tests.long.matrix.world import MISSING, World, missing

ACTING = {"GET", "POST", "PUT", "PATCH", "DELETE"}  # HEAD is answered by the view of GET
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
LOGIN, FORBIDDEN, MISSING_, NO_METHOD, IN, ERROR = "login", "403", "404", "405", "in", "error"
# What nobody may set by naming it: sent along with every POST (M3).
EXTRA = {"owner": "1", "state": "published", "role": "secretary", "region": "37", "visibility": "public",
         "is_staff": "true", "is_superuser": "true", "created_by": "1", "score": "1", "body": "1",
         "organisation": "1", "user": "1", "public_no": "XQ-1999-000001", "confidential": "false"}  # fmt: skip
# Tables that are written by being there: the session and its clock, and what counts attempts.
BESIDE = re.compile(
    r'"(django_session|usersessions_usersession|accounts_user|axes_\w+|account_\w+|django_cache\w*|counters)"'
)
_WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)


@dataclass
class Route:
    """A route as the walk of the URLconf found it."""

    key: str  # its name; the pattern is added where two routes share one
    pattern: str
    access: tuple[str, ...]
    is_api: bool
    is_library: bool = False  # a view of allauth, which answers what it does not know like GET, or not at all


@dataclass
class Answer:
    """How one cell was answered: a word, the status, and the tables that were written."""

    word: str
    status: int
    wrote: set[str] = field(default_factory=set)


def routes() -> list[Route]:
    """Every route of the portal, the API and the libraries, in the order of the URLconf."""
    found, seen = [], set()
    for one in iter_routes():
        key = one["name"] or one["pattern"]
        if key in seen:
            key = f"{key} {one['pattern']}"
        seen.add(key)
        is_api, is_library = one["pattern"].startswith("api/"), one["name"] in EXTERNAL_ROUTES
        found.append(Route(key, one["pattern"], one["access"], is_api, is_library))
    return found


def address(pattern: str, values: dict[str, Any]) -> str:
    """The address of a route with these values; what has no value names nothing."""

    def value(match: re.Match[str]) -> str:
        name, kind = match["name"], match["kind"] or "str"
        return str(values.get(name, {"uuid": MISSING, "int": 999_999_999}.get(kind, "x")))

    pattern = re.sub(
        r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>(?!\[)",
        value,
        re.sub(r"\(\?P(<\w+>)(?:[^()]|\([^)]*\))*\)", r"\1", pattern),
    )
    return "/" + pattern.replace("^", "").replace("$", "").replace("\\", "").replace("/?", "/").replace(".?", ".")


def word_of(response: HttpResponseBase) -> str:
    if response.status_code in (302, 303) and "/accounts/login/" in response["Location"]:
        return LOGIN
    if response.status_code == 401:
        return LOGIN
    if response.status_code in (403, 404, 405):
        return str(response.status_code)
    return ERROR if response.status_code >= 500 else IN


@contextmanager
def writes() -> Iterator[set[str]]:
    """The tables of which a row was written inside the block, but for the session's own."""
    seen: set[str] = set()

    def look(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        if isinstance(sql, str) and _WRITES.match(sql) and not BESIDE.search(sql.split("WHERE")[0]):
            found = re.search(r'"(\w+)"', sql)
            if context["cursor"].rowcount:
                seen.add(found[1] if found else sql[:40])
        return answer

    with connection.execute_wrapper(look):
        yield seen


@contextmanager
def plain_pages() -> Iterator[None]:
    """No template is filled in: the matrix asks who gets in, not what he reads there."""
    with patch("django.template.backends.django.Template.render", lambda *a, **k: ""):
        yield


@contextmanager
def remembered() -> Iterator[None]:
    """Session, person and roles are read once for all cells: every request is undone, so they are always the same."""
    people: dict[str, Any] = {}
    sessions: dict[str, Any] = {}
    read_user, read_session = auth.get_user, SessionStore.load

    def user(request: Any) -> Any:
        known = request.session.get(auth.SESSION_KEY)
        if known not in people:
            people[known] = read_user(request)
            _ = getattr(people[known], "active_memberships", None), getattr(people[known], "client_ids", None)
        return copy(people[known])

    def session(self: SessionStore) -> Any:
        if self.session_key not in sessions:
            sessions[self.session_key] = read_session(self)
        return deepcopy(sessions[self.session_key])

    with patch.object(auth, "get_user", user), patch.object(SessionStore, "load", session):
        yield


def send(client: Any, method: str, path: str, body: dict[str, Any] | None = None, *,
         extra: dict[str, Any] = EXTRA, **headers: Any) -> HttpResponseBase:  # fmt: skip
    """One request; everything that is not GET or HEAD carries the extra keys."""
    if method in ("GET", "HEAD", "OPTIONS"):
        return getattr(client, method.lower())(path, **headers)
    if path.startswith("/api/"):
        headers.setdefault("HTTP_IDEMPOTENCY_KEY", "matrix")
        return getattr(client, method.lower())(path, extra | (body or {}), content_type="application/json", **headers)
    if method == "POST":
        return client.post(path, extra | (body or {}), **headers)
    return getattr(client, method.lower())(path, "", **headers)


def ask(world: World, client: Any, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
    """Ask once, and undo what it did."""
    point, cookies = transaction.savepoint(), client.cookies.copy()
    with writes() as wrote:
        if path.startswith("/api/"):  # refuses keys it does not know before it looks for anything
            response = send(client, method, path, {"version": (body or {}).get("version", 1)}, extra={})
        else:
            response = send(client, method, path, body)
        if response.streaming:
            for _piece in response.streaming_content:
                break
        for close in getattr(response, "_resource_closers", []):
            close()
    transaction.savepoint_rollback(point)
    client.cookies = cookies  # some routes end the session
    return Answer(word_of(response), response.status_code, wrote)


def situations(world: World, kind: str) -> dict[str, dict[str, Any]]:
    """The situations of an object with the values of the route, and one that names nothing."""
    if not kind:
        return {"-": {}}
    found = world.objects[kind]
    return found | {"missing": missing(next(iter(found.values())))}


def body_of(world: World, kind: str, situation: str) -> dict[str, Any]:
    """What every POST carries: the version that was looked at, and what most decisions ask for."""
    row = world.rows.get((kind, situation))
    return {"version": getattr(row, "version", 1), "decision": "pass", "reason": "理由", "answer": "yes"}
