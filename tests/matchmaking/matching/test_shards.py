"""Blocks of a run on several workers: done once whoever dies, nothing after a stop, one set of rows."""

import threading

import pytest
from django.db import connection, transaction

from catalog.models import Achievement
from matchmaking.jobs import runner
from matchmaking.jobs.models import Job, JobState
from matchmaking.jobs.runner import run, run_due_jobs
from matchmaking.jobs.services import retry_dead
from matchmaking.matching import indexes, jobs
from matchmaking.matching.enums import RunScope
from matchmaking.matching.models import Match, MatchRun, RunShard, StatisticsVersion
from matchmaking.matching.services import planning, runs, shards
from matchmaking.matching.services.digest import candidates_digest, state_digest
from tests.factories.jobs import make_due, run_until_interrupted
from tests.matchmaking.matching.incremental import World, keep_small, run_all

PLANNED = 4  # chunks of the plan: statistics, two pools, blocks
alone = pytest.mark.django_db
together = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("restore_reference_data")]


@pytest.fixture(autouse=True)
def small(monkeypatch):
    keep_small(monkeypatch, SHARD=2)
    monkeypatch.setattr(jobs, "WAIT", 0.02)


@pytest.fixture
def world(enterprise, enterprise_lead, university, university_officer, researcher):
    people = enterprise, enterprise_lead, university, university_officer, researcher
    return World(1, people, needs=7, achievements=8, experts=4)


def started(**how):
    return runs.start_run(by=None, scope=RunScope.ALL, **how)


def planned(monkeypatch):
    """A run whose own worker died in its first block."""
    made = started()
    assert run_until_interrupted(made.job, monkeypatch, chunk=PLANNED + 1)
    made.refresh_from_db()
    return made


def helper_of(made):
    return Job.objects.get(kind="match_shards", args__run=made.pk)


@alone
def test_a_run_is_divided_and_every_block_is_done_once(world):
    made = run_all()
    blocks = list(made.shards.order_by("number"))
    assert [len(block.needs) for block in blocks] == [2, 2, 2, 1]
    assert all(block.done_at for block in blocks)
    assert made.counts["needs"] == made.lists.count() == 7
    assert sum(block.counts["candidates"] for block in blocks) == made.candidates.count()


def test_the_last_blocks_are_smaller_so_that_nobody_waits_long(settings, monkeypatch):
    monkeypatch.setattr(planning, "SHARD", 250)
    settings.MATCH_HELPERS = 1
    sizes = [len(part) for part in planning._ranked_parts(range(1_234))]
    assert (sizes[0], sum(sizes)) == (250, 1_234)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] <= planning.LEAST < 250
    settings.MATCH_HELPERS = 0
    assert [len(part) for part in planning._ranked_parts(range(600))] == [250, 250, 100]


@alone
@pytest.mark.parametrize("chunk", range(1, PLANNED + 6))
def test_a_worker_may_die_in_any_chunk(world, monkeypatch, chunk):
    undisturbed = candidates_digest(run_all())
    made = started()
    if not run_until_interrupted(made.job, monkeypatch, chunk=chunk):
        pytest.fail("the run has fewer chunks")
    assert run(made.job_id, raise_errors=True) == "done"
    assert candidates_digest(made) == undisturbed


@alone
def test_a_helper_does_the_rest_and_the_run_closes_itself(world, monkeypatch):
    made = planned(monkeypatch)
    run(helper_of(made).pk, raise_errors=True)
    assert shards.is_done(made)
    made.refresh_from_db()
    assert made.finished_at is None  # that is the matter of the run's own job
    run(made.job_id, raise_errors=True)
    made.refresh_from_db()
    made.job.refresh_from_db()
    assert made.finished_at
    assert (made.job.done_units, made.job.total_units) == (7, 7)


@alone
def test_blocks_in_another_order_and_done_again_give_the_same_rows(world, monkeypatch):
    undisturbed = candidates_digest(run_all())
    before = state_digest()
    made = planned(monkeypatch)
    for block in made.shards.order_by("-number"):
        with transaction.atomic():
            shards.carry_out(made, block)
    assert shards.take(made) is None
    run(made.job_id, raise_errors=True)
    assert candidates_digest(made) == undisturbed
    assert state_digest() == before


@alone
@pytest.mark.parametrize("how", ["cancelled", "cancelled as a job", "superseded", "dead"])
def test_what_comes_after_the_end_of_a_run_is_rejected(world, monkeypatch, secretary, how):
    made = planned(monkeypatch)
    block = made.shards.get(number=1)
    if how == "cancelled":
        runs.cancel_run(by=secretary, run=made)
    elif how == "cancelled as a job":
        runs.request_cancel(job=made.job, by=secretary)
    elif how == "superseded":
        run_all()
    else:
        given_up(made, monkeypatch)
    made.refresh_from_db()
    assert made.stopped_at
    before = candidates_digest(made)
    with pytest.raises(shards.RunOver), transaction.atomic():
        shards.carry_out(made, block)
    assert candidates_digest(made) == before
    run(helper_of(made).pk, raise_errors=True)
    assert made.shards.filter(done_at__isnull=False).count() == 0


