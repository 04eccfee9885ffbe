"""Job handlers of matching: load, call the service, commit chunk by chunk."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from matchmaking.jobs import selectors
from matchmaking.jobs.context import JobContext, PermanentFailure, RetryLater
from matchmaking.jobs.models import Job, JobState
from matchmaking.jobs.registry import handler
from matchmaking.jobs.schedule import daily_at, periodic
from matchmaking.matching import automatic, indexes, snapshot
from matchmaking.matching.collecting import not_collecting
from matchmaking.matching.indexes import IndexLost
from matchmaking.matching.models import MatchRun
from matchmaking.matching.services import (
    assigning,
    clocks,
    fitting,
    learning,
    planning,
    records,
    runs,
    shards,
    withdrawing,
)

WAIT = 0.2  # seconds between two looks at a block that a helper holds
LONGEST_WAIT = 30.0  # then the worker is given back
ASSIGNED = 50  # needs a second at least, with all their candidates; a hundred times as many on an idle machine


def _stop_with_job(job: Job, *_reason: str) -> None:
    runs.stop(job)


@handler(
    "match_run", label=_("Batch match"), unit=_("needs"), seen_by="match.run",
    on_cancelled=_stop_with_job, on_dead=_stop_with_job,
)  # fmt: skip
def match_run(job: JobContext) -> dict[str, Any]:
    """Carry out a run: plan it, work at its blocks beside the helpers, and close it when the last block is done.

    The cursor says how far the plan is; which blocks are done say their rows.
    """
    run = MatchRun.objects.select_related("statistics", "base", "requested_by", "job").get(pk=job.args["run"])
    if run.finished_at is None:
        if run.superseded_by_id is not None:
            raise PermanentFailure(_("A newer run over the same scope has taken its place."))
        runs.reopen(run)
        try:
            _plan(job, run)
            _work(job, run)
        except IndexLost:  # somebody emptied the cache: what was planned stands on nothing
            if _plan_anew(job, run):
                raise  # the attempt counts
            raise RetryLater(1) from None
        _finish(job, run)
    run.refresh_from_db(fields=["counts"])
    return {**run.counts, "url": run.get_absolute_url()}


def _plan(job: JobContext, run: MatchRun) -> None:
    """Freeze what the run reads: statistics, pools, needs. Each step commits and is not done again."""
    indexes.compile_first(job.keep_alive)
    steps = dict(job.cursor or {})
    if "statistics" not in steps:
        planning.choose_base(run)
        fitted = runs.fit_if_due(run, job.keep_alive)
        with job.chunk() as chunk:
            runs.statistics_for(run, fitted)
            planning.call_indexer(run)
            chunk.cursor = steps = {"statistics": run.statistics_id}
    for kind in indexes.KINDS:
        if kind not in steps:
            steps |= _read_pool(job, run, kind, steps)
    if "planned" not in steps:
        with job.chunk() as chunk:
            chunk.total = planning.divide(run)
            chunk.cursor = steps | {"planned": True}


def _plan_anew(job: JobContext, run: MatchRun) -> bool:
    """Give up the files of the plan and the base they belong to; return whether that had happened before."""
    before = bool(job.cursor and job.cursor.get("lost"))
    indexes.drop_files(run)
    with job.chunk() as chunk:
        planning.make_full(run)
        chunk.cursor, chunk.done = {"statistics": run.statistics_id, "lost": True}, 0
    return before


@not_collecting()
def _read_pool(job: JobContext, run: MatchRun, kind: str, steps: dict[str, Any]) -> dict[str, Any]:
    """Read and index one pool. When too much has changed for an incremental run, it becomes a full one."""
    _wait_for_indexer(job, run, kind)
    try:
        with job.chunk(longest=planning.longest(kind)) as chunk:
            planning.read_pool(run, kind)
            chunk.cursor = steps | {kind: True}
    except planning.TooMuchChanged:
        with job.chunk() as chunk:
            planning.make_full(run)
            chunk.cursor = {"statistics": run.statistics_id}
        found: dict[str, Any] = {}
        for one in indexes.KINDS:
            found |= _read_pool(job, run, one, {"statistics": run.statistics_id} | found)
        return found
    return {kind: True}


def _wait_for_indexer(job: JobContext, run: MatchRun, kind: str) -> None:
    """Wait for a helper that is at work on a pool; one that has not begun is not waited for."""
    until = time.monotonic() + planning.longest(kind)
    while planning.indexers(run, kind).filter(state=JobState.RUNNING).exists() and time.monotonic() < until:
        job.keep_alive()
        time.sleep(WAIT)


@not_collecting()
def _work(job: JobContext, run: MatchRun) -> None:
    """Do blocks until none is left to be had; wait for those that helpers hold."""
    waited = 0.0
    while not shards.is_done(run):
        took = None
        try:
            with job.chunk() as chunk:
                if took := shards.take(run):
                    shards.carry_out(run, took)
                chunk.done = max(chunk.done, (chunk.total or 0) - shards.left(run))
        except shards.RunOver:
            job.keep_alive()  # says that the run was stopped
        if took is None:
            if waited >= LONGEST_WAIT:
                raise RetryLater(1)
            time.sleep(WAIT)
            waited += WAIT
        else:
            waited = 0.0


@not_collecting()
def _finish(job: JobContext, run: MatchRun) -> None:
    """Assign the whole run under load, and close it: once, in one transaction."""
    try:
        with job.chunk(longest=20.0 + run.lists.count() / ASSIGNED) as chunk:
            MatchRun.objects.filter(pk=run.pk).update(input_digest=runs.read_digest(run))
            if not runs.finish_run(run, shards.counted(run) | assigning.assign(run)):
                raise shards.RunOver(run.pk)
            chunk.done = chunk.total or 0
    except shards.RunOver:
        job.keep_alive()  # says that the run was stopped
        raise RetryLater(1) from None


@handler("match_pool", label=_("Indexing for a batch match"), unit=_("records"), seen_by="match.run")
@not_collecting()
def match_pool(job: JobContext) -> dict[str, Any]:
    """Index a pool of a run while its own job indexes the other. Nothing depends on it."""
    if job.cursor is not None:
        return dict(job.cursor)  # committed before, only the job was not closed
    indexes.compile_first(job.keep_alive)
    run = MatchRun.objects.select_related("statistics", "base").get(pk=job.args["run"])
    with job.chunk(longest=planning.longest(job.args["pool"])) as chunk:
        chunk.cursor = planning.index_ahead(run, job.args["pool"])
    return dict(chunk.cursor)


@handler("match_shards", label=_("Help with a batch match"), unit=_("needs"), seen_by="match.run")
@not_collecting()
def match_shards(job: JobContext) -> dict[str, Any]:
    """Work at the blocks of a run beside its own job, until none is left. Nothing depends on it."""
    indexes.compile_first(job.keep_alive)
    run = MatchRun.objects.select_related("statistics", "base").get(pk=job.args["run"])
    while True:
        try:
            with job.chunk() as chunk:
                took = shards.take(run)
                if took is None:
                    break
                run.refresh_from_db(fields=["base", "indexes"])  # the plan stands still while a block of it is held
                shards.carry_out(run, took)
                chunk.advance(len(took.needs))
        except (shards.RunOver, indexes.IndexLost):
            break
        if selectors.more_urgent_waits(job.job):
            raise RetryLater(0)
    return {"needs": job.job.done_units}


@handler("match_record", label=_("Match of one record"), unit=_("needs"))
def match_record(job: JobContext) -> dict[str, Any]:
    """Match a record that has just entered a pool. A record that has left it again needs nothing."""
    if job.cursor is not None:
        return dict(job.cursor)  # committed before, only the job was not closed
    indexes.compile_first(job.keep_alive)
    fitted = records.fit_if_first(job.job, job.keep_alive)
    with job.chunk(longest=records.longest()) as chunk:
        run = records.run_for_record(noun=job.args["noun"], key=job.args["id"])
        if run is None:
            return {"skipped": True}
        counts = records.match_at_once(run, job.job, fitted)
        chunk.advance(counts.get("needs", 0))
        chunk.cursor = counts
    return counts


@handler("close_matches", label=_("Closing of matches"), unit=_("matches"))
def close_matches(job: JobContext) -> dict[str, Any]:
    """A record left its pool: its open matches end, and both sides are told."""
    with job.chunk() as chunk:
        closed = clocks.close_matches_of(noun=job.args["noun"], key=job.args["id"])
        chunk.advance(closed)
    return {"closed": closed}


@handler(automatic.KIND, label=_("Withdrawal of proposals"), unit=_("matches"))
def withdraw_proposals(job: JobContext) -> dict[str, Any]:
    """Somebody opted out of automatic matching: what the engine proposed for him and nobody took up ends."""
    ended = 1
    while ended:
        with job.chunk() as chunk:
            ended = withdrawing.withdraw_proposals(user=job.args["user"], organisation=job.args["organisation"])
            chunk.advance(ended)
    return {"withdrawn": job.job.done_units}


@periodic("overdue_answers", every=timedelta(minutes=10))
@handler("overdue_answers", label=_("Overdue answers"), unit=_("matches"))
def overdue_answers(job: JobContext) -> dict[str, Any]:
    with job.chunk() as chunk:
        counts = {
            "lapsed": clocks.lapse_overdue(),
            "reminded": clocks.remind_due(),
            "escalated": clocks.escalate_due(),
            "aged_out": clocks.age_out(),
        }
        chunk.advance(counts["lapsed"])
    return counts


@periodic("move_clocks", every=daily_at(0, 10))
@handler("move_clocks", label=_("Deadlines over public holidays"), unit=_("deadlines"))
def move_clocks(job: JobContext) -> dict[str, Any]:
    """Safe to run again: a deadline that is right stays."""
    with job.chunk() as chunk:
        moved = clocks.move_clocks()
        clocks.ask_for_holidays()
        chunk.advance(moved)
    return {"moved": moved}


@periodic("prune_runs", every=daily_at(3, 30))
@handler("prune_runs", label=_("Pruning of old runs"), unit=_("candidates"))
def prune_runs(job: JobContext) -> dict[str, Any]:
    with job.chunk() as chunk:
        deleted = runs.prune_runs()
        chunk.advance(deleted)
    return {"deleted": deleted}


@periodic("fit_statistics", every=daily_at(1, 30))
@handler("fit_statistics", label=_("Statistics of all texts"), unit=_("texts"))
def fit_statistics(job: JobContext) -> dict[str, Any]:
    """Fit statistics and encoder on what the pools hold tonight, and let go of what nothing reads any more."""
    if job.cursor is not None:
        return dict(job.cursor)  # committed before, only the job was not closed
    fitted = snapshot.fit_model(job.keep_alive)
    with job.chunk() as chunk:
        chunk.cursor = fitting.renew(fitted)
        chunk.advance(fitted.statistics.total)
    return dict(chunk.cursor)


@periodic("learn_ranking", every=daily_at(2, 30))
@handler("learn_ranking", label=_("Learning from grades"), unit=_("pairs"))
def learn_ranking(job: JobContext) -> dict[str, Any]:
    """Learn weights and probabilities from the grades there are. The same grades are learned from once."""
    found = learning.learn(alive=job.keep_alive)
    with job.chunk() as chunk:
        made = learning.keep(found) if found else None
        chunk.advance(made.pairs if made else 0)
    return {"verdict": made.verdict, "pairs": made.pairs} if made else {"skipped": True}
