"""The kernel's own housekeeping."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from matchmaking.jobs import services
from matchmaking.jobs.context import JobContext
from matchmaking.jobs.registry import handler
from matchmaking.jobs.schedule import daily_at, periodic

PIECE = 500  # rows in a chunk
KEPT, KEPT_OFTEN = timedelta(days=30), timedelta(days=1)  # the latter of kinds that come every few seconds


@periodic("prune_jobs", every=daily_at(3, 40))
@handler("prune_jobs", label=_("Clearing old jobs"), unit=_("jobs"))
def prune_jobs(job: JobContext) -> dict[str, Any]:
    """Remove finished jobs that nobody asked for and nothing points at, and the beats of workers long gone."""
    removed = -1
    while removed:
        with job.chunk() as chunk:
            removed = services.prune(older_than=KEPT, most=PIECE, often_older_than=KEPT_OFTEN)
            chunk.advance(removed)
    return {"removed": job.job.done_units}
