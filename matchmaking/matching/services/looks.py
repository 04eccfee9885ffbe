"""Remembering when a person looked last."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from matchmaking.accounts.models import User
from matchmaking.matching.models import FittingLook

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
