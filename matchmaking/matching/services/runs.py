"""Starting, cancelling and carrying out a run of the engine."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Achievement
from experts.models import Expert, ExpertWork
from matchmaking.accounts.models import User
from matchmaking.activity.services import record
from matchmaking.jobs.models import Job, JobState
from matchmaking.jobs.services import enqueue, request_cancel, start_over
from matchmaking.matching import indexes, outside, rules, snapshot
from matchmaking.matching.automatic import matched
from matchmaking.matching.enums import RunScope
from matchmaking.matching.models import (
    Assignment,
    Candidate,
    MatchRun,
    NeedOutcome,
    RunNeed,
    RunShard,
    RunTarget,
    StatisticsVersion,
    TargetLoad,
)
from matchmaking.matching.services import candidates, fitting
from matchmaking.matching.services.pairs import explain_waiting
from matchmaking.notifications.services import notify
from matchmaking.programmes.models import Programme
from matchmaking.vocabularies.models import Region
from needs.models import TechNeed

if TYPE_CHECKING:
    from matchmaking.engine.model import Model

_FITS_TRIED = 2
logger = logging.getLogger(__name__)
MOST_GROWN = 0.1  # of the documents a model was fitted on


class NotAllowed(Exception):
    """The person may not start or cancel runs."""

    message = _("You cannot start or cancel a run.")


@transaction.atomic
def start_run(
    *,
    by: User | None,
    scope: str,
    programme: Programme | None = None,
    region: Region | None = None,
    need: TechNeed | None = None,
    achievement: Achievement | None = None,
    incremental: bool = False,
) -> MatchRun:
    """Write down a run over a scope and the job that carries it out. Raises NotAllowed.

    An incremental run over everything ranks only what has changed since the last full one; without one it is full.
    """
    if by is not None and not rules.can_run(by, scope=scope, region=region):
        raise NotAllowed
    policy = snapshot.default_policy()
    run = MatchRun.objects.create(
        scope=scope,
        programme=programme,
        region=region,
        need=need,
        achievement=achievement,
        policy=policy.as_dict(),
        engine_version=policy.version,
        requested_by=by,
        incremental=incremental and scope == RunScope.ALL,
    )
    run.job = enqueue(kind="match_run", args={"run": run.pk}, by=by, priority=0 if need or achievement else 10)
    run.save(update_fields=["job"])
    if by is not None:
        record(by=by, verb="run.started", about=run, kind="run", detail={"scope": scope})
    return run


@transaction.atomic
def cancel_run(*, by: User, run: MatchRun) -> None:
    """Ask a run to stop at its next block; what it has committed stays. Raises NotAllowed or jobs' JobNotOpen."""
    if not rules.can_cancel(by, run) or run.job is None:
        raise NotAllowed
    stop(run.job)
    request_cancel(job=run.job, by=by)
    record(by=by, verb="run.cancelled", about=run, kind="run")


def stop(job: Job) -> None:
    """Nothing more of the run of this job may be written; what stands stays."""
    MatchRun.objects.filter(job=job, finished_at=None, stopped_at=None).update(stopped_at=timezone.now())


def reopen(run: MatchRun) -> None:
    """A run that was given up goes on when its job is tried again; a superseded one does not."""
    stopped = MatchRun.objects.filter(pk=run.pk, finished_at=None, superseded_by=None, stopped_at__isnull=False)
    stopped.update(stopped_at=None)


def needs_in_scope(run: MatchRun) -> QuerySet[TechNeed]:
    """The needs a run answers, in the order of their numbers."""
    needs = matched(TechNeed).select_related("body__owner").prefetch_related("invitations")
    needs = needs.order_by("public_no")
    if run.scope == RunScope.NEED:
        return needs.filter(pk=run.need_id)
    if run.scope == RunScope.PROGRAMME:
        return needs.filter(programme=run.programme_id)
    if run.scope == RunScope.REGION and run.region_id:
        return needs.filter(region__path__contains=[run.region_id])
    return needs


def fit_if_due(run: MatchRun, alive: Callable[[], None]) -> Model | None:
    """Fit a model when a run needs one: before the first run, and for a run over everything when the newest is a day
    old or the pools have grown or shrunk much since. None when a known one serves. It takes seconds to minutes and
    writes nothing; `alive` is called in between. A fit that has taken its worker with it twice is not tried again."""
    if run.statistics is not None:
        return None
    newest = StatisticsVersion.objects.readable_by(run.engine_version).defer("payload").first()
    died = run.job is not None and run.job.attempts > _FITS_TRIED
    if newest is None:
        return snapshot.fit_model(alive, learning=not died)
    return snapshot.fit_model(alive) if run.scope == RunScope.ALL and _outdated(newest) and not died else None


def _outdated(version: StatisticsVersion) -> bool:
    if version.created_at < timezone.now() - timedelta(hours=settings.MATCH_FIT_HOURS):
        return True
    documents = _count_documents()
    return abs(documents - version.documents) > MOST_GROWN * version.documents


def _count_documents() -> int:
    """How many documents a model fitted now would count: needs, achievements, and the texts of experts."""
    works = ExpertWork.objects.filter(expert__in=matched(Expert)).exclude(title="").count()
    directions = matched(Expert).exclude(directions="").count()
    return matched(TechNeed).count() + matched(Achievement).count() + works + directions


