"""Work of this app that runs by itself: needs past their closing date leave the pool, needs filed twice are found."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.common.workflow import StaleState
from matchmaking.jobs.context import JobContext
from matchmaking.jobs.registry import handler
from matchmaking.jobs.schedule import daily_at, periodic
from needs.enums import NeedState
from needs.models import TechNeed
from needs.services import expire_need

CHUNK = 50


@periodic("expire_needs", every=daily_at(0, 20))
@handler("expire_needs", label=_("Needs past their closing date"), unit=_("needs"))
def expire_needs(job: JobContext) -> dict[str, int]:
    """Expire every need that is open to candidates and whose day is over. Safe to run again: expired ones are gone."""
    today = timezone.localdate()
    start = job.cursor or 0
    expired = 0
    while True:
        due = TechNeed.objects.filter(
            state__in=[NeedState.PUBLISHED, NeedState.MATCHING], open_until__lt=today, pk__gt=start
        )
        needs = list(due.select_related("body").order_by("pk")[:CHUNK])
        if not needs:
            return {"expired": expired}
        with job.chunk() as chunk:
            for need in needs:
                expired += _expire(need)
            chunk.advance(len(needs))
            start = chunk.cursor = needs[-1].pk


def _expire(need: TechNeed) -> int:
    try:
        expire_need(need=need)
    except StaleState:  # the owner was faster
        return 0
    return 1


@periodic("find_same_needs", every=daily_at(3, 50))
@handler("find_same_needs", label=_("Search for needs filed twice"), unit=_("needs"))
def find_same_needs(job: JobContext) -> dict[str, int]:
    """What changed since the last search is compared with everything."""
    from matchmaking.intake.duplicates.searching import search  # a dictionary and rapidfuzz, which no web process needs

    return search(job, "need")
