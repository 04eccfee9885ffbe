"""Periodic work of the catalogue."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from catalog.services import mark_stale_achievements, remind_to_confirm
from matchmaking.jobs.context import JobContext
from matchmaking.jobs.registry import handler
from matchmaking.jobs.schedule import daily_at, periodic


@periodic("mark_stale_achievements", every=daily_at(5, 30))
@handler("mark_stale_achievements", label=_("Ask for the confirmation of old achievements"), unit=_("achievements"))
def mark_stale(job: JobContext) -> dict[str, int]:
    """Each chunk is one transaction; running it again finds only what is left."""
    return {"marked": _until_none_is_left(job, mark_stale_achievements)}


@periodic("remind_to_confirm", every=daily_at(5, 45))
@handler("remind_to_confirm", label=_("Remind owners of confirmations due in 30 days"), unit=_("achievements"))
def remind(job: JobContext) -> dict[str, int]:
    """As above: a record that was asked for is not asked for again before its next confirmation."""
    return {"reminded": _until_none_is_left(job, remind_to_confirm)}


def _until_none_is_left(job: JobContext, step: Callable[[], int]) -> int:
    total = 0
    while True:
        with job.chunk() as chunk:
            done = step()
            chunk.advance(done)
        total += done
        if not done:
            return total


@periodic("find_duplicates", every=daily_at(3, 40))
@handler("find_duplicates", label=_("Search for achievements entered twice"), unit=_("achievements"))
def find_duplicates(job: JobContext) -> dict[str, int]:
    """What changed since the last search is compared with everything."""
    from matchmaking.intake.duplicates.searching import search  # a dictionary and rapidfuzz, which no web process needs

    return search(job, "achievement")
