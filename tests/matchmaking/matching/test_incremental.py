"""An incremental run gives what a full run gives, bit for bit, and ranks only what has changed."""

import pytest
from django.db.models import F

from catalog.models import Achievement
from matchmaking.engine.ranking import Index
from matchmaking.matching import indexes, snapshot
from matchmaking.matching.enums import MatchState
from matchmaking.matching.models import Candidate, Match, MatchRun, RunNeed
from matchmaking.matching.services import planning, runs
from matchmaking.matching.services.digest import candidates_digest
from matchmaking.matching.services.merging import Place, merged
from needs.models import NeedInvitation, TechNeed
from tests.matchmaking.matching.incremental import POLICY, World, assert_equal_after, keep_small, run_all


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Lists of four, and blocks small enough that several are needed."""
    keep_small(monkeypatch, MOST_CHANGED=99, SHARD=2, MERGED=3)


@pytest.fixture
def people(enterprise, enterprise_lead, university, university_officer, researcher):
    return enterprise, enterprise_lead, university, university_officer, researcher


pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_incremental_equals_full(seed, people):
    world = World(seed, people)
    run_all()
    for _round in range(3):
        short, _acts = assert_equal_after(world, how_many=3)
        assert short.base is not None


def test_who_may_read_what_counts_without_a_change_of_texts(people):
    """Its proposals leave the queue and come back, whatever run is next."""
    world = World(12, people)
    run_all()
    need = Match.objects.filter(state=MatchState.PROPOSED, achievement__isnull=False).order_by("pk").first().need
    proposed = Match.objects.filter(need=need, state=MatchState.PROPOSED)
    before = set(proposed.values_list("achievement", "expert"))
    TechNeed.objects.filter(pk=need.pk).update(visibility="invited")
    assert_equal_after(world, how_many=0)
    assert not proposed.exists()
    NeedInvitation.objects.create(need=need, organisation=world.university)
    assert_equal_after(world, how_many=0)
    assert set(proposed.values_list("achievement", "expert")) == before
    Achievement.objects.filter(pk__in=[one for one, _expert in before if one]).update(visibility="invited")
    assert_equal_after(world, how_many=0)
    assert not proposed.filter(achievement__in=[one for one, _expert in before if one]).exists()


def test_nothing_changed_shares_every_list(people):
    World(4, people)
    full = run_all()
    short = run_all(incremental=True)
    assert (short.base, short.candidates.count()) == (full, 0)
    assert short.counts["needs"] == full.counts["needs"] == TechNeed.objects.matched().count()
    assert short.counts["ranked"] == short.counts["candidates"] == 0
    assert candidates_digest(short) == candidates_digest(full)


def test_only_changed_needs_are_held_against_the_whole_pool(people, monkeypatch):
    world = World(5, people)
    run_all()
    world.rewrite_need()
    asked = []
    whole = Index.rank
    monkeypatch.setattr(Index, "rank", lambda self, needs, **how: asked.extend(needs) or whole(self, needs, **how))
    assert run_all(incremental=True).counts["ranked"] == 1
    assert len({need.key for need in asked}) == 1


def test_a_changed_target_is_the_only_one_that_is_read(people, monkeypatch):
    world = World(6, people)
    run_all()
    world.rewrite_achievement()
    built = []
    build = indexes.build

    def counting(kind, keys, *rest, **how):
        built.append((kind, len(list(keys))))
        return build(kind, keys, *rest, **how)

    monkeypatch.setattr(indexes, "build", counting)
    run_all(incremental=True)
    assert built == [("achievement", 1)]


def test_a_need_edited_after_the_plan_is_ranked_anew(people, monkeypatch):
    """Its list of the base would be that of an older text."""
    world = World(7, people)
    run_all()
    world.rewrite_achievement()
    divide = planning.divide

    def then_edited(run):
        total = divide(run)
        world.rewrite_need()
        return total

    with monkeypatch.context() as patch:
        patch.setattr(planning, "divide", then_edited)
        short = run_all(incremental=True)
    assert candidates_digest(short) == candidates_digest(run_all())


@pytest.mark.parametrize("why", ["policy", "statistics", "files", "too much", "never", "cross-encoder"])
def test_without_a_base_it_is_a_full_run(why, people, monkeypatch, settings):
    World(8, people)
    settings.MATCH_CROSS_ENCODER = "onnx:nowhere" if why == "cross-encoder" else ""
    if why != "never":
        full = run_all()
    if why == "policy":
        monkeypatch.setattr(
            snapshot, "default_policy", lambda: runs.snapshot.policy_from(POLICY.as_dict() | {"top": 3})
        )
    if why == "statistics":
        monkeypatch.setattr(runs, "_outdated", lambda version: True)
        Achievement.objects.update(summary="另一种说法", text_version=9)
        run_all()
        MatchRun.objects.exclude(pk=full.pk).update(finished_at=None)
    if why == "files":
        for path in indexes.folder().glob("*.index"):
            path.unlink()
        indexes._load.cache_clear()
    if why == "too much":
        monkeypatch.setattr(planning, "MOST_CHANGED", 0.01)
        Achievement.objects.update(text_version=7)
    short = run_all(incremental=True)
    assert short.base is None
    assert short.candidates.exists()


def test_a_run_that_shares_lists_keeps_them_when_the_base_is_pruned(people, settings):
    World(9, people)
    full = run_all()
    short = run_all(incremental=True)
    newest = run_all()
    settings.MATCH_RUNS_KEPT = 2  # the newest full run and the incremental one
    found = candidates_digest(short)
    runs.prune_runs()
    assert candidates_digest(short) == found == candidates_digest(newest)
    assert not RunNeed.objects.filter(run=full).exists()
    assert Candidate.objects.filter(run=full).exists()


def test_moving_to_another_state_changes_nothing_that_is_read(people):
    world = World(10, people)
    run_all()
    TechNeed.objects.filter(pk=world.any(TechNeed).pk).update(state="matching", version=F("version") + 1)
    assert run_all(incremental=True).counts["ranked"] == 0


@pytest.mark.parametrize("changed", [{"budget_band": "B5"}, {"target_trl": 9}, {"due_months": 2}])
def test_a_fact_that_is_no_text_is_read_anew(people, changed):
    world = World(11, people)
    run_all()
    TechNeed.objects.filter(pk=world.any(TechNeed).pk).update(**changed)
    short, _acts = assert_equal_after(world, how_many=0)
    assert short.counts["ranked"] == 1


A, B, C, D, NEW = (Place(score, name, number) for number, (score, name) in enumerate(
    [(0.9, "A"), (0.8, "B"), (0.7, "C"), (0.6, "D"), (0.75, "N")]))  # fmt: skip


@pytest.mark.parametrize(
    ("gone", "came", "expected"),
    [
        ("", [], "ABCD"),
        ("", [NEW], "ABNC"),
        ("", [Place(0.1, "Z")], "ABCD"),
        ("", [Place(0.6, "C2")], "ABCC2"),  # an equal score, an earlier number
        ("", [Place(0.6, "E")], "ABCD"),  # an equal score, a later number
        ("C", [NEW], "ABND"),
        ("C", [Place(0.65, "C")], "ABCD"),  # changed, and still in its place
        ("C", [], None),  # who stood in fifth place is not known
        ("C", [Place(0.1, "C")], None),
        ("D", [Place(0.6, "D")], "ABCD"),
        ("D", [Place(0.59, "D")], None),
    ],
)
def test_merging_says_only_what_is_certain(gone, came, expected):
    found = merged([A, B, C, D], frozenset(gone), came, top=4)
    assert found.places is None if expected is None else "".join(place.number for place in found.places) == expected
    short = merged([A, B, C, D], frozenset(gone), came, top=5)
    assert short.places is not None  # a list that was not full hides nobody
