"""Work of this app that runs by itself: experts whose term is over leave, people entered twice are found."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from experts.enums import ExpertState
from experts.models import Expert
from experts.removals.services import remind_late
from experts.services import expire_expert
from matchmaking.jobs.context import JobContext
from matchmaking.jobs.registry import handler
from matchmaking.jobs.schedule import daily_at, periodic

CHUNK = 50


@periodic("expire_experts", every=daily_at(0, 40))
@handler("expire_experts", label=_("Experts whose term is over"), unit=_("experts"))
def expire_experts(job: JobContext) -> dict[str, int]:
    """Expire every expert in the pool whose last day has passed. Safe to run again: expired ones are gone."""
    over = Expert.objects.filter(state=ExpertState.IN_POOL, term_to__lt=timezone.localdate())
    rows = over.select_related("body__user", "body__owner")
    return {"expired": job.through(rows, lambda expert: expire_expert(expert=expert), most=CHUNK)}


@periodic("find_same_experts", every=daily_at(4, 0))
@handler("find_same_experts", label=_("Search for experts entered twice"), unit=_("experts"))
def find_same_experts(job: JobContext) -> dict[str, int]:
    """What changed since the last search is compared with everything."""
    from matchmaking.intake.duplicates.searching import search  # a dictionary and rapidfuzz, which no web process needs

    return search(job, "expert")


@periodic("late_removals", every=daily_at(7, 45))
@handler("late_removals", label=_("Overdue requests not to be listed"), unit=_("requests"))
def late_removals(job: JobContext) -> dict[str, int]:
    told = 1
    while told:
        with job.chunk() as chunk:
            told = remind_late()
            chunk.advance(told)
    return {"told": job.job.done_units}
