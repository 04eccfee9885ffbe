"""Periodic work of the catalogue."""

from django.utils.translation import gettext_lazy as _

from catalog.services import mark_stale_achievements
from matchmaking.jobs.context import JobContext
from matchmaking.jobs.registry import handler
from matchmaking.jobs.schedule import daily_at, periodic


@periodic("mark_stale_achievements", every=daily_at(5, 30))
@handler("mark_stale_achievements", label=_("Ask for the confirmation of old achievements"), unit=_("achievements"))
def mark_stale(job: JobContext) -> dict[str, int]:
    """Each chunk is one transaction; running it again finds only what is left."""
    total = 0
    while True:
        with job.chunk() as chunk:
            marked = mark_stale_achievements()
            chunk.advance(marked)
        total += marked
        if not marked:
            return {"marked": total}
