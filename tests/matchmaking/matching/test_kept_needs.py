"""What a run keeps of its needs for those based on it, and statistics that were written down in another form."""

import pytest

from catalog.models import Achievement
from matchmaking.engine import model
from matchmaking.engine.weighing import Weigher
from matchmaking.jobs import runner
from matchmaking.jobs.models import Job
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.matching import indexes, jobs
from matchmaking.matching.models import Candidate, MatchRun, RunNeed, StatisticsVersion
from matchmaking.matching.models.runs import STORED_FORM
from matchmaking.matching.services import merging, planning, runs
from matchmaking.matching.services.digest import candidates_digest
from needs.models import TechNeed
from tests.matchmaking.matching.incremental import World, keep_small, run_all

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small(monkeypatch):
    keep_small(monkeypatch, MOST_CHANGED=99, SHARD=2)


@pytest.fixture
def world(enterprise, enterprise_lead, university, university_officer, researcher):
    people = enterprise, enterprise_lead, university, university_officer, researcher
    return World(21, people, needs=8, achievements=20, experts=9)


def weighed_by(monkeypatch):
    """The keys of all needs that are weighed from now on."""
    asked = []
    whole = Weigher.weigh
    monkeypatch.setattr(
        Weigher, "weigh", lambda self, needs, kind: asked.extend(n.key for n in needs) or whole(self, needs, kind)
    )
    return asked


def test_a_changed_target_has_no_need_weighed_again(world, monkeypatch):
    run_all()
    world.new_achievement()
    world.new_expert()
    with monkeypatch.context() as patch:
        asked = weighed_by(patch)
        short = run_all(incremental=True)
    assert (short.counts["ranked"], asked) == (0, [])
    assert candidates_digest(short) == candidates_digest(run_all())


def test_only_needs_are_read_of_which_a_list_may_move(world, monkeypatch):
    run_all()
    achievement = world.any(Achievement)
    achievement.title = achievement.summary = achievement.key_points = "海产"
    achievement.keywords, achievement.text_version = [], 5
    achievement.save()
    holding = set(Candidate.objects.filter(achievement=achievement).values_list("need", flat=True))
    read = []
    load = merging._Block.load
    monkeypatch.setattr(merging._Block, "load", lambda self, run, keys: read.extend(keys) or load(self, run, keys))
    short = run_all(incremental=True)
    assert set(read) == holding < set(TechNeed.objects.values_list("pk", flat=True))
    assert candidates_digest(short) == candidates_digest(run_all())


def test_who_can_enter_no_list_is_held_against_no_need(world, monkeypatch):
    run_all()
    achievement = world.any(Achievement)
    achievement.title = achievement.summary = achievement.key_points = "海产"
    achievement.keywords, achievement.text_version = [], 5
    achievement.save()
    assert Candidate.objects.filter(achievement=achievement).exists()
    asked = []
    rank = indexes.RunPool.rank_fresh

    def ranked(self, needs, *, as_kept=False, **how):
        asked.extend(needs if as_kept else ())
        return rank(self, needs, as_kept=as_kept, **how)

    monkeypatch.setattr(indexes.RunPool, "rank_fresh", ranked)
    short = run_all(incremental=True)
    assert asked == []
    assert candidates_digest(short) == candidates_digest(run_all())


@pytest.mark.parametrize("how", ["gone", "damaged", "never written"])
def test_needs_that_were_not_kept_are_weighed_anew(world, monkeypatch, how):
    full = run_all()
    names = full.shards.exclude(weighed="").values_list("weighed", flat=True)
    assert len(names) == full.shards.count()
    if how == "never written":
        full.shards.update(weighed="")
    for path in indexes.folder().glob("*.needs"):
        data = path.read_bytes()[:-3]
        path.unlink()  # never shortened in place: it may be mapped
        if how == "damaged":
            path.write_bytes(data)
    world.new_achievement()
    with monkeypatch.context() as patch:
        asked = weighed_by(patch)
        short = run_all(incremental=True)
    assert asked
    assert candidates_digest(short) == candidates_digest(run_all())


def test_lists_are_written_by_kind(world):
    full = run_all()
    world.rewrite_expert()
    world.rewrite_expert()
    short = run_all(incremental=True)
    moved = RunNeed.objects.filter(run=short, expert_source=short)
    assert moved.exists()
    assert not RunNeed.objects.filter(run=short).exclude(source=full).exists()
    assert not short.candidates.exclude(achievement=None).exists()
    assert candidates_digest(short) == candidates_digest(run_all())


@pytest.fixture
def helped(monkeypatch):
    """The pool of achievements is indexed by a helper, who comes when the run looks for it."""
    monkeypatch.setattr(planning, "AHEAD", "achievement")
    monkeypatch.setattr(planning, "AHEAD_FROM", 1)
    built = []
    build = indexes.build
    monkeypatch.setattr(indexes, "build", lambda kind, *rest, **how: built.append(kind) or build(kind, *rest, **how))
    return built


def helping(monkeypatch, after=lambda: None):
    """Run the helper in the moment before the run looks whether one is at work."""
    look = jobs._wait_for_indexer

    def come(job, run, kind):
        for one in planning.indexers(run, kind).filter(state="queued"):
            runner.run(one.pk, raise_errors=True)
            after()
        look(job, run, kind)

    monkeypatch.setattr(jobs, "_wait_for_indexer", come)


def test_a_helper_indexes_one_pool_and_the_run_takes_it(world, helped, monkeypatch):
    plain = candidates_digest(run_all())
    helped.clear()
    MatchRun.objects.update(indexes={})
    with monkeypatch.context() as patch:
        helping(patch)
        again = run_all()
    assert helped == ["achievement", "expert"]
    assert candidates_digest(again) == plain


def test_what_a_helper_has_read_otherwise_is_not_taken(world, helped, monkeypatch):
    with monkeypatch.context() as patch:
        helping(patch, after=world.rewrite_achievement)
        changed = run_all()
    assert helped == ["achievement", "achievement", "expert"]
    assert candidates_digest(changed) == candidates_digest(run_all())


def test_a_helper_that_comes_late_does_nothing(world, helped):
    run_all()
    helped.clear()
    run_due_jobs()
    assert helped == []
    assert Job.objects.get(kind="match_pool").result == {}


def test_what_nobody_is_based_on_is_not_kept(world):
    run_all()
    assert not run_all(incremental=True).shards.exclude(weighed="").exists()


def test_files_of_kept_needs_go_with_their_run(world, settings):
    run_all()
    world.rewrite_need()
    newest = run_all()
    settings.MATCH_RUNS_KEPT = 1
    for path in indexes.folder().glob("*"):
        import os

        os.utime(path, (0, 0))
    runs.prune_runs()
    kept = set(newest.shards.values_list("weighed", flat=True))
    assert {path.name for path in indexes.folder().glob("*.needs")} == kept


def test_the_form_of_statistics_is_that_of_the_engine():
    assert STORED_FORM == model.FORMAT


def test_what_stands_in_an_older_form_is_fitted_anew(world):
    first = run_all()
    StatisticsVersion.objects.update(form=STORED_FORM - 1, payload=b"tongti-model-0\n{}\n", digest="older")
    again = run_all()
    assert again.statistics_id != first.statistics_id
    assert again.statistics.form == STORED_FORM
