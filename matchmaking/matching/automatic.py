"""The records that the engine may propose by itself: those of the pools, without those of whoever opted out.

People may still propose the others by hand, so only the engine's own reading goes through here (PIPL 24).
"""

from typing import Any

from django.db.models import Q

from experts.models import Expert
from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.privacy.opting import organisations_left_alone, people_left_alone
from matchmaking.jobs.services import enqueue

KIND = "withdraw_proposals"


def matched(model: Any) -> Any:
    """The rows of a pool (needs, achievements or experts) that a run reads."""
    rows = model.objects.matched()
    if model is Expert:
        return rows.exclude(body__user__in=people_left_alone())
    return rows.exclude(body__owner__in=organisations_left_alone())


def of_whom(*, user: int | None, organisation: int | None) -> Q:
    """A filter for the matches of the records that this person or organisation wants left alone."""
    if user is not None:
        return Q(expert__body__user=user) | Q(team__lead__body__user=user)
    return Q(need__body__owner=organisation) | Q(achievement__body__owner=organisation)


def opted_out(user: User | None, organisation: Organisation | None) -> None:
    """A job withdraws what the engine has proposed and nobody has taken up."""
    args = {"user": user.pk if user else None, "organisation": organisation.pk if organisation else None}
    enqueue(kind=KIND, args=args)
