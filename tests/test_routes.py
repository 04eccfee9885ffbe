"""Every route declares its access and leads a visitor no further. Everybody else goes there in long/test_matrix.py."""

import re
import uuid

import pytest
from django.core.checks import run_checks
from django.http import HttpResponse

from matchmaking.common import checks
from matchmaking.common.access import PUBLIC
from matchmaking.common.checks import iter_routes

ROUTES = list(iter_routes())


def concrete(route) -> str:
    """The address of a route with values that name nothing."""
    pattern = route["pattern"]
    for converter, value in (("uuid", uuid.UUID(int=7)), ("int", 999_999), ("str", "x"), ("slug", "x")):
        pattern = re.sub(rf"<{converter}:\w+>", str(value), pattern)
    pattern = re.sub(r"\(\?P<pk>[^)]*\)|\(\?P<uuid>[^)]*\)", str(uuid.UUID(int=7)), pattern)
    pattern = re.sub(r"\(\?P<\w+>[^)]*\)", "x", pattern)
    return "/" + pattern.replace("^", "").replace("$", "").replace("\\", "").replace("/?", "/")


def test_the_walk_finds_the_portal():
    names = {route["name"] for route in ROUTES}
    assert {"portal:home", "catalog:achievement_list", "needs:need_list", "matching:review_queue"} <= names
    assert len(ROUTES) > 60


def test_every_route_declares_its_access():
    assert [route["pattern"] for route in ROUTES if route["access"] is None] == []


def test_an_undeclared_route_stops_the_start(monkeypatch):
    undeclared = {"pattern": "naked/", "name": "naked", "view": lambda request: HttpResponse(), "access": None}
    monkeypatch.setattr(checks, "iter_routes", lambda: iter([*ROUTES, undeclared]))
    assert [error.id for error in run_checks(tags=["urls"]) if error.id == "tongti.E001"] == ["tongti.E001"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_visitor_without_account_gets_no_further_than_he_may(db, login, method):
    for route in ROUTES:
        response = getattr(login(), method)(concrete(route))
        public, where = PUBLIC in route["access"], route["name"] or route["pattern"]
        allowed = {200, 302, 400, 401, 403, 404, 405, 422} if public else {302, 401, 403, 404, 405}
        assert response.status_code in allowed, where
        if response.status_code == 302 and not public:
            assert "/accounts/" in response["Location"], where


def test_hostile_characters_are_refused_with_a_sentence(db, client):
    for query in ("?q=%00", "?q=%ff", "?q=%ed%a0%80", "?%00=1"):
        response = client.get(f"/needs/{query}")
        assert (response.status_code, bool(response.content)) == (400, True), query
