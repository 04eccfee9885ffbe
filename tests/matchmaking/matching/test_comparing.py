"""Two runs side by side: what is new, gone and moved, why, and only what the reader may see."""

from io import BytesIO

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from catalog.models import Achievement
from matchmaking.matching import snapshot
from matchmaking.matching.enums import Change, MatchState, RunScope, Why
from matchmaking.matching.models import Match, MatchRun, RunNeed
from matchmaking.matching.services import runs
from matchmaking.matching.services.comparing import Comparison, comparable
from needs.models import TechNeed
from tests.matchmaking.matching.incremental import POLICY, World, keep_small, run_all

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small(monkeypatch):
    keep_small(monkeypatch, MOST_CHANGED=99)


@pytest.fixture
def world(enterprise, enterprise_lead, university, university_officer, researcher):
    return World(1, (enterprise, enterprise_lead, university, university_officer, researcher))


@pytest.fixture
def first(world):
    return run_all()


def compared(old, new, user, **narrowed):
    return Comparison(old=old, new=new, user=user, **narrowed)


def whys(found):
    return set(found.by_why())


def test_nothing_changed(first, secretary):
    found = compared(first, run_all(), secretary)
    assert found.same_model
    assert (found.count(), list(found[0:20])) == (0, [])
    assert compared(first, run_all(incremental=True), secretary).count() == 0


@pytest.mark.parametrize("incremental", [True, False])
def test_every_pair_that_differs_is_named_once(world, first, secretary, incremental):
    world.change(4)
    later = run_all(incremental=incremental)
    found = compared(first, later, secretary)

    def placed(run):
        rows = (
            type(run)
            .candidates.rel.related_model.objects.of_run(run)
            .values_list("need", "achievement", "expert", "rank", "score")
        )
        return {row[:3]: row[3:] for row in rows}

    old, new = placed(first), placed(later)
    expected = {
        Change.NEW: len(new.keys() - old.keys()),
        Change.GONE: len(old.keys() - new.keys()),
        Change.MOVED: sum(old[key] != new[key] for key in old.keys() & new.keys()),
    }
    assert found.by_change() == expected
    assert found.count() == sum(expected.values()) == len(found[0:1000])
    assert len({(pair.need, pair.kind, pair.old, pair.new) for pair in found[0:1000]}) == found.count()


def drop(world):
    Match.objects.filter(pk=Match.objects.filter(state=MatchState.PROPOSED).order_by("pk").first().pk).update(
        state=MatchState.DROPPED, drop_reason="not_real"
    )


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (World.new_need, {Why.NEED_CAME}),
        (World.need_leaves, {Why.NEED_LEFT}),
        (World.rewrite_need, {Why.NEED_CHANGED}),
        (World.new_achievement, {Why.TARGET_CAME, Why.OTHERS}),
        (World.achievement_leaves, {Why.TARGET_LEFT, Why.OTHERS}),
        (World.rewrite_achievement, {Why.TARGET_CHANGED}),
        (drop, {Why.REFUSED, Why.OTHERS}),
    ],
)
def test_it_says_why(world, first, secretary, act, why):
    for _once in range(3 if act is World.new_achievement else 1):
        act(world)
    assert why <= whys(compared(first, run_all(incremental=True), secretary))


def test_a_decision_that_no_longer_holds(world, secretary):
    run_all()
    drop(world)
    without = run_all()
    Match.objects.filter(state=MatchState.DROPPED).update(state=MatchState.PROPOSED, drop_reason="")
    found = compared(without, run_all(), secretary)
    assert found.by_why().get(Why.ALLOWED) == 1


def test_another_model_is_the_last_reason(world, first, secretary, monkeypatch):
    world.rewrite_need()
    changed = snapshot.policy_from(POLICY.as_dict() | {"half_evidence": POLICY.half_evidence * 2})
    monkeypatch.setattr(snapshot, "default_policy", lambda: changed)
    found = compared(first, run_all(), secretary)
    assert not found.same_model
    assert {Why.MODEL, Why.NEED_CHANGED} <= whys(found)


def test_the_choice_narrows_the_pairs_and_not_the_counts(world, first, secretary):
    world.change(5)
    later = run_all()
    whole = compared(first, later, secretary)
    for change, number in whole.by_change().items():
        part = compared(first, later, secretary, change=change)
        assert part.by_change() == whole.by_change()
        assert part.count() == number == len(part[0:1000])
    experts = compared(first, later, secretary, kind="expert")
    assert {pair.kind for pair in experts[0:1000]} <= {"expert"}


def test_an_officer_compares_only_the_needs_he_decides_on(first, other_regional_officer_miit, secretary):
    Achievement.objects.update(state="withdrawn")
    later = run_all()
    elsewhere = first.candidates.filter(achievement__isnull=False).first().need
    TechNeed.objects.filter(pk=elsewhere.pk).update(
        region=other_regional_officer_miit.memberships.get().organisation.region
    )
    everything = {pair.need for pair in compared(first, later, secretary)[0:1000]}
    assert elsewhere.pk in everything
    assert len(everything) > 1
    assert {pair.need for pair in compared(first, later, other_regional_officer_miit)[0:1000]} == {elsewhere.pk}


