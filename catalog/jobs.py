"""Periodic work of the catalogue."""

from django.utils.translation import gettext_lazy as _

from catalog.services import mark_stale_achievements
from matchmaking.jobs.context import JobContext
from matchmaking.jobs.registry import handler
from matchmaking.jobs.schedule import daily_at, periodic

COMPARED_AT_ONCE = 500


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


@periodic("find_duplicates", every=daily_at(3, 40))
@handler("find_duplicates", label=_("Search for achievements entered twice"), unit=_("achievements"))
def find_duplicates(job: JobContext) -> dict[str, int]:
    """Compares every record with its likes, by key; what is found twice is one pair."""
    from catalog.duplicates.finding import read_all  # a dictionary and rapidfuzz, which no web process needs
    from catalog.duplicates.services import drop_unseen, keep_found

    compared = read_all()
    waiting = [key for key in compared.titles if key > (job.cursor or 0)]
    for start in range(0, len(waiting), COMPARED_AT_ONCE):
        piece = waiting[start : start + COMPARED_AT_ONCE]
        with job.chunk(total=len(compared.titles)) as chunk:
            keep_found(pair for key in piece for pair in compared.near(key))
            chunk.advance(len(piece))
            chunk.cursor = piece[-1]
    with job.chunk():
        drop_unseen(since=job.job.created_at)
    return {"compared": len(compared.titles)}
