"""The jobs that tell people what is new for them: what their saved searches have found, and which needs fit them."""

import logging
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.accounts.selectors import holders_of
from matchmaking.finding.models import Frequency, SavedSearch
from matchmaking.finding.services import tell_news
from matchmaking.jobs.context import JobContext
from matchmaking.jobs.registry import handler
from matchmaking.jobs.schedule import daily_at, periodic
from matchmaking.matching.services.looks import published_before, tell_fitting

logger = logging.getLogger(__name__)


@periodic("tell_saved_searches", every=daily_at(7, 30))
@handler("tell_saved_searches", label=_("News of saved searches"), unit=_("searches"))
def tell_saved_searches(job: JobContext) -> dict[str, Any]:
    """One search a chunk, in the order of their keys. One that fails is tried again the next day."""
    kept = SavedSearch.objects.exclude(frequency=Frequency.NEVER).order_by("pk")
    total = kept.count()
    news = 0
    while True:
        search_id = kept.filter(pk__gt=job.cursor or 0).values_list("pk", flat=True).first()
        if search_id is None:
            return {"searches": total, "news": news}
        with job.chunk(total=total) as chunk:
            try:
                news += tell_news(search_id=search_id)  # all or nothing of this search
            except Exception:
                logger.exception("saved search %s could not be looked at", search_id)
            chunk.advance(1)
            chunk.cursor = search_id


@periodic("tell_fitting_needs", every=daily_at(7, 40))
@handler("tell_fitting_needs", label=_("Needs that fit somebody"), unit=_("people"))
def tell_fitting_needs(job: JobContext) -> dict[str, Any]:
    """One person a chunk, in the order of their keys, of those who answer for achievements or experts or look after a
    park. A person who cannot be told is passed over. The day is that of the job, however late it is tried again."""
    day = timezone.localdate(job.job.created_at)
    needs = published_before(day)
    told_of = [Q(pk__in=holders_of(one).values("pk")) for one in ("match.answer_provider", "need.check_park")]
    people = User.objects.filter(told_of[0] | told_of[1]).order_by("pk") if needs else User.objects.none()
    total, told = people.count(), 0
    while True:
        user = people.filter(pk__gt=job.cursor or 0).first()
        if user is None:
            return {"needs": len(needs), "people": total, "told": told}
        with job.chunk(total=total) as chunk:
            try:
                told += bool(tell_fitting(user=user, needs=needs, day=day))
            except Exception:
                logger.exception("person %s could not be told of fitting needs", user.pk)
            chunk.advance(1)
            chunk.cursor = user.pk
