"""Periodic work of forms and files."""

from django.utils.translation import gettext_lazy as _

from matchmaking.intake.services.drafts import drop_marked_drafts, drop_old_drafts
from matchmaking.jobs.context import JobContext
from matchmaking.jobs.registry import handler
from matchmaking.jobs.schedule import daily_at, periodic


@periodic("drop_old_drafts", every=daily_at(3, 40))
@handler("drop_old_drafts", label=_("Drop unsaved texts that nobody took up"), unit=_("texts"))
def drop_old(job: JobContext) -> dict[str, int]:
    """Each chunk is one transaction; running it again finds only what is left."""
    total = 0
    while True:
        with job.chunk() as chunk:
            dropped = drop_old_drafts()
            chunk.advance(dropped)
        total += dropped
        if not dropped:
            break
    place = 0
    while True:
        with job.chunk() as chunk:
            dropped, place = drop_marked_drafts(after=place)
            chunk.advance(dropped)
        total += dropped
        if not place:
            return {"dropped": total}
