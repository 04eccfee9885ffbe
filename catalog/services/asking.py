"""Asking owners whether their records still stand: one message a day for each person, with a signed link."""

from collections.abc import Sequence
from datetime import date

from django.core import signing
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from catalog import rules
from catalog.freshness import CONFIRM_EVERY, LAST, REMIND_BEFORE, due_by, to_confirm
from catalog.models import Achievement
from catalog.services.people import owner_people
from catalog.services.records import KIND
from matchmaking.accounts.models import User
from matchmaking.activity.models import Entry
from matchmaking.activity.services import record_many
from matchmaking.notifications.services import notify

ASKED = "achievement.confirmation_asked"
REMIND_AT_ONCE = 500
LINK_SALT = "catalog.confirm"
LINK_LIVES = 120 * 24 * 3600  # seconds


@transaction.atomic
def remind_to_confirm() -> int:
    """Ask for the confirmation of records that become stale within 30 days. Returns how many, 500 at most.

    Called again until it returns 0: the history of a record says that it was asked since the last confirmation.
    """
    now = timezone.now()
    asked = Entry.objects.filter(object_kind=KIND, object_id=OuterRef("uuid"), verb=ASKED, at__gte=OuterRef("last"))
    unasked = Achievement.objects.annotate(last=LAST).filter(~Exists(asked), last__gte=now - CONFIRM_EVERY)
    due = due_by(unasked, now + REMIND_BEFORE)
    locked = list(due.select_for_update(skip_locked=True, of=("self",)).order_by("pk")[:REMIND_AT_ONCE])
    if locked:
        record_many(by=None, verb=ASKED, about=locked, kind=KIND)
        ask_to_confirm(locked, "achievements_due")
    return len(locked)


def ask_to_confirm(achievements: Sequence[Achievement], kind: str) -> None:
    """Tell those who can confirm, each once a day whatever the number of records. The link names person and day."""
    today = timezone.localdate()
    known = Achievement.objects.select_related("body__owner").prefetch_related("completers")
    people: dict[int, User] = {}
    for achievement in known.filter(pk__in=[one.pk for one in achievements]):
        for person in owner_people(achievement):
            if person.pk not in people and rules.can_confirm(person, achievement):
                people[person.pk] = person
    for person in people.values():
        notify(
            recipients=[person],
            kind=kind,
            params={"count": to_confirm(person).count()},
            url=confirm_link(person, today + REMIND_BEFORE),
            dedupe_key=f"{kind}:{today}",
        )


def confirm_link(person: User, day: date) -> str:
    """The page with the person's records that become stale by that day; it confirms nothing by being opened."""
    token = signing.dumps([person.pk, day.isoformat()], salt=LINK_SALT)
    return reverse("catalog:achievement_confirm_link", args=[token])


def read_confirm_link(token: str, person: User) -> date | None:
    """The day of a link; None when it is not ours, too old, or was sent to somebody else."""
    try:
        key, day = signing.loads(token, salt=LINK_SALT, max_age=LINK_LIVES)
    except signing.BadSignature:
        return None
    return date.fromisoformat(day) if key == person.pk else None
