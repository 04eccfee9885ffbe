"""Work of this app that runs by itself: needs past their closing date leave the pool, needs filed twice are found."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

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
    over = TechNeed.objects.filter(
        state__in=[NeedState.PUBLISHED, NeedState.MATCHING], open_until__lt=timezone.localdate()
    )
    expired = job.through(over.select_related("body"), lambda need: expire_need(need=need), most=CHUNK)
    return {"expired": expired}


@periodic("find_same_needs", every=daily_at(3, 50))
@handler("find_same_needs", label=_("Search for needs filed twice"), unit=_("needs"))
def find_same_needs(job: JobContext) -> dict[str, int]:
    """What changed since the last search is compared with everything."""
    from matchmaking.intake.duplicates.searching import search  # a dictionary and rapidfuzz, which no web process needs

    return search(job, "need")
