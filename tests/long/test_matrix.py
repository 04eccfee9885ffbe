"""Who gets where: every route as everybody, before every object in every situation, against the declared matrix.

    TONGTI_MATRIX=all ./portal test tests/long/test_matrix.py     every cell
    ./portal test                                                 every route as everybody, one cell each

The matrix stands in `matrix.toml`; a route or a situation that is not in it fails.
"""

import ast
import os
import re
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.urls import path, reverse
from django_filters import FilterSet
from drf_spectacular.generators import SchemaGenerator

from matchmaking import urls as project_urls
from matchmaking.accounts.apps import OPEN_ROUTES, OWN_ROUTES
from matchmaking.common.checks import iter_routes
from needs.models import TechNeedQuerySet
from tests.factories.talent import form_data as talent_data
from tests.factories.teams import form_data as team_data
from tests.long.matrix import cells
from tests.long.matrix.table import Table
from tests.long.matrix.walk import address, plain_pages, routes, send, writes
from tests.long.matrix.world import MISSING, World

ALL = os.environ.get("TONGTI_MATRIX") == "all"
SEED = 20261122
PEOPLE = (
    "anonymous", "stranger", "university_officer", "other_university_officer", "researcher", "colleague",
    "other_researcher", "expert_user", "other_expert", "student", "enterprise_lead", "enterprise_reader",
    "other_enterprise_lead", "guest_lead", "park_admin", "other_park_admin", "broker", "investor",
    "national_officer", "secretary", "system_admin", "security_admin", "audit_admin", "deactivated", "miit",
    "other_miit", "edu", "other_edu", "sti", "other_sti", "ip", "other_ip",
)  # fmt: skip
# For these every row of the matrix was looked at; for the others, who reads which object in which situation.
WALKED = ("anonymous", "deactivated", "audit_admin", "broker")
ROUTES = routes()


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """One world for the module, gone at its end; every request is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL jit = off")  # as in our own database; compiling costs ten times the walk
        yield World()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def table(world):
    return Table(world.people)


def test_everybody_is_here(world):
    assert set(world.people) == set(PEOPLE)
    assert len(PEOPLE) >= 16


def test_every_route_has_a_row_and_every_row_a_route(table):
    assert {route.key for route in ROUTES} == set(table.rows)


def _patterns(module: str) -> int:
    """How many routes the text of a module of URLs holds, with those it includes; a router is not counted."""
    tree = ast.parse(Path(import_module(module).__file__ or "").read_text("utf-8"))
    count = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("path", "re_path"):
            inner = node.args[1]
            if isinstance(inner, ast.Call) and getattr(inner.func, "id", "") == "include":
                named = inner.args[0]
                below = named.value if isinstance(named, ast.Constant) else ""
                count += _patterns(below) if below and not below.startswith("allauth") else 0
            else:
                count += 1
    return count


def test_the_walk_finds_as_many_as_are_written_down():
    """Counted anew from the texts of the modules of URLs, the OpenAPI document and the list of allauth's routes."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    api = [where for where in document["paths"] if where not in ("/api/schema/", "/api/docs/")]
    assert len(ROUTES) == _patterns("matchmaking.urls") + len(api) + len(OPEN_ROUTES) + len(OWN_ROUTES)


def test_no_route_has_a_second_address_by_its_format():
    """The API answers in one format: `/api/needs.json` is no address."""
    assert [route.key for route in ROUTES if "format" in route.pattern] == []


@pytest.mark.parametrize("who", WALKED)
def test_every_route_answers_as_declared(world, table, who):
    """Word for word; what is refused, and what is only read, writes nothing."""
    found = cells.walk(world, table, ROUTES, who, seed=None if ALL else SEED)
    assert found.cells >= len(ROUTES) - 1
    assert found.faults() == []


def test_everybody_walked_is_declared_so(table):
    assert set(WALKED) == table.names("walked")


@pytest.mark.parametrize("who", [one for one in PEOPLE if one not in WALKED])
def test_each_object_is_read_by_whom_it_concerns(world, table, who):
    """Own and foreign, in every situation: in, or as if it were not there."""
    reading = [route for route in ROUTES if table.reads(route)]
    found = cells.walk(world, table, reading, who, methods=["GET", "HEAD"] if ALL else ["GET"])
    assert found.cells > 60
    assert found.faults() == []


def test_a_route_that_nobody_declared_turns_the_matrix_red(world, table, monkeypatch):
    named = path("naked/", lambda request: None, name="naked")
    unnamed = path("naked/<int:pk>/", lambda request, pk: None)
    monkeypatch.setattr(project_urls, "urlpatterns", [*project_urls.urlpatterns, named, unnamed])
    found = list(iter_routes(type("Resolver", (), {"url_patterns": project_urls.urlpatterns})()))
    assert [one["pattern"] for one in found if one["access"] is None] == ["naked/", "naked/<int:pk>/"]
    monkeypatch.setattr("tests.long.matrix.walk.iter_routes", lambda: iter(found))
    walked = routes_of_needs(routes())
    assert {"naked", "naked/<int:pk>/"} <= {route.key for route in walked} - set(table.rows)
    assert cells.walk(world, table, walked, "broker", methods=[]).unreviewed == [
        "naked: no row", "naked/<int:pk>/: no row"]  # fmt: skip


def routes_of_needs(found):
    return [route for route in found if route.key.startswith(("needs:", "naked"))]


