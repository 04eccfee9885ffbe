"""Foreign ids in bodies and query strings: naming what 乙 has shown to nobody has no effect on it and tells nothing.

    ./portal test tests/long/test_matrix_ids.py     everybody of 甲 at every form, every foreign record, every writing
    ./portal test                                   one person at every form, one foreign record

A form that reads a new id needs no word here: what it reads is found by asking it.
"""

import random
import re
from contextlib import nullcontext

import pytest
from django.db import transaction
from django.urls import reverse
from django_filters import FilterSet

from needs.models import TechNeedQuerySet
from needs.services import review
from tests.factories import experts, needs, talent, teams
from tests.long.matrix import foreign
from tests.long.matrix.walk import IN, address, body_of, plain_pages, routes, send, situations, writes
from tests.long.matrix.world import MISSING, World

pytestmark = pytest.mark.django_db  # asks for the database of the tests, beneath the world
ROUTES = routes()
ACTORS = ("university_officer", "researcher", "expert_user", "student", "enterprise_lead", "park_admin", "mandated",
          "support_officer", "national_officer", "miit", "edu", "sti")  # fmt: skip
# Forms of many fields, with what makes them whole; the others are answered by `body_of`.
WHOLE = {
    "needs:need_create": lambda world: needs.form_data(),
    "needs:need_edit": lambda world: needs.form_data(version=1),
    "talent:talent_post_create": lambda world: talent.form_data(),
    "talent:talent_post_edit": lambda world: talent.form_data(version=1),
    "experts:expert_create": lambda world: experts.form_data(),
    "experts:expert_edit": lambda world: experts.form_data(version=1),
    "teams:team_create": lambda world: teams.form_data(world.rows["expert", "pool"]),
    "teams:team_edit": lambda world: teams.form_data(world.rows["expert", "pool"], version=1),
    "matching:match_propose": lambda world: {"number": "", "note": ""},
    "catalog:achievement_create": lambda world: {"title": "叶片检测"},
}
API_NAMES: dict[str, list[str]] = {}


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        made = World()
        made.foreign = foreign.plant(made)
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def chance(pytestconfig):
    return random.Random(pytestconfig.getoption("--seed"))


def _places(world, table, route, who, method, most):
    """(address, values, object) of the first objects before which this person is let in."""
    found = []
    for kind in table.objects(route):
        for situation, values in situations(world, kind).items():
            if len(found) < most and table.expected(route, kind, situation, method, who) == IN:
                found.append((address(route.pattern, values), (kind, situation)))
    return found


def _takes_turn(world, table, route, who, method, seed):
    """In the short form each route is tried by one of those who are let in there."""
    able = [one for one in ACTORS if _places(world, table, route, one, method, 1)]
    return bool(able) and random.Random(f"{seed} {route.key} {method}").choice(able) == who


def _base(world, route, kind, situation):
    whole = WHOLE.get(route.key)
    return body_of(world, kind, situation) | (whole(world) if whole else {})


def _names(client, method, path, base, route):
    """What the form reads that may be an id."""
    if route.is_api:
        API_NAMES.update({} if API_NAMES else foreign.api_names())
        shape = [name for where, name in API_NAMES.items() if where == _shape(route)]
        return [one for one in (shape[0] if shape else []) if one not in foreign.PLAIN]
    point, cookies = transaction.savepoint(), client.cookies.copy()
    with foreign.names() as found, plain_pages():
        foreign.text_of(client.get(path) if method == "GET" else send(client, method, path, base, extra={}))
    transaction.savepoint_rollback(point)
    client.cookies = cookies
    return found.candidates()


def _shape(route):
    return "/" + route.pattern.replace("^", "").replace("$", "").replace("(?P<uuid>[^/.]+)", "{uuid}")


def _bodies(base, names, row, is_api):
    """Every name at once in each writing, and each by itself where one wrong name would spoil the others."""
    for written in foreign.writings(row):
        if not is_api:
            yield base | dict.fromkeys(names, written)
        for name in names:
            yield ({"version": base["version"]} if is_api else base) | {name: written}


@pytest.mark.parametrize("who", ACTORS)
def test_a_foreign_id_in_a_body_changes_and_tells_nothing(world, table, who, everything, chance, pytestconfig,
                                                          record_property):  # fmt: skip
    seed = pytestconfig.getoption("--seed")
    rows = foreign.unseen(world.foreign, world.people[who])
    assert len(rows) > 8
    before, client, tried, forms, wrong = foreign.digest(rows), world.client(who), 0, 0, []
    client.raise_request_exception = False
    for route in ROUTES:
        for method in ("POST", "PATCH", "PUT"):
            if route.is_library or method not in table.rows[route.key].get("methods", "").split():
                continue
            if not everything and not _takes_turn(world, table, route, who, method, seed):
                continue
            for path, (kind, situation) in _places(world, table, route, who, method, 2 if everything else 1):
                base = _base(world, route, kind, situation)
                names = _names(client, method, path, base, route)
                forms += bool(names)
                kinds = [one for one in foreign.kinds_of(route.key)
                         if one in rows]  # fmt: skip
                for one in kinds if everything else chance.sample(kinds, min(1, len(kinds))):
                    bodies = list(_bodies(base, names, rows[one], route.is_api)) if names else []
                    for body in bodies if everything else chance.sample(bodies, min(2, len(bodies))):
                        tried += 1
                        faults = foreign.attempt(client, method, path, body, rows, before)
                        wrong += [f"{route.key} {kind} {situation} {method} · {one}: {fault}" for fault in faults]
    record_property("figures", f"{forms} forms that read ids, {tried} bodies with a foreign id, {len(wrong)} faults")
    assert wrong == []