def given_up(made, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(shards, "carry_out", lambda *_given: 1 / 0)
        ended = ""
        while ended != "given up":
            make_due(made.job, run_after=made.created_at)
            ended = runner.run(made.job_id)
    assert Job.objects.get(pk=made.job_id).state == JobState.DEAD


@alone
def test_a_run_that_was_pruned_after_it_was_given_up_is_planned_anew(world, monkeypatch, secretary):
    made = planned(monkeypatch)
    given_up(made, monkeypatch)
    runs.prune_runs()
    assert not made.shards.exists()
    retry_dead(job=made.job, by=secretary)
    runs.prune_runs()  # nothing is taken from a run that waits for its worker
    assert run(made.job_id, raise_errors=True) == "done"
    made.refresh_from_db()
    assert (made.counts["needs"], made.shards.count()) == (7, 4)
    assert candidates_digest(made) == candidates_digest(run_all())


@alone
@pytest.mark.parametrize("how", ["superseded", "stopped"])
def test_a_run_that_is_stopped_at_the_last_moment_is_not_closed(world, monkeypatch, how):
    made = started()
    counted = shards.counted

    def too_late(of):
        other = MatchRun.objects.create(scope=RunScope.ALL) if how == "superseded" else None
        MatchRun.objects.filter(pk=made.pk).update(stopped_at=made.created_at, superseded_by=other)
        return counted(of)

    monkeypatch.setattr(shards, "counted", too_late)
    assert run(made.job_id, raise_errors=True) == "put off"
    made.refresh_from_db()
    assert made.finished_at is None


@alone
def test_a_newer_run_takes_the_place_of_an_older_one(world, monkeypatch, secretary):
    older = runs.start_run(by=secretary, scope=RunScope.ALL)
    assert run_until_interrupted(older.job, monkeypatch, chunk=PLANNED + 1)
    newer = run_all()
    older.refresh_from_db()
    assert older.superseded_by == newer
    assert Job.objects.get(pk=older.job_id).state == JobState.CANCELLED
    assert not older.finished_at
    elsewhere = runs.start_run(by=None, scope=RunScope.REGION, region=world.any(Achievement).region)
    run_all()
    elsewhere.refresh_from_db()
    assert elsewhere.superseded_by is None  # another scope


@alone
def test_statistics_fitted_meanwhile_change_nothing_of_a_run_under_way(world, monkeypatch):
    undisturbed = run_all()
    made = planned(monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(runs, "_outdated", lambda version: True)
        Achievement.objects.filter(title__contains="检").update(summary="完全不同的另一种说法，讲的是海洋牧场。")
        newer = runs.start_run(by=None, scope=RunScope.REGION, region=world.any(Achievement).region)
        MatchRun.objects.filter(pk=newer.pk).update(scope=RunScope.ALL, region=None)
        fitted = runs.fit_if_due(MatchRun.objects.get(pk=newer.pk), lambda: None)
        runs.statistics_for(newer, fitted)
    MatchRun.objects.filter(pk=newer.pk).update(scope=RunScope.REGION)
    assert StatisticsVersion.objects.count() == 2
    run(made.job_id, raise_errors=True)
    made.refresh_from_db()
    assert made.statistics_id == undisturbed.statistics_id
    assert candidates_digest(made) == candidates_digest(undisturbed)


@alone
def test_an_emptied_cache_plans_the_run_anew(world, monkeypatch):
    made = planned(monkeypatch)
    for path in indexes.folder().glob("*.index"):
        path.unlink()
    indexes._load.cache_clear()
    indexes._pool_of.cache_clear()
    run(helper_of(made).pk, raise_errors=True)  # it can do nothing
    assert run(made.job_id, raise_errors=True) == "put off"
    Job.objects.filter(pk=made.job_id).update(run_after=made.created_at)
    assert run(made.job_id, raise_errors=True) == "done"
    made.refresh_from_db()
    assert made.counts["needs"] == 7


def spoil(how):
    """What befalls the files of all indexes while a run is under way."""
    for path in indexes.folder().glob("*.index"):
        data = path.read_bytes()[:-64] + bytes(64)
        path.unlink()  # never shortened in place: it may be mapped
        if how == "damaged":
            path.write_bytes(data)
    indexes._load.cache_clear()
    indexes._pool_of.cache_clear()


@alone
@pytest.mark.parametrize("how", ["gone", "damaged"])
@pytest.mark.parametrize("incremental", [True, False])
def test_a_lost_index_is_made_anew_whoever_named_it(world, monkeypatch, how, incremental):
    undisturbed = run_all()
    world.rewrite_need()
    world.rewrite_achievement()
    monkeypatch.setattr(planning, "MOST_CHANGED", 99)
    made = started(incremental=incremental)
    assert run_until_interrupted(made.job, monkeypatch, chunk=PLANNED + 1)
    assert MatchRun.objects.get(pk=made.pk).base_id == (undisturbed.pk if incremental else None)
    spoil(how)
    assert run(made.job_id, raise_errors=True) == "put off"
    Job.objects.filter(pk=made.job_id).update(run_after=made.created_at)
    assert run(made.job_id, raise_errors=True) == "done"
    made.refresh_from_db()
    assert (made.base, made.counts["needs"]) == (None, 7)
    assert candidates_digest(made) == candidates_digest(run_all())


@alone
def test_an_index_lost_again_and_again_counts_as_failed_attempts(world, monkeypatch):
    made = planned(monkeypatch)
    attempts = []
    divide = planning.divide

    def losing(of):
        needs = divide(of)
        spoil("gone")
        return needs

    monkeypatch.setattr(planning, "divide", losing)
    for _attempt in range(3):
        spoil("gone")
        Job.objects.filter(pk=made.job_id).update(run_after=made.created_at)
        run(made.job_id)
        attempts.append(Job.objects.get(pk=made.job_id).attempts)
    assert attempts == sorted(attempts)
    assert attempts[-1] == attempts[0] + 2


@alone
def test_a_helper_works_by_the_plan_that_stands_when_it_takes_a_block(world, monkeypatch):
    made = planned(monkeypatch)
    seen = []
    take = shards.take

    def replanned(run):
        MatchRun.objects.filter(pk=made.pk).update(indexes={"achievement": {"whole": "other"}})
        return take(run)

    monkeypatch.setattr(shards, "take", replanned)
    monkeypatch.setattr(shards, "carry_out", lambda of, _block: seen.append(of.indexes) or _over(of))
    run(helper_of(made).pk, raise_errors=True)
    assert seen == [{"achievement": {"whole": "other"}}]


def _over(of):
    raise shards.RunOver(of.pk)


@alone
def test_a_target_that_left_after_the_plan_is_not_proposed(world, monkeypatch):
    made = planned(monkeypatch)
    Achievement.objects.update(state="withdrawn")
    run(made.job_id, raise_errors=True)
    assert made.candidates.filter(achievement__isnull=False).exists()
    assert not Match.objects.filter(achievement__isnull=False).exists()


@alone
def test_a_helper_gives_way_to_urgent_work(world, monkeypatch):
    made = planned(monkeypatch)
    Job.objects.create(kind="match_record", args={"noun": "need", "id": 0}, priority=0)
    assert run(helper_of(made).pk, raise_errors=True) == "put off"
    assert RunShard.objects.filter(run=made, done_at__isnull=False).count() == 1
    run_due_jobs()
    made.refresh_from_db()
    assert made.finished_at


def in_thread(act):
    """Run `act` on a session of its own; return the thread and the list its answer comes to."""
    answers = []

    def one():
        try:
            answers.append(act())
        finally:
            connection.close()

    thread = threading.Thread(target=one)
    thread.start()
    return thread, answers


class TestTogether:
    pytestmark = together

    def test_two_workers_share_a_run(self, world, monkeypatch):
        alone_digest = candidates_digest(run_all())
        decided = state_digest()
        made = planned(monkeypatch)
        taken = []
        whole = shards.carry_out
        both = threading.Barrier(2, timeout=20)

        def slowly(its_run, block):
            if len(taken) < 2:  # nobody gets far before the other has begun
                taken.append(block.number)
                both.wait()
            else:
                taken.append(block.number)
            return whole(its_run, block)

        monkeypatch.setattr(shards, "carry_out", slowly)
        workers = [in_thread(lambda key=key: runner.run(key)) for key in (made.job_id, helper_of(made).pk)]
        for thread, _answers in workers:
            thread.join(60)
        assert [answers for _thread, answers in workers] == [["done"], ["done"]]
        assert sorted(taken) == [1, 2, 3, 4]
        made.refresh_from_db()
        assert made.finished_at
        assert candidates_digest(made) == alone_digest
        assert state_digest() == decided

    def test_a_block_held_by_another_is_waited_for_and_done_when_he_dies(self, world, monkeypatch):
        made = planned(monkeypatch)
        holds, dies = threading.Event(), threading.Event()

        def worker_that_dies():
            try:
                with transaction.atomic():
                    block = shards.take(made)
                    holds.set()
                    assert dies.wait(30)
                    raise KeyboardInterrupt
            except KeyboardInterrupt:
                return block.number

        other, died = in_thread(worker_that_dies)
        assert holds.wait(30)
        own, answers = in_thread(lambda: runner.run(made.job_id))
        for _look in range(200):
            if RunShard.objects.filter(run=made, done_at__isnull=False).count() == 3:
                break
            own.join(0.05)
        made.refresh_from_db()
        assert not made.finished_at  # it waits for the block that is held
        dies.set()
        other.join(30)
        own.join(30)
        made.refresh_from_db()
        assert (died, answers) == ([1], ["done"])
        assert made.counts["needs"] == 7
