"""A post that is published: changes by its owner, their check, and the appeal against a rejection."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import Organisation, User
from matchmaking.common.workflow import move
from matchmaking.intake.models import VersionOf
from matchmaking.intake.services.revising import Revised, Revising
from matchmaking.intake.services.tasks import follow
from matchmaking.intake.versions import Snapshot
from matchmaking.programmes.models import Visibility
from needs.talent import rules
from needs.talent.completeness import missing, names_owner, values_of
from needs.talent.enums import PostState
from needs.talent.models import TalentPost, TalentPostBody
from needs.talent.rules import KIND
from needs.talent.services.people import deciders, owner_people, tell
from needs.talent.services.refusals import Incomplete, NotAllowed, ReasonMissing
from needs.talent.services.writing import named, write
from needs.talent.workflow import TALENT_POST


def revise_talent_post(
    *,
    by: User,
    post: TalentPost,
    version: int,
    data: Mapping[str, Any],
    invited: Iterable[Organisation] | None = None,
    what: str = VersionOf.EDITED,
) -> Revised:
    """Change a published post. Fields that the programme does not check go live at once; the others wait for whoever
    publishes such posts: the park of a tenant, else the region.

    A field that is given replaces what waited for it before. Raises NotAllowed, Incomplete (a published post stays
    complete, asks for no fewer people than were found, and does not name a hidden owner), Refused, StaleState.
    """
    from needs.talent import versioning  # it reads the form, which reads the services

    return REVISING.revise(by, post, version=version, wanted=versioning.proposed(data, invited), what=what)


def undo_revision(*, by: User, post: TalentPost, version: int, data: Mapping[str, Any], **below: Any) -> TalentPost:
    """Unmake what an upload changed; see `Revising.undo`. Raises NotAllowed, Refused, StaleState."""
    from needs.talent import versioning  # as above

    undone: TalentPost = REVISING.undo(by, post, version=version, fields=versioning.proposed(data, **below))
    return undone


def _write(*, by: User, record: TalentPost, version: int, fields: Snapshot) -> TalentPost:
    from needs.talent import versioning  # as above

    return write(by=by, post=record, version=version, states=rules.REVISABLE, **versioning.for_service(fields))


def _lacks(post: TalentPost, fields: Snapshot) -> dict[str, Any]:
    _wanted, _body, values = _after(post, fields)
    found = missing(values)
    if (values["headcount"] or 0) < post.filled:
        found["headcount"] = _("%(count)d people have been found already.") % {"count": post.filled}
    return found


def _exposes(post: TalentPost, fields: Snapshot) -> dict[str, Any]:
    wanted, body, values = _after(post, fields)
    found = names_owner(values, body.owner)
    guests = wanted["invited"] if "invited" in wanted else post.invitations.exists()
    if values["visibility"] == Visibility.INVITED and not guests:
        found["invited"] = _("Please name at least one organisation that may see the post.")
    return found


def _after(post: TalentPost, fields: Snapshot) -> tuple[dict[str, Any], TalentPostBody, dict[str, Any]]:
    """Return (what the services are asked to write, the body, the values after it)."""
    from needs.talent import versioning  # as above

    body = TalentPostBody.objects.select_related("owner__region").get(post=post)
    wanted = versioning.for_service(fields)
    return wanted, body, values_of(post, body) | wanted["data"]


def _back_into_review(by: User, post: TalentPost) -> None:
    move(post, PostState.SUBMITTED, workflow=TALENT_POST)
    follow(record=post, kind=KIND, step=rules.waits_at(post), owner=post.body.owner)
    tell(deciders(post, post.body.owner), "talent_post_to_check", post)


REVISING = Revising(
    kind=KIND,
    verb="post",
    news="talent_post",
    can_revise=rules.can_revise,
    revisable=lambda post: post.state in rules.REVISABLE,
    can_appeal=rules.can_appeal,
    checker=rules.checker,
    write=_write,
    lacks=_lacks,
    exposes=_exposes,
    back_into_review=_back_into_review,
    owner_people=lambda post: owner_people(post.body),
    officers=lambda post: deciders(post, post.body.owner),
    tell=tell,
    named=named,
    refused=NotAllowed,
    incomplete=Incomplete,
    reason_missing=ReasonMissing,
)
