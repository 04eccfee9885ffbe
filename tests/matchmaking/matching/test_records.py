"""The run of one record: the files of the last full run and what has changed since give the bits of a full run."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Achievement, CompletingUnit
from experts.models import Conflict, Expert
from matchmaking.engine.ranking import Index
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.jobs.services import enqueue
from matchmaking.matching import indexes, pools, snapshot
from matchmaking.matching.enums import MatchState, RunScope
from matchmaking.matching.models import Candidate, Match, MatchRun, StatisticsVersion
from matchmaking.matching.services import fitting, planning, records, runs
from needs.models import TechNeed
from tests.factories.catalog import AchievementFactory
from tests.matchmaking.matching.incremental import POLICY, World, keep_small, run_all

pytestmark = pytest.mark.django_db
COLUMNS = ("need", "achievement", "expert", "rank", "score", "probability", "above_floor", "reasons")


@pytest.fixture(autouse=True)
def small(monkeypatch, settings):
    """Lists of four, and blocks small enough that several are needed."""
    keep_small(monkeypatch, SHARD=2)
    settings.MATCHES_PER_NEED = {"achievement": 2, "expert": 1}


@pytest.fixture
def people(enterprise, enterprise_lead, university, university_officer, researcher):
    return enterprise, enterprise_lead, university, university_officer, researcher


@pytest.fixture
def world(people):
    return World(21, people)


@pytest.fixture
def built(monkeypatch):
    """How many targets each index that is built in memory holds."""
    sizes = []
    build = Index.build.__func__
    monkeypatch.setattr(
        Index, "build", classmethod(lambda cls, targets, *rest, **how: sizes.append(len(targets))
                                    or build(cls, targets, *rest, **how)),
    )  # fmt: skip
    return sizes


def match_record(record, noun):
    enqueue(kind="match_record", args={"noun": noun, "id": record.pk}, dedupe_key=f"{noun}{record.pk}{timezone.now()}")
    run_due_jobs()
    return MatchRun.objects.filter(scope=noun, **{noun: record}).order_by("-pk").first()


def lists(run, need):
    rows = Candidate.objects.of_run(run).filter(need=need).values_list(*COLUMNS)
    return sorted(rows, key=lambda row: (row[1] is None, row[3]))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_need_finds_what_a_full_run_finds_after_records_came_changed_and_left(seed, world):
    run_all()
    world.rng.seed(seed)
    for act in (world.new_achievement, world.new_expert, world.rewrite_achievement, world.rewrite_expert,
                world.achievement_leaves, world.expert_leaves, world.become_unit, world.new_need):  # fmt: skip
        act()
    needs = list(TechNeed.objects.matched().order_by("-pk")[:3])
    alone = [lists(match_record(need, "need"), need) for need in needs]
    full = run_all()
    assert alone == [lists(full, need) for need in needs]
    assert all(alone)


def test_only_what_has_changed_is_indexed_for_a_need(world, built):
    run_all()
    world.rewrite_achievement()
    world.new_need()
    built.clear()
    match_record(TechNeed.objects.matched().order_by("-pk").first(), "need")
    assert built == [1]
    match_record(TechNeed.objects.matched().order_by("pk").first(), "need")
    assert built == [1]  # from memory: nothing has changed since


def test_nothing_is_read_anew_when_nothing_has_changed(world):
    full = run_all()
    assert not any(pools._changed_since(full, kind) for kind in indexes.KINDS)
    moved, written = Achievement.objects.order_by("pk")[:2]
    Achievement.objects.filter(pk=moved.pk).update(state="withdrawn")
    Achievement.objects.filter(pk=written.pk).update(text_version=9)
    since = pools._changed_since(full, "achievement")
    assert since.stale == {moved.public_no, written.public_no}
    assert [one.pk for one in since.fresh] == [written.pk]


@pytest.mark.parametrize("about", ["a declared conflict", "a code set right later"])
def test_what_moves_no_time_of_a_record_is_seen_all_the_same(about, world):
    """The expert must not be proposed to whom he has declared himself partial, nor a unit to itself."""
    need = TechNeed.objects.matched().order_by("pk").first()
    owner = need.body.owner
    code = owner.uscc
    if about == "a code set right later":
        CompletingUnit.objects.bulk_create(
            CompletingUnit(achievement=one, organisation=owner, position=9) for one in Achievement.objects.all()
        )
        type(owner).objects.filter(pk=owner.pk).update(uscc=f"{code[:-1]}{'A' if code[-1] != 'A' else 'B'}")
    long_ago = timezone.now() - timedelta(days=3)
    for model in (Achievement, Expert):
        model.objects.update(updated_at=long_ago, state_since=long_ago)
    run_all()
    if about == "a code set right later":
        type(owner).objects.filter(pk=owner.pk).update(uscc=code)
    else:
        Conflict.objects.bulk_create(Conflict(expert=one, organisation=owner) for one in Expert.objects.all())
    alone = match_record(need, "need")
    noun = "expert" if about == "a declared conflict" else "achievement"
    assert not alone.candidates.filter(**{f"{noun}__isnull": False}).exists()
    assert alone.candidates.exists()


@pytest.mark.parametrize(("noun", "model"), [("achievement", Achievement), ("expert", Expert)])
def test_a_newcomer_is_held_against_every_need_whose_list_it_may_enter(noun, model, world):
    run_all()
    world.new_need()  # nobody has read it yet
    world.new_achievement() if noun == "achievement" else world.new_expert()
    newcomer = model.objects.order_by("-pk").first()
    alone = match_record(newcomer, noun)
    full = run_all()
    entered = full.candidates.filter(**{noun: newcomer}).order_by("need").values_list("need", "score", "reasons")
    found = dict(alone.candidates.values_list("need", "pk"))
    assert entered
    assert {need for need, _score, _reasons in entered} <= found.keys()
    for need, score, reasons in entered:
        row = Candidate.objects.get(pk=found[need])
        assert (row.score, row.reasons) == (score, reasons)
    assert alone.counts["needs"] == TechNeed.objects.matched().count()


@pytest.mark.parametrize("how", ["left", "changed", "refused"])
def test_a_newcomer_enters_a_full_list_that_has_lost_somebody(how, people):
    """What the last full run has seen at its end is no bound any more."""
    world = World(23, people, needs=1, achievements=4)
    full = run_all()
    need = TechNeed.objects.get()
    held = [one.achievement for one in full.candidates.exclude(achievement=None).order_by("-rank")]
    newcomer = AchievementFactory(state="accepted", title="水稻", summary=f"水稻{need.title[:2]}", key_points="",
                                  problem_solved="", keywords=[], application_text="", body__owner=world.university,
                                  body__created_by=world.researcher)  # fmt: skip
    assert not match_record(newcomer, "achievement").candidates.exists()
    if how == "left":
        Achievement.objects.filter(pk=held[0].pk).update(state="withdrawn")
    elif how == "changed":
        Achievement.objects.filter(pk=held[0].pk).update(title="软件", summary="", key_points="", text_version=2)
    else:
        Match.objects.update_or_create(
            need=need, achievement=held[0],
            defaults={"state": MatchState.DROPPED, "drop_reason": "not_real", "need_text_version": need.text_version,
                      "target_text_version": held[0].text_version},
        )  # fmt: skip
    [found] = match_record(newcomer, "achievement").candidates.all()
    entered = run_all().candidates.get(achievement=newcomer)
    assert (found.need, found.score, found.reasons) == (entered.need, entered.score, entered.reasons)


def test_needs_out_of_reach_are_not_loaded(world, monkeypatch):
    run_all()
    world.new_achievement()
    newcomer = Achievement.objects.order_by("-pk").first()
    first, *_others = TechNeed.objects.matched().order_by("public_no")
    monkeypatch.setattr(indexes, "within_reach", lambda kept, index, needs: {first.public_no})
    alone = match_record(newcomer, "achievement")
    assert set(alone.candidates.values_list("need", flat=True)) <= {first.pk}


def test_the_matches_are_those_of_a_full_run_in_any_order_of_arrival(world):
    run_all()
    for _number in range(4):
        world.new_achievement()
    world.new_need()
    came = list(Achievement.objects.order_by("-pk")[:4])
    need = TechNeed.objects.order_by("-pk").first()
    for record, noun in [(came[2], "achievement"), (need, "need"), *((one, "achievement") for one in came)]:
        match_record(record, noun)
    proposed = Match.objects.filter(state=MatchState.PROPOSED).order_by("need", "achievement", "expert")
    columns = ("need", "achievement", "expert", "score")
    stand = list(proposed.values_list(*columns))
    assert {one.pk for one in came} & {target for _need, target, *_rest in stand}
    run_all()
    assert stand == list(proposed.values_list(*columns))


@pytest.mark.parametrize("harm", ["lost", "damaged"])
def test_a_lost_file_is_made_up_for_and_named_no_more(harm, world):
    full = run_all()
    path = indexes.folder() / full.indexes["achievement"]["whole"]
    if harm == "lost":
        path.unlink()
    else:
        held = bytearray(path.read_bytes())
        held[len(held) // 2] ^= 0xFF
        path.unlink()
        path.write_bytes(held)
    for memory in (indexes._load, indexes._pool_of):
        memory.cache_clear()
    need = TechNeed.objects.matched().order_by("pk").first()
    assert lists(match_record(need, "need"), need) == lists(full, need)
    assert not path.exists()


@pytest.fixture
def fitted_again(world):
    """A full run, and a night after which another fit is the newest."""
    full = run_all()
    for _number in range(3):
        world.new_achievement()
    night = fitting.keep(snapshot.fit_model(), engine_version=POLICY.version)
    assert night != full.statistics
    return full


@pytest.mark.parametrize("scope", ["need", "region"])
def test_a_part_is_judged_by_the_statistics_of_the_rest_until_all_is_judged_anew(scope, world, fitted_again):
    """Matches compete for places by their scores, and the nights would decide which of them stand."""
    need = TechNeed.objects.matched().order_by("pk").first()
    if scope == "need":
        part = match_record(need, "need")
    else:
        part = runs.start_run(by=None, scope=RunScope.REGION, region=need.region)
        run_due_jobs()
        part.refresh_from_db()
    assert part.finished_at
    assert part.statistics == fitted_again.statistics


def test_the_statistics_by_which_matches_stand_are_kept_until_all_is_judged_anew(world, fitted_again, monkeypatch):
    for name in "ab":
        StatisticsVersion.objects.create(engine_version=POLICY.version, digest=name, payload=b"x", documents=1)
    fitting.prune_statistics()
    standing = StatisticsVersion.objects.standing(POLICY.version)
    assert standing == fitted_again.statistics
    StatisticsVersion.objects.filter(digest__in="ab").delete()
    fitting.keep(snapshot.fit_model(), engine_version=POLICY.version)
    monkeypatch.setattr(runs, "_outdated", lambda version: False)
    anew = run_all()
    assert anew.statistics != fitted_again.statistics
    assert StatisticsVersion.objects.standing(POLICY.version) == anew.statistics


@pytest.mark.parametrize(("score", "stands"), [(0.9999, True), (0.0001, False)])
def test_who_entered_since_a_run_was_planned_competes_by_what_its_own_run_found(score, stands, world, monkeypatch):
    """The run has not read it, so it neither finds it again nor may turn it out unseen."""
    run_all()
    need = Match.objects.filter(state=MatchState.PROPOSED, achievement__isnull=False).first().need
    divide = planning.divide

    def then_entered(run):
        total = divide(run)
        world.new_achievement()
        newcomer = Achievement.objects.order_by("-pk").first()
        Match.objects.create(need=need, achievement=newcomer, origin="run", score=score,
                             need_text_version=1, target_text_version=1)  # fmt: skip
        return total

    monkeypatch.setattr(planning, "divide", then_entered)
    run_all()
    newcomer = Match.objects.get(need=need, achievement=Achievement.objects.order_by("-pk").first())
    assert (newcomer.state == MatchState.PROPOSED) is stands
    places = Match.objects.filter(need=need, state=MatchState.PROPOSED, achievement__isnull=False)
    assert places.count() == 2


def test_no_longer_lease_is_asked_for_than_the_work_needs(world, settings, monkeypatch):
    """Whoever dies in it is waited for that long."""
    settings.JOB_LEASE_SECONDS = 4
    assert 10 < records.longest() < 20
    monkeypatch.setattr(records, "BASED", 5.0)
    run_all()
    assert records.longest() < 6  # the pools need not be read whole
