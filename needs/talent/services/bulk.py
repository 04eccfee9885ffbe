"""Many talent posts at once, for an upload that is taken back."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record_many
from needs.talent import rules
from needs.talent.enums import PostState
from needs.talent.models import TalentPost
from needs.talent.rules import KIND
from needs.talent.services.refusals import NotAllowed


@transaction.atomic
def take_back_talent_posts(*, by: User, owner: Organisation, uuids: Iterable[UUID]) -> int:
    """Delete drafts of `owner` that were never handed in; return how many. The history keeps that they were there.

    Raises NotAllowed; a post in any other state is left alone and not counted.
    """
    if not rules.can_create_for(by, owner):
        raise NotAllowed
    drafts = TalentPost.objects.filter(uuid__in=list(uuids), body__owner=owner, state=PostState.DRAFT)
    found = list(drafts.select_for_update(of=("self",)))
    record_many(by=by, verb="post.taken_back", about=found, kind=KIND, from_state=PostState.DRAFT)
    TalentPost.objects.filter(pk__in=[post.pk for post in found]).delete()
    return len(found)
