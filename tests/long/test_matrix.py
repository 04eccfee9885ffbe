"""Who gets where: every route as everybody, before every object in every situation, against the declared matrix.

    ./portal test tests/long/test_matrix.py     every cell
    ./portal test                               every route as everybody, one cell each

The matrix stands in `matrix/declared/`; a route or a situation that is not in it fails. What is named in bodies and
query strings instead of addresses is the business of test_matrix_ids.py.
"""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest
from django.db import transaction
from django.urls import get_resolver, path
from drf_spectacular.generators import SchemaGenerator

from matchmaking import urls as project_urls
from matchmaking.accounts.apps import OPEN_ROUTES, OWN_ROUTES
from matchmaking.common.access import PUBLIC, SIGNED_IN
from matchmaking.common.checks import iter_routes
from needs.models import TechNeedQuerySet
from tests.long.matrix import cells
from tests.long.matrix.walk import EXTRA, address, routes, send
from tests.long.matrix.world import MISSING, PEOPLE, World

pytestmark = pytest.mark.django_db  # asks for the database of the tests, beneath the world
ROUTES = routes()
OF_LIBRARIES = len(OPEN_ROUTES) + len(OWN_ROUTES)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One world for the module, gone at its end; every request is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


# --- The declaration holds what the product holds, no more and no less -----------------------------------------------


def test_everybody_is_here(world):
    assert set(world.people) == set(PEOPLE)
    assert len(PEOPLE) >= 16


def test_every_route_has_a_row_and_every_row_a_route(table):
    assert [cells.how_to_declare(route) for route in ROUTES if route.key not in table.rows] == []
    assert set(table.rows) - {route.key for route in ROUTES} == set()


def test_every_door_is_the_declared_one(table):
    """A route that lets others in than its row says is found here by name, and by the walk cell for cell."""
    found = {route.key: " ".join(route.access) for route in ROUTES}
    declared = {key: row["door"] for key, row in table.rows.items()}
    assert {key: (found[key], declared.get(key)) for key in found if found[key] != declared.get(key)} == {}


def test_everybody_holds_the_declared_capabilities(world, table):
    asked = {one for route in ROUTES for one in route.access} - {PUBLIC, SIGNED_IN}
    assert asked == set(table.declared["may"])
    for one in sorted(asked):
        holders = {name for name, person in world.people.items()
                   if person is not None and person.is_active and person.can(one)}  # fmt: skip
        assert holders - {"deactivated"} == table.names(table.declared["may"][one]), one


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
    assert len(ROUTES) == _patterns("matchmaking.urls") + len(api) + OF_LIBRARIES


def test_the_cells_are_as_many_as_they_must_be(world, table):
    """Multiplied from the declared objects and methods and Django's own table of names, without the walk."""
    walked = sum(len(list(cells.cells_of(world, table, route, "broker"))) for route in ROUTES)
    situations = {kind: len(found) + 1 for kind, found in world.objects.items()} | {"": 1}
    libraries, counted = {*OPEN_ROUTES, *OWN_ROUTES}, 0
    for key, row in table.rows.items():
        places = sum(situations[kind] for kind in row.get("object", "").split() or [""])
        acting = len({"GET", "POST", "PUT", "PATCH", "DELETE"} & set(row.get("methods", "").split()))
        counted += places * acting + (3 if key in libraries else 7) - acting
    assert walked == counted
    assert {name for name in get_resolver().reverse_dict if isinstance(name, str)} <= set(table.rows)


def test_no_route_has_a_second_address_by_its_format():
    """The API answers in one format: `/api/needs.json` is no address."""
    assert [route.key for route in ROUTES if "format" in route.pattern] == []


# --- The walk --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", PEOPLE)
def test_every_route_answers_as_declared(world, table, who, everything, pytestconfig, record_property):
    """Word for word; what is refused, and what is only read, writes nothing."""
    found = cells.walk(world, table, ROUTES, who, seed=None if everything else pytestconfig.getoption("--seed"))
    record_property("figures", f"{found.cells} cells, {len(found.unreviewed)} not declared, "
                               f"{len(found.differ)} differ, {len(found.wrote)} wrote")  # fmt: skip
    assert found.cells >= len(ROUTES)
    assert found.faults() == []


def test_a_route_that_nobody_declared_turns_the_matrix_red(world, table, monkeypatch):
    named = path("naked/", lambda request: None, name="naked")
    unnamed = path("naked/<int:pk>/", lambda request, pk: None)
    monkeypatch.setattr(project_urls, "urlpatterns", [*project_urls.urlpatterns, named, unnamed])
    found = list(iter_routes(type("Resolver", (), {"url_patterns": project_urls.urlpatterns})()))
    assert [one["pattern"] for one in found if one["access"] is None] == ["naked/", "naked/<int:pk>/"]
    monkeypatch.setattr("tests.long.matrix.walk.iter_routes", lambda: iter(found))
    walked = [route for route in routes() if route.key.startswith(("needs:", "naked"))]
    assert {"naked", "naked/<int:pk>/"} <= {route.key for route in walked} - set(table.rows)
    told = cells.walk(world, table, walked, "broker", methods=[]).unreviewed
    assert [one.partition(" has no row in the matrix. Add ")[0] for one in told] == [
        "naked (naked/)", "naked/<int:pk>/ (naked/<int:pk>/)"]  # fmt: skip


def test_a_queryset_that_forgets_its_readers_turns_the_matrix_red(world, table, monkeypatch):
    asked = [route for route in ROUTES if route.key == "needs:need_detail"]
    assert cells.walk(world, table, asked, "stranger", methods=["GET"]).faults() == []
    monkeypatch.setattr(TechNeedQuerySet, "visible_to", lambda self, user: self.all())
    assert len(cells.walk(world, table, asked, "stranger", methods=["GET"]).differ) >= 5


# --- What one may not see is as if it were not there -----------------------------------------------------------------

_VARYING = re.compile(
    rb'[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{12,32}\b|(csrfmiddlewaretoken" value=|X-CSRFToken": |nonce=)"[^"]+"'
)


def _body(response):
    return _VARYING.sub(b"*", response.content)


@pytest.mark.parametrize(
    "who", ["stranger", "other_university_officer", "other_enterprise_lead", "other_miit", "broker"]
)
def test_foreign_is_answered_like_missing(world, table, who, everything):
    """The same status and, but for the address and the number of the request, the same page."""
    point, compared = transaction.savepoint(), 0
    client = world.client(who)
    for route in ROUTES:
        for kind in table.objects(route) or ():
            if not kind or "uuid" not in next(iter(world.objects[kind].values())):
                continue
            for situation, values in world.objects[kind].items():
                for method in ("GET", "POST"):
                    compared += 1
                    if table.expected(route, kind, situation, method, who) != "404":
                        continue
                    if compared % 7 and not everything:
                        continue
                    extra = {} if route.is_api else EXTRA  # the API refuses unknown keys before it looks
                    foreign, none = (
                        send(client, method, address(route.pattern, named), {"version": 1}, extra=extra)
                        for named in (values, values | {"uuid": MISSING})
                    )
                    place = f"{route.key} {kind} {situation} {method}"
                    assert (foreign.status_code, none.status_code) == (404, 404), place
                    assert _body(foreign) == _body(none), place
    transaction.savepoint_rollback(point)
