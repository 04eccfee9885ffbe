"""Every route declares its access and answers every kind of visitor without an error."""

import re
import uuid

import pytest
from django.core.checks import run_checks
from django.http import HttpResponse

from matchmaking.common import checks
from matchmaking.common.access import PUBLIC
from matchmaking.common.checks import iter_routes

ROUTES = list(iter_routes())
CAST = ["university_officer", "researcher", "enterprise_lead", "park_admin", "regional_officer_miit",
        "regional_officer_edu", "national_officer", "secretary", "expert_user", "broker", "stranger"]  # fmt: skip
# The person who signs out by GET sees a question, and the rest of the walk would be anonymous.
SKIPPED = {"account_logout"}


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


@pytest.mark.usefixtures("refusals_in_full_once")
@pytest.mark.parametrize("who", CAST)
def test_nobody_meets_an_error_and_a_capability_is_asked_for(db, login, who, request):
    """Whoever holds none of a route's capabilities gets 403 before anything is looked up."""
    person = request.getfixturevalue(who)
    client = login(person)
    for route in ROUTES:
        if route["name"] in SKIPPED:
            continue
        declared = route["access"]
        closed = not ({"public", "signed-in"} & set(declared) or any(person.can(name) for name in declared))
        for method in (client.get, client.post):
            response = method(concrete(route))
            if response.streaming:  # an export holds an open file
                assert sum(map(len, response.streaming_content))
                for close in response._resource_closers:
                    close()
            assert response.status_code < 500, route["name"]
            if closed:
                assert response.status_code in {403, 405}, route["name"]


def test_only_the_way_out_is_left_out_of_the_walk():
    assert {tuple(route["access"]) for route in ROUTES if route["name"] in SKIPPED} <= {("public",), ("signed-in",)}


def test_hostile_characters_are_refused_with_a_sentence(db, client):
    for query in ("?q=%00", "?q=%ff", "?q=%ed%a0%80", "?%00=1"):
        response = client.get(f"/needs/{query}")
        assert (response.status_code, bool(response.content)) == (400, True), query
