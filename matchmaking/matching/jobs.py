"""Job handlers of matching: load, call the service, commit chunk by chunk."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from matchmaking.jobs.context import JobContext
from matchmaking.jobs.registry import handler
from matchmaking.jobs.schedule import daily_at, periodic
from matchmaking.matching import snapshot
from matchmaking.matching.models import MatchRun
from matchmaking.matching.services import clocks, runs


@handler("match_run", label=_("Batch match"), unit=_("needs"), seen_by="match.run")
def match_run(job: JobContext) -> dict[str, Any]:
    """Carry out a run. The cursor holds the numbers of the needs, how many are done, and the counts so far."""
    run = MatchRun.objects.select_related("statistics", "requested_by").get(pk=job.args["run"])
    state = job.cursor or {}
    fitted = runs.fit_if_due(run, job.keep_alive)
    with job.chunk() as chunk:
        version = runs.statistics_for(run, fitted)
        numbers = state.get("numbers") or list(runs.needs_in_scope(run).values_list("public_no", flat=True))
        if not state:
            state = {"numbers": numbers, "at": 0, "counts": {}}
            MatchRun.objects.filter(pk=run.pk).update(input_digest=runs.input_digest(run, numbers))
        chunk.cursor = state
        chunk.total = len(numbers)
    model = snapshot.read_model(version.payload)
    policy = snapshot.policy_from(run.policy)
    runs.warm_pools(run, model, policy)  # reading and indexing the pools is no part of a chunk
    job.keep_alive()
    counts: dict[str, int] = dict(state["counts"])
    for start in range(state["at"], len(numbers), runs.CHUNK):
        with job.chunk() as chunk:
            part = numbers[start : start + runs.CHUNK]
            needs = list(runs.needs_in_scope(run).filter(public_no__in=part))
            for name, number in runs.match_chunk(run, needs, model, policy).items():
                counts[name] = counts.get(name, 0) + number
            chunk.advance(len(part))
            chunk.cursor = {"numbers": numbers, "at": start + len(part), "counts": counts}
    runs.finish_run(run, counts)
    return {**counts, "url": run.get_absolute_url()}


@handler("match_record", label=_("Match of one record"), unit=_("needs"))
def match_record(job: JobContext) -> dict[str, Any]:
    """Match a record that has just entered a pool. A record that has left it again needs nothing."""
    if job.cursor is not None:
        return dict(job.cursor)  # committed before, only the job was not closed
    with job.chunk() as chunk:
        run = runs.run_for_record(noun=job.args["noun"], key=job.args["id"])
        if run is None:
            return {"skipped": True}
        counts = runs.match_at_once(run, job.job)
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


@periodic("overdue_answers", every=timedelta(minutes=10))
@handler("overdue_answers", label=_("Overdue answers"), unit=_("matches"))
def overdue_answers(job: JobContext) -> dict[str, Any]:
    with job.chunk() as chunk:
        counts = {
            "lapsed": clocks.lapse_overdue(),
            "reminded": clocks.remind_due(),
            "aged_out": clocks.age_out(),
        }
        chunk.advance(counts["lapsed"])
    return counts


@periodic("prune_runs", every=daily_at(3, 30))
@handler("prune_runs", label=_("Pruning of old runs"), unit=_("candidates"))
def prune_runs(job: JobContext) -> dict[str, Any]:
    with job.chunk() as chunk:
        deleted = runs.prune_runs()
        chunk.advance(deleted)
    return {"deleted": deleted}
