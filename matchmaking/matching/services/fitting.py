"""What the engine has fitted: kept once, and let go of when nothing reads it any more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from matchmaking.matching import snapshot
from matchmaking.matching.models import MatchRun, StatisticsVersion

if TYPE_CHECKING:
    from matchmaking.engine.model import Model

KEPT = 2
# A run that has not finished by then is not taken up again.
LONGEST_RUN = timedelta(days=7)


def keep(fitted: Model, *, engine_version: str) -> StatisticsVersion:
    """Return the version that holds what was fitted."""
    payload = fitted.to_bytes()
    version, created = StatisticsVersion.objects.get_or_create(
        digest=fitted.digest,
        defaults={"engine_version": engine_version, "payload": payload, "documents": fitted.statistics.total},
    )
    if not created and not version.payload:
        version.payload = payload
        version.save(update_fields=["payload"])
    return version


@transaction.atomic
def renew(fitted: Model) -> dict[str, int]:
    """Keep what was fitted tonight, and let go of what is not needed; nothing is kept of pools without a text."""
    if fitted.statistics.total:
        version = keep(fitted, engine_version=snapshot.policy_from({}).version)
        StatisticsVersion.objects.filter(pk=version.pk).update(created_at=timezone.now())
    return {"texts": fitted.statistics.total, **prune_statistics()}


def prune_statistics() -> dict[str, int]:
    """Empty what only finished runs have read, delete what no run has: those fitted last stay, and the one by which the
    matches stand.

    The name of a version stays with its runs: it says under what they were comparable.
    """
    newest = list(StatisticsVersion.objects.order_by("-created_at", "-pk").values_list("pk", flat=True)[:KEPT])
    standing = StatisticsVersion.objects.standing(snapshot.policy_from({}).version)
    open_runs = MatchRun.objects.filter(finished_at=None, created_at__gte=timezone.now() - LONGEST_RUN)
    old = StatisticsVersion.objects.exclude(pk__in=[*newest, standing.pk] if standing else newest).exclude(
        pk__in=open_runs.exclude(statistics=None).values("statistics")
    )
    used = MatchRun.objects.exclude(statistics=None).values("statistics")
    emptied = old.filter(pk__in=used).exclude(payload=b"").update(payload=b"")
    deleted, _details = old.exclude(pk__in=used).delete()
    return {"emptied": emptied, "deleted": deleted}