def test_comparable_are_finished_earlier_runs_of_the_same_scope(world, first, secretary):
    elsewhere = runs.start_run(by=None, scope=RunScope.REGION, region=world.any(Achievement).region)
    later = run_all()
    assert list(comparable(later, secretary)) == [first]
    assert not comparable(elsewhere, secretary).exists()
    RunNeed.objects.filter(run=first).delete()
    assert not comparable(later, secretary).exists()


def page(run, **values):
    return reverse("matching:run_compare", args=[run.uuid]), values


def test_the_page(world, first, secretary, login):
    world.change(6)
    later = run_all(incremental=True)
    client = login(secretary)
    detail = client.get(later.get_absolute_url()).content.decode()
    address, _values = page(later)
    assert address in detail
    whole = client.get(address)
    assert whole.status_code == 200
    found = whole.context["found"]
    assert found.old == first
    for change in Change.values:
        shown = client.get(address, {"change": change, "with": str(first.uuid)}).context
        assert {row["pair"].change for row in shown["rows"]} <= {change}
    assert (
        client.get(address, {"change": "nonsense", "why": "x", "kind": "'", "with": "y", "page": "z"}).status_code
        == 200
    )


def test_the_page_begins_with_what_crossed_the_line(world, first, secretary, login):
    world.change(6)
    later = run_all()
    lists = type(later).candidates.rel.related_model.objects
    lists.of_run(first).filter(rank__gt=1).update(above_floor=False)
    lists.of_run(later).filter(rank__lte=2).update(above_floor=True)
    lists.of_run(later).filter(rank__gt=2).update(above_floor=False)
    client, (address, _values) = login(secretary), page(later)
    crossed, above, everything = (client.get(address, {"span": span}).context for span in ("", "above", "all"))
    assert 0 < crossed["found"].count() < above["found"].count() < everything["found"].count()
    assert crossed["found"].span == "crossed"
    for row in crossed["rows"]:
        was, is_now = (bool(one and one.above_floor) for one in (row["old"], row["new"]))
        assert was != is_now
        assert row["crossed"] == (1 if is_now else -1)


def test_what_changed_as_a_workbook(world, first, secretary, login):
    world.change(6)
    later = run_all()
    client, (address, _values) = login(secretary), page(later)
    response = client.get(address, {"span": "all", "as": "xlsx"})
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content))).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert len(rows) == 1 + compared(first, later, secretary).count()
    assert {row[1] for row in rows[1:]} <= set(TechNeed.objects.values_list("public_no", flat=True))


def test_without_an_earlier_run_it_says_so(first, secretary, login):
    address, _values = page(first)
    response = login(secretary).get(address)
    assert response.context["old"] is None
    assert address not in login(secretary).get(first.get_absolute_url()).content.decode()


def test_the_page_asks_a_fixed_number_of_queries(world, first, secretary, login, django_assert_max_num_queries):
    """Of one kind: the targets of the other are read only where some stand on the page."""
    client, asked = login(secretary), {"span": "all", "kind": "achievement"}
    counts = []
    for _round in range(2):
        world.change(4)
        Achievement.objects.update(text_version=F("text_version") + 1)
        address, _values = page(run_all())
        client.get(address, asked)
        with django_assert_max_num_queries(40) as seen:
            assert list(client.get(address, asked).context["rows"])
        counts.append(len(seen))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("narrowed", [{}, {"kind": "expert"}, {"change": "moved"}, {"why": "others", "span": "above"}])
def test_a_page_works_the_difference_out_once(world, first, secretary, narrowed):
    world.change(6)
    later = run_all()
    whole = compared(first, later, secretary, **narrowed)
    listed = whole[0:1000]
    assert len(listed) == whole.count()
    for piece in (slice(0, 3), slice(3, 6), slice(990, 993)):
        with CaptureQueriesContext(connection) as asked:
            ahead = compared(first, later, secretary, ahead=piece, **narrowed)
            shown = ahead[piece.start : min(piece.stop, max(piece.start, ahead.count()))]
        assert shown == listed[piece]
        assert ahead.counts == whole.counts
        assert sum("told AS" in query["sql"] for query in asked) == 1
        assert ahead[1:2] == listed[1:2]


def test_the_page_reads_what_it_shows_with_the_counts(world, first, secretary, login, settings):
    settings.PAGE_SIZE = 2
    world.change(6)
    address, _values = page(run_all())
    client = login(secretary)
    for number in ("", "1", "2", "99999999", "x"):
        with CaptureQueriesContext(connection) as asked:
            shown = client.get(address, {"span": "all", "page": number}).context
        start = shown["page"].start_index() - 1
        assert [row["pair"] for row in shown["rows"]] == shown["found"][start : start + 2]
        assert sum("told AS" in query["sql"] for query in asked) == (2 if number == "99999999" else 1)


def test_nobody_else_reads_it(first, enterprise_lead, login):
    assert MatchRun.objects.count() == 1
    address, _values = page(first)
    assert login(enterprise_lead).get(address).status_code == 403
