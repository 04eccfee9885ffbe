"""Needs that fit somebody: remembering when he looked last, and telling him once a day what has come."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from matchmaking.accounts.models import User
from matchmaking.matching.fitting import fitting
from matchmaking.matching.models import FittingLook
from matchmaking.notifications.services import notify
from needs.models import TechNeed

ONE_LOOK = timedelta(minutes=30)


@transaction.atomic
def note_look(user: User) -> datetime | None:
    """Write down that the person looks now; return when he looked before, None on his first look."""
    now = timezone.now()
    look, _created = FittingLook.objects.select_for_update().get_or_create(user=user, defaults={"latest": now})
    if now - look.latest > ONE_LOOK:
        look.before, look.latest = look.latest, now
        look.save(update_fields=["before", "latest"])
    return look.before


def published_before(day: date) -> list[int]:
    """The open needs that were published on the day before that one, by the portal's clock."""
    today = timezone.make_aware(datetime.combine(day, time()))
    came = TechNeed.objects.matched().filter(published_at__gte=today - timedelta(days=1), published_at__lt=today)
    return list(came.values_list("pk", flat=True))


@transaction.atomic
def tell_fitting(*, user: User, needs: list[int], day: date) -> int:
    """Tell a person how many of these needs fit what he answers for, on his bell and not by mail, once for a day.

    Nothing of a need is named: what he may read of it stands on the page. Return how many fit.
    """
    count = fitting(user).filter(need__in=needs).count()
    if count:
        notify(
            recipients=[user],
            kind="fitting_needs",
            params={"count": count},
            url=f"{reverse('matching:fitting_needs')}?arrived=day",
            dedupe_key=f"fitting_needs:{day.isoformat()}",
            mail=False,
        )
    return count