def statistics_for(run: MatchRun, fitted: Model | None) -> StatisticsVersion:
    """Return the run's frozen statistics: its own, those just fitted, or the newest; for a run over a part those by
    which everything else stands, as its matches compete with the others for places by their scores."""
    if run.statistics is not None:
        return run.statistics
    if fitted is not None and fitted.failure:
        logger.warning("the encoder of run %s was not trained: %s", run.pk, fitted.failure)
        run.error_rows = [{"warning": "training_failed", "detail": fitted.failure}]
        MatchRun.objects.filter(pk=run.pk).update(error_rows=run.error_rows)
        if StatisticsVersion.objects.readable_by(run.engine_version).exists():
            fitted = None  # the last that was trained serves one day more
    if fitted is None:
        known = StatisticsVersion.objects
        newest = known.readable_by(run.engine_version).first() if run.scope == RunScope.ALL else None
        version = newest or known.standing(run.engine_version)
        assert version is not None  # or a model would have been fitted
    else:
        version = fitting.keep(fitted, engine_version=run.engine_version)
    MatchRun.objects.filter(pk=run.pk, statistics=None).update(statistics=version)
    run.statistics = version
    return version


def read_digest(run: MatchRun) -> str:
    """Name the input of a divided run: statistics, policy, and the stamp of everything that its blocks have read."""
    needs = run.lists.order_by("need__public_no").values_list("need__public_no", "stamp")
    targets = run.targets.order_by("kind", "public_no").values_list("public_no", "stamp")
    return digest_of(run, [f"{number} {stamp}" for number, stamp in (*needs, *targets)])


def digest_of(run: MatchRun, lines: Sequence[str]) -> str:
    """Name the input of a run: statistics, policy, and these lines."""
    head = [run.statistics.digest if run.statistics else "", json.dumps(run.policy, sort_keys=True)]
    return hashlib.sha256("\n".join([*head, *lines]).encode()).hexdigest()


@transaction.atomic
def finish_run(run: MatchRun, counts: dict[str, int]) -> bool:
    """Close a run: counts, one line of history, a note to whoever asked for it. Return whether it is closed: not one
    that was stopped meanwhile, or whose place another has taken."""
    open_run = MatchRun.objects.filter(pk=run.pk, finished_at=None, stopped_at=None)
    missing = outside.missing()
    warnings = [*run.error_rows, *([{"warning": "encoder_missing", "detail": missing}] if missing else [])]
    if not open_run.update(counts=counts, finished_at=timezone.now(), error_rows=warnings):
        # A worker that died between this and the end of its job has closed the run already.
        return MatchRun.objects.filter(pk=run.pk, finished_at__isnull=False).exists()
    explain_waiting(run)
    record(by=run.requested_by, verb="run.finished", about=run, kind="run", detail=counts)
    if run.requested_by is not None:
        notify(
            recipients=[run.requested_by],
            kind="run_finished",
            params={"needs": counts.get("needs", 0), "proposed": counts.get("proposed", 0)},
            url=run.get_absolute_url(),
            dedupe_key=f"run_finished:{run.uuid}",
            mail=False,
        )
    return True


def prune_runs() -> int:
    """Delete what no page shows any more: candidates, what was read, files; matches keep what they show.

    Of the large scopes the newest finished runs stay with the lists they share, of single records a week, of runs that
    were given up nothing.
    """
    large = MatchRun.objects.filter(scope__in=[RunScope.ALL, RunScope.PROGRAMME, RunScope.REGION])
    kept: list[int] = []
    for scope in (RunScope.ALL, RunScope.PROGRAMME, RunScope.REGION):
        finished = large.filter(scope=scope, finished_at__isnull=False).order_by("-pk")
        kept += finished.values_list("pk", flat=True)[: settings.MATCH_RUNS_KEPT]
    newest_full = large.filter(scope=RunScope.ALL, base=None, finished_at__isnull=False).order_by("-pk")
    kept += newest_full.values_list("pk", flat=True)[:1]  # the next incremental run is based on it
    ended = Q(finished_at__isnull=False) | Q(job__state__in=[JobState.CANCELLED, JobState.DEAD])
    old = large.filter(ended).exclude(pk__in=kept) | MatchRun.objects.exclude(pk__in=large.values("pk")).filter(
        created_at__lt=timezone.now() - timedelta(days=settings.RECORD_RUN_DAYS)
    )
    stands = Q(source=OuterRef("run")) | Q(expert_source=OuterRef("run"))
    shown = RunNeed.objects.filter(stands, run__in=kept, need=OuterRef("need"))
    deleted = candidates.remove(Candidate.objects.filter(~Exists(shown), run__in=old.values("pk")))
    for rows in (RunNeed, RunShard, RunTarget, Assignment, NeedOutcome, TargetLoad):
        rows.objects.filter(run__in=old.values("pk")).delete()
    start_over(jobs=Job.objects.filter(pk__in=old.filter(finished_at=None).values("job")))
    needed = MatchRun.objects.filter(Q(pk__in=kept) | Q(finished_at=None, stopped_at=None))
    files = {
        name for named in needed.values_list("indexes", flat=True) for of in named.values() for name in of.values()
    }
    weighed = RunShard.objects.filter(run__in=needed.values("pk")).exclude(weighed="")
    indexes.remove_files(files | set(weighed.values_list("weighed", flat=True)))
    return deleted
