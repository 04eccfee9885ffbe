"""Opt-out of automated recommendation (PIPL 24): the engine leaves the records alone, people may still propose them."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts import rules
from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.privacy import rooms
from matchmaking.accounts.privacy.models import LeftAlone
from matchmaking.activity.services import record


class NotYours(Exception):
    message = _("You cannot decide this for that organisation.")


def people_left_alone() -> QuerySet[LeftAlone]:
    """The keys of the people whose entries the engine leaves alone."""
    return LeftAlone.objects.filter(ended_at=None, user__isnull=False).values("user")  # type: ignore[return-value]


def organisations_left_alone() -> QuerySet[LeftAlone]:
    """The keys of the organisations whose records the engine leaves alone."""
    return LeftAlone.objects.filter(  # type: ignore[return-value]
        ended_at=None, organisation__isnull=False
    ).values("organisation")


def is_left_alone(*, user: User | None = None, organisation: Organisation | None = None) -> bool:
    return _standing(user, organisation).exists()


def _standing(user: User | None, organisation: Organisation | None) -> QuerySet[LeftAlone]:
    return LeftAlone.objects.filter(Q(user=user) & Q(organisation=organisation), ended_at=None)


@transaction.atomic
def set_automatic(*, by: User, organisation: Organisation | None = None, on: bool) -> bool:
    """Let the engine use the person's own entries, or the records of an organisation he manages, or leave them alone.

    Open proposals of the engine are withdrawn by a job; those made by hand stay. Returns whether anything changed.
    Raises NotYours.
    """
    if organisation is not None and not rules.can_manage(by, organisation):
        raise NotYours
    user = by if organisation is None else None
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # two clicks one after the other
    if on:
        changed = bool(_standing(user, organisation).update(ended_at=timezone.now()))
    else:
        changed = not _standing(user, organisation).exists()
        if changed:
            LeftAlone.objects.create(user=user, organisation=organisation, by=by)
            rooms.tell_opted_out(user, organisation)
    if changed:
        about, kind = (organisation, "organisation") if organisation else (by, "account")
        record(by=by, verb=f"{kind}.automatic_{'on' if on else 'off'}", about=about, kind=kind)
    return changed
