"""What happens to a talent post later: filled, withdrawn, expired, prolonged, taken up again."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.activity.services import record
from matchmaking.common.workflow import StaleState, expect_version, move
from matchmaking.intake.models import Decision
from matchmaking.intake.services import changes
from matchmaking.intake.services.appeals import drop_appeal
from matchmaking.intake.services.review import record_step
from matchmaking.intake.services.tasks import follow
from needs.rules import DAY_HAS_PASSED
from needs.talent import rules
from needs.talent.enums import PostState
from needs.talent.models import TalentPost, TalentPostBody
from needs.talent.rules import KIND
from needs.talent.services.people import owner_people, tell
from needs.talent.services.refusals import NotAllowed, ReasonMissing, Refused
from needs.talent.services.review import OWNER
from needs.talent.services.writing import named
from needs.talent.workflow import TALENT_POST

S = PostState


@transaction.atomic
def withdraw_talent_post(*, by: User, post: TalentPost, version: int | None = None, reason: str) -> TalentPost:
    """The owner takes a post back. Raises NotAllowed, ReasonMissing, StaleState, IllegalMove."""
    if not rules.owns(by, post):
        raise NotAllowed
    expect_version(post, version)
    if not reason.strip():
        raise ReasonMissing
    before = post.state
    owner = TalentPostBody.objects.select_related("owner").get(post=post).owner
    move(post, S.WITHDRAWN, workflow=TALENT_POST)
    record_step(by=by, record=post, kind=KIND, step=OWNER, decision=Decision.WITHDRAW, organisation=owner,
                reason=reason)  # fmt: skip
    follow(record=post, kind=KIND, step="", owner=owner)
    changes.drop(record=post, kind=KIND)
    record(by=by, verb="post.withdrawn", about=post, kind=KIND, organisation=named(post, owner), acting_for=owner,
           from_state=before, to_state=post.state)  # fmt: skip
    return post


@transaction.atomic
def reopen_talent_post(*, by: User, post: TalentPost, version: int | None = None) -> TalentPost:
    """Make a draft of a withdrawn or rejected post; nobody has been found for it yet.

    Raises NotAllowed, StaleState, IllegalMove.
    """
    if not rules.owns(by, post):
        raise NotAllowed
    expect_version(post, version)
    before = post.state
    move(post, S.DRAFT, workflow=TALENT_POST, filled=0)
    drop_appeal(record=post, kind=KIND)
    record(by=by, verb="post.reopened", about=post, kind=KIND, from_state=before, to_state=post.state)
    return post


@transaction.atomic
def prolong_talent_post(*, by: User, post: TalentPost, version: int, open_until: date) -> TalentPost:
    """Set a later day. An expired or filled post is published again; for a filled one, a place has become free.

    Raises NotAllowed, Refused (the day has passed), StaleState.
    """
    if not rules.owns(by, post):
        raise NotAllowed
    if open_until <= timezone.localdate():
        raise Refused({"open_until": DAY_HAS_PASSED})
    expect_version(post, version)
    before = post.state
    if before in (S.EXPIRED, S.FILLED):
        changes: dict[str, Any] = {"filled": F("headcount") - 1} if before == S.FILLED else {}
        move(post, S.PUBLISHED, workflow=TALENT_POST, open_until=open_until, **changes)
    else:
        _change(post, version, rules.PROLONGABLE, open_until=open_until)
    record(by=by, verb="post.prolonged", about=post, kind=KIND, from_state=before, to_state=post.state)
    return post


@transaction.atomic
def fill_talent_post(*, by: User, post: TalentPost, version: int, filled: int) -> TalentPost:
    """Write down how many people have been found in all; with the last one the post is filled.

    Raises NotAllowed, Refused (more than the post asks for), StaleState.
    """
    if not rules.owns(by, post):
        raise NotAllowed
    wanted = post.headcount or 0
    if not 0 <= filled <= wanted:
        sentence = _("The post asks for %(count)d people; please give a number from 0 to %(count)d.")
        raise Refused({"filled": sentence % {"count": wanted}})
    expect_version(post, version)
    before = post.state
    if filled == wanted:
        move(post, S.FILLED, workflow=TALENT_POST, filled=filled)
        changes.drop(record=post, kind=KIND)
    else:
        _change(post, version, (S.PUBLISHED, S.EXPIRED), filled=filled)
    record(by=by, verb="post.filled", about=post, kind=KIND, from_state=before, to_state=post.state,
           detail={"filled": filled, "headcount": wanted})  # fmt: skip
    return post


@transaction.atomic
def expire_talent_post(*, post: TalentPost) -> TalentPost:
    """Take a post whose day has passed out of the pool. Raises IllegalMove, StaleState."""
    before = post.state
    move(post, S.EXPIRED, workflow=TALENT_POST)
    changes.drop(record=post, kind=KIND)
    record(by=None, verb="post.expired", about=post, kind=KIND, from_state=before, to_state=post.state)
    tell(owner_people(post.body), "talent_post_expired", post)
    return post


def _change(post: TalentPost, version: int, states: tuple[PostState, ...], **values: Any) -> None:
    """Change a field of a post that stays in its state. Raises StaleState."""
    door = TalentPost.objects.filter(pk=post.pk, version=version, state__in=states)
    if door.update(**values, version=F("version") + 1, updated_at=timezone.now()) != 1:
        raise StaleState(post.public_no)
    post.refresh_from_db()
