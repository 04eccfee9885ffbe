"""The way of a talent post into the pool: handed in, published by the park or the region, or sent back."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone

from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record
from matchmaking.common.workflow import IllegalMove, StaleState, expect_version, move
from matchmaking.intake.models import Decision, VersionOf
from matchmaking.intake.services.review import record_step
from matchmaking.intake.services.tasks import follow
from matchmaking.intake.services.versions import keep, keep_first, refuse_unchanged
from matchmaking.notifications.services import telling_once
from needs.talent import rules
from needs.talent.completeness import missing, names_owner, values_of
from needs.talent.enums import EDITABLE, PostState
from needs.talent.models import TalentPost, TalentPostBody
from needs.talent.rules import KIND
from needs.talent.services.people import deciders, owner_people, tell
from needs.talent.services.refusals import Incomplete, NotAllowed, ReasonMissing, TooLate
from needs.talent.services.writing import named
from needs.talent.workflow import TALENT_POST

PARK, REGION, OWNER = "park", "region", "unit"


@transaction.atomic
def submit_talent_post(*, by: User, post: TalentPost, version: int | None = None) -> TalentPost:
    """Hand a post in: to the park of a tenant, else to the region.

    Raises NotAllowed, Incomplete, StaleState, and Unchanged for a rejected post that is still as it was.
    """
    if not rules.owns(by, post):
        raise NotAllowed
    expect_version(post, version)
    if post.state not in EDITABLE:
        raise StaleState(post.public_no)
    body = TalentPostBody.objects.select_related("owner__park", "owner__region").get(post=post)
    values = values_of(post, body)
    if problems := missing(values) | names_owner(values, body.owner):
        raise Incomplete(problems)
    refuse_unchanged(record=post, kind=KIND)
    _decide(by, post, PostState.SUBMITTED, step=OWNER, decision=Decision.SUBMIT, acting=body.owner)
    keep(record=post, kind=KIND, by=by, what=VersionOf.SUBMITTED)
    tell(deciders(post, body.owner), "talent_post_to_check", post)
    return post


@transaction.atomic
def publish_talent_post(*, by: User, post: TalentPost, version: int | None = None) -> TalentPost:
    """The park publishes a tenant's post, the region any other. Raises NotAllowed, StaleState, TooLate."""
    expect_version(post, version)
    acting = _acting(by, post)
    if post.open_until and post.open_until < timezone.localdate():
        raise TooLate
    _decide(by, post, PostState.PUBLISHED, step=_step(acting), decision=Decision.PASS, acting=acting,
            published_at=timezone.now())  # fmt: skip
    keep(record=post, kind=KIND, by=by, what=VersionOf.PUBLISHED)
    tell(owner_people(post.body), "talent_post_published", post)
    return post


@transaction.atomic
def return_talent_post(
    *,
    by: User,
    post: TalentPost,
    version: int | None = None,
    reason: str,
    reasons: Iterable[str] = (),
    notes: Mapping[str, str] | None = None,
) -> TalentPost:
    """Send a post back; `reasons` are codes, `notes` maps a field to what is wrong with it.

    Raises NotAllowed, ReasonMissing, StaleState.
    """
    expect_version(post, version)
    acting = _acting(by, post)
    if not reason.strip():
        raise ReasonMissing
    _decide(by, post, PostState.RETURNED, step=_step(acting), decision=Decision.RETURN, acting=acting, reason=reason,
            reasons=reasons, notes=notes)  # fmt: skip
    tell(owner_people(post.body), "talent_post_returned", post)
    return post


@transaction.atomic
def reject_talent_post(
    *, by: User, post: TalentPost, version: int | None = None, reason: str, reasons: Iterable[str] = ()
) -> TalentPost:
    """Refuse a post; its owner may appeal once, or file it again with changes.

    Raises NotAllowed, ReasonMissing, StaleState.
    """
    expect_version(post, version)
    acting = _acting(by, post)
    if not reason.strip():
        raise ReasonMissing
    _decide(by, post, PostState.REJECTED, step=_step(acting), decision=Decision.REJECT, acting=acting, reason=reason,
            reasons=reasons)  # fmt: skip
    tell(owner_people(post.body), "talent_post_rejected", post)
    return post


@telling_once()
def pass_talent_posts(*, by: User, chosen: Mapping[str, int]) -> tuple[list[TalentPost], list[TalentPost]]:
    """Publish many at once, each for itself; tell it once. `chosen` maps a post's uuid to the version seen.

    Returns (done, left): what was decided by somebody else, has changed, or is too late, stays as it is.
    """
    done, left = [], []
    posts = TalentPost.objects.visible_to(by).filter(uuid__in=list(chosen)).select_related("region", "programme")
    for post in posts.order_by("id"):
        try:
            publish_talent_post(by=by, post=post, version=chosen[str(post.uuid)])
        except (StaleState, IllegalMove, NotAllowed, TooLate):
            left.append(post)
        else:
            done.append(post)
    return done, left


def _step(acting: Organisation) -> str:
    return PARK if acting.is_park else REGION


def _acting(by: User, post: TalentPost) -> Organisation:
    """Return the organisation for which the person decides now.

    Raises StaleState when the person decides on this post but it waits no longer, NotAllowed otherwise.
    """
    if (acting := rules.acting(by, post)) is not None:
        return acting
    if rules.came_late(by, post):
        raise StaleState(post.public_no)
    raise NotAllowed


def _decide(
    by: User,
    post: TalentPost,
    target: str,
    *,
    step: str,
    decision: Decision,
    acting: Organisation,
    reason: str = "",
    reasons: Iterable[str] = (),
    notes: Mapping[str, str] | None = None,
    **changes: object,
) -> None:
    before = post.state
    if decision in (Decision.RETURN, Decision.REJECT):
        keep_first(record=post, kind=KIND, what=VersionOf.SUBMITTED)
    move(post, target, workflow=TALENT_POST, **changes)
    record_step(by=by, record=post, kind=KIND, step=step, decision=decision, organisation=acting, reason=reason,
                reasons=reasons, notes=notes)  # fmt: skip
    follow(record=post, kind=KIND, step=rules.waits_at(post), owner=post.body.owner)
    record(by=by, verb=f"post.{target}", about=post, kind=KIND, from_state=before, to_state=target,
           organisation=named(post, acting) if step == OWNER else acting, acting_for=acting)  # fmt: skip
