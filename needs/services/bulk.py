"""Many needs at once, for an upload that is taken back."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record_many
from needs import rules
from needs.enums import NeedState
from needs.models import TechNeed
from needs.services.refusals import NotAllowed
from needs.services.writing import KIND


@transaction.atomic
def take_back_needs(*, by: User, owner: Organisation, uuids: Iterable[UUID]) -> int:
    """Delete drafts of `owner` that were never handed in; return how many. The history keeps that they were there.

    Raises NotAllowed; a need in any other state is left alone and not counted.
    """
    if not rules.can_create_for(by, owner):
        raise NotAllowed
    drafts = TechNeed.objects.filter(uuid__in=list(uuids), body__owner=owner, state=NeedState.DRAFT)
    found = list(drafts.select_for_update(of=("self",)))
    record_many(by=by, verb="need.taken_back", about=found, kind=KIND, from_state=NeedState.DRAFT)
    TechNeed.objects.filter(pk__in=[need.pk for need in found]).delete()
    return len(found)