@pytest.mark.parametrize("who", ACTORS)
def test_a_foreign_id_in_a_query_tells_nothing(world, table, who, everything, chance, pytestconfig, record_property):
    seed = pytestconfig.getoption("--seed")
    rows = foreign.unseen(world.foreign, world.people[who])
    before, client, tried, wrong = foreign.digest(rows), world.client(who), 0, []
    client.raise_request_exception = False
    for route in ROUTES:
        if route.is_library or "GET" not in table.rows[route.key].get("methods", "").split():
            continue
        if not everything and not _takes_turn(world, table, route, who, "GET", seed):
            continue
        for path, _object in _places(world, table, route, who, "GET", 1):
            names = _names(client, "GET", path, {}, route) if not route.is_api else _parameters()
            for one in rows if everything else chance.sample(sorted(rows), 1):
                writings = foreign.writings(rows[one]) if names else [""]  # every page is filled in once
                for written in writings if everything else chance.sample(writings, min(1, len(writings))):
                    tried += 1
                    faults = foreign.attempt(client, "GET", path, dict.fromkeys(names, written), rows, before)
                    wrong += [f"{route.key} ?{one}={written}: {fault}" for fault in faults]
    record_property("figures", f"{tried} queries with a foreign id, {len(wrong)} faults")
    assert wrong == []


def test_a_foreign_id_that_is_accepted_turns_this_red(world, table, monkeypatch):
    """Without `visible_to` the sentence about what was left tells of it; without the rule too, it is decided on."""
    monkeypatch.setattr(TechNeedQuerySet, "visible_to", lambda self, user: self.all())
    rows = {"waiting_need": world.foreign["waiting_need"]}
    before, client = foreign.digest(rows), world.client("miit")
    chosen = f"{rows['waiting_need'].uuid}:{rows['waiting_need'].version}"
    asked = client, "POST", reverse("needs:need_pass_many"), {"pk": chosen}, rows, before
    assert "tells of it" in foreign.attempt(*asked)[0]
    monkeypatch.setattr(review, "_acting", lambda *args, **kwargs: world.university)
    assert "302, changed a foreign waiting_need" in foreign.attempt(*asked)


# --- A foreign id is answered like one that never was ----------------------------------------------------------------

_VARYING = re.compile(
    rb'[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{12,32}\b|(csrfmiddlewaretoken" value=|X-CSRFToken": |nonce=)"[^"]+"'
)


def _body(response):
    return _VARYING.sub(b"*", response.content)


def _without(answer, *values):
    """The page without the ids it was asked with: both, for a number may stand in it for another reason."""
    text = _body(answer)
    for value in values:
        text = text.replace(str(value).encode(), b"?")
    return text


def _same(client, path, foreign, none, *, method="GET", **body):
    """Two values in the same places: the answers are the same but for the values themselves."""
    answers = []
    for value in (foreign, none):
        given = {name: str(value) if one is None else one for name, one in body.items()}
        point = transaction.savepoint()
        sent = client.get(path, given) if method == "GET" else send(client, method, path, given, extra={})
        text = b"" if sent.streaming else _without(sent, foreign, none)
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
def test_a_foreign_id_in_a_query_is_a_missing_one(world, table, who, everything):
    """All parameters at once on every list; in the full form each by itself too."""
    point, client, parameters = transaction.savepoint(), world.client(who), _parameters()
    assert len(parameters) > 40
    row = world.foreign["achievement"]
    near = f"{str(row.uuid)[:-4]}0000"  # an answer that repeats the beginning of what was asked says the same
    unused = foreign.FAR + 1
    for route in ROUTES:
        if route.is_library or table.objects(route) != [""] or table.expected(route, "", "-", "GET", who) != "in":
            continue
        for name in [None, *(parameters if everything else ())]:
            asked = dict.fromkeys(parameters if name is None else [name])
            for other, none in ((row.uuid, near), (row.public_no, "CG-1999-000007"), (row.pk, unused)):
                with plain_pages() if "<" in route.pattern else nullcontext():
                    assert _same(client, address(route.pattern, {}), other, none, **asked), (route.key, name, other)
    transaction.savepoint_rollback(point)


def test_a_foreign_id_in_a_body_is_a_missing_one(world):
    """Every field of a form or an input that names a record or an organisation."""
    draft, post = world.rows["achievement", "draft"], talent.form_data(do="submit")
    need, expert = world.rows["need", "draft"], world.rows["expert", "draft"]
    lead = teams.form_data(world.rows["expert", "pool"])
    proposing = reverse("matching:match_propose", args=[world.rows["need", "pool"].uuid])
    for who, path_, body, other, none in (
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
            assert _same(client, path_, other, none, method="POST", **body), (who, path_)
        assert not wrote & {"matching_match", "needs_talentpost", "experts_team", "needs_techneed"}, (who, path_)