def test_a_queryset_that_forgets_its_readers_turns_the_matrix_red(world, table, monkeypatch):
    asked = [route for route in ROUTES if route.key == "needs:need_detail"]
    assert cells.walk(world, table, asked, "stranger", methods=["GET"]).faults() == []
    monkeypatch.setattr(TechNeedQuerySet, "visible_to", lambda self, user: self.all())
    assert len(cells.walk(world, table, asked, "stranger", methods=["GET"]).differ) >= 5


# --- What one may not see is as if it were not there -----------------------------------------------------------------

_VARYING = re.compile(
    rb'[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{12,32}\b|csrfmiddlewaretoken" value="[^"]+"|nonce="[^"]+"'
)


def _body(response):
    return _VARYING.sub(b"*", response.content)


@pytest.mark.parametrize(
    "who", ["stranger", "other_university_officer", "other_enterprise_lead", "other_miit", "broker"]
)
def test_foreign_is_answered_like_missing(world, table, who):
    """The same status and, but for the address and the number of the request, the same page."""
    point, compared = transaction.savepoint(), 0
    client = world.client(who)
    for route in ROUTES:
        for kind in table.objects(route) or ():
            if not kind or "uuid" not in next(iter(world.objects[kind].values())):
                continue
            for situation, values in world.objects[kind].items():
                for method in ("GET", "POST"):
                    if table.expected(route, kind, situation, method, who) != "404" or (compared % 7 and not ALL):
                        compared += 1
                        continue
                    compared += 1
                    foreign = send(client, method, address(route.pattern, values), {"version": 1})
                    none = send(client, method, address(route.pattern, values | {"uuid": MISSING}), {"version": 1})
                    place = f"{route.key} {kind} {situation} {method}"
                    assert (foreign.status_code, none.status_code) == (404, 404), place
                    assert _body(foreign) == _body(none), place
    transaction.savepoint_rollback(point)


# --- Foreign ids and keys that nobody asked for ----------------------------------------------------------------------


def _same(client, path, foreign, none, *, method="GET", **body):
    """Two values in the same places: the answers are the same but for the values themselves."""
    answers = []
    for value in (foreign, none):
        given = {name: str(value) if one is None else one for name, one in body.items()}
        point = transaction.savepoint()
        sent = client.get(path, given) if method == "GET" else send(client, method, path, given, extra={})
        text = b"" if sent.streaming else _body(sent).replace(str(value).encode(), b"?")
        for close in getattr(sent, "_resource_closers", []):
            close()
        transaction.savepoint_rollback(point)
        answers.append((sent.status_code, text))
    return answers[0] == answers[1] and answers[0][0] < 500


def _parameters():
    """Every parameter of every FilterSet of the project, and what pages read beside."""
    found = {"number", "pick", "need", "achievement", "expert", "team", "run", "match", "target", "owner", "like"}
    waiting = [FilterSet]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        found |= set(getattr(kind, "base_filters", {}))
    return sorted(found)


@pytest.mark.parametrize("who", ["anonymous", "broker"])
def test_a_foreign_id_in_a_query_is_a_missing_one(world, table, who):
    """All parameters at once on every list; in the full form each by itself too."""
    point, client, parameters = transaction.savepoint(), world.client(who), _parameters()
    assert len(parameters) > 40
    row = world.rows["achievement", "draft"]
    for route in ROUTES:
        if table.objects(route) != [""] or table.expected(route, "", "-", "GET", who) != "in":
            continue
        for name in [None, *(parameters if ALL else ())]:
            asked = dict.fromkeys(parameters if name is None else [name])
            for foreign, none in ((row.uuid, MISSING), (row.public_no, "CG-1999-000007"), (row.pk, 999_999_999)):
                with plain_pages() if "<" in route.pattern else nullcontext():
                    assert _same(client, address(route.pattern, {}), foreign, none, **asked), (route.key, name, foreign)
    transaction.savepoint_rollback(point)


def test_a_foreign_id_in_a_body_is_a_missing_one(world):
    """Every field of a form or an input that names a record or an organisation."""
    draft, post = world.rows["achievement", "draft"], talent_data(do="submit")
    need, expert = world.rows["need", "draft"], world.rows["expert", "draft"]
    lead = team_data(world.rows["expert", "pool"])
    proposing = reverse("matching:match_propose", args=[world.rows["need", "pool"].uuid])
    for who, path_, body, foreign, none in (
        ("edu", proposing, {"number": None, "note": ""}, draft.public_no, "CG-2020-999999"),
        ("other_enterprise_lead", reverse("talent:talent_post_create"), post | {"tech_need": None}, need.pk, 999_999),
        ("other_university_officer", reverse("teams:team_create"), lead | {"lead": None}, expert.pk, 999_999),
        ("other_university_officer", reverse("teams:team_create"), lead | {"members-0-expert": None},
         expert.public_no, "ZJ-2020-999999"),
        ("other_enterprise_lead", "/api/needs/", {"title": "甲", "owner": None}, world.enterprise.uuid, MISSING),
        ("other_university_officer", "/api/achievements/", {"title": "甲", "owner": None}, world.university.uuid,
         MISSING),
    ):  # fmt: skip
        client = world.client(who)
        with writes() as wrote:
            assert _same(client, path_, foreign, none, method="POST", **body), (who, path_)
        assert not wrote & {"matching_match", "needs_talentpost", "experts_team", "needs_techneed"}, (who, path_)
