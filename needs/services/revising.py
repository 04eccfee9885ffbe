"""A need that is published: changes by its owner, their check, and the appeal against a rejection."""

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
from matchmaking.programmes.reviewing import officers_for, reviewing_organisation
from needs import rules
from needs.completeness import indicator_values, missing, names_owner, values_of
from needs.enums import MATCHED, NeedState
from needs.models import NeedBody, TechNeed
from needs.services.people import owner_people, tell
from needs.services.refusals import Incomplete, NotAllowed, ReasonMissing
from needs.services.review import enqueue_match
from needs.services.writing import KIND, named, write
from needs.workflow import TECH_NEED


def revise_need(
    *,
    by: User,
    need: TechNeed,
    version: int,
    data: Mapping[str, Any],
    indicators: Iterable[Mapping[str, Any]] | None = None,
    invited: Iterable[Organisation] | None = None,
    what: str = VersionOf.EDITED,
) -> Revised:
    """Change a published need. Fields that the programme does not check go live at once; the others wait.

    A field that is given replaces what waited for it before. Raises NotAllowed, Incomplete (a published need stays
    complete and does not name a hidden owner), Refused, StaleState.
    """
    from needs import versioning  # it reads the form, which reads the services

    wanted = versioning.proposed(data, indicators, invited)
    return REVISING.revise(by, need, version=version, wanted=wanted, what=what)


def undo_revision(*, by: User, need: TechNeed, version: int, data: Mapping[str, Any], **below: Any) -> TechNeed:
    """Unmake what an upload changed; see `Revising.undo`. Raises NotAllowed, Refused, StaleState."""
    from needs import versioning  # as above

    undone: TechNeed = REVISING.undo(by, need, version=version, fields=versioning.proposed(data, **below))
    return undone


def _write(*, by: User, record: TechNeed, version: int, fields: Snapshot) -> TechNeed:
    from needs import versioning  # as above

    text_version = record.text_version
    need = write(by=by, need=record, version=version, states=rules.REVISABLE, **versioning.for_service(fields))
    if need.text_version != text_version and need.state in MATCHED:
        enqueue_match(need, by=by)
    return need


def _lacks(need: TechNeed, fields: Snapshot) -> dict[str, Any]:
    _wanted, _body, values, rows = _after(need, fields)
    return missing(values, rows)


def _exposes(need: TechNeed, fields: Snapshot) -> dict[str, Any]:
    wanted, body, values, rows = _after(need, fields)
    found = names_owner(values, rows, body.owner)
    guests = wanted["invited"] if "invited" in wanted else need.invitations.exists()
    if values["visibility"] == Visibility.INVITED and not guests:
        found["invited"] = _("Please name at least one organisation that may see the need.")
    return found


def _after(need: TechNeed, fields: Snapshot) -> tuple[dict[str, Any], NeedBody, dict[str, Any], list[Any]]:
    """Return (what the services are asked to write, the body, the values after it, the rows of indicators after it)."""
    from needs import versioning  # as above

    body = NeedBody.objects.select_related("owner__region").get(need=need)
    wanted = versioning.for_service(fields)
    values = values_of(need, body) | wanted["data"]
    rows = wanted["indicators"] if "indicators" in wanted else indicator_values(body.indicators.order_by("position"))
    return wanted, body, values, rows


def _back_into_review(by: User, need: TechNeed) -> None:
    """The park, if any, has passed it before: what the region rejected goes back to the region."""
    move(need, NeedState.CHECKED if need.body.owner.park_id else NeedState.SUBMITTED, workflow=TECH_NEED)
    follow(record=need, kind=KIND, step="region", owner=need.body.owner)
    tell(officers_for(need, KIND), "need_to_check", need)


REVISING = Revising(
    kind=KIND,
    verb="need",
    news="need",
    can_revise=rules.can_revise,
    revisable=lambda need: need.state in rules.REVISABLE,
    can_appeal=rules.can_appeal,
    checker=lambda user, need: reviewing_organisation(user, need, "need.publish", KIND),
    write=_write,
    lacks=_lacks,
    exposes=_exposes,
    back_into_review=_back_into_review,
    owner_people=lambda need: owner_people(need.body),
    officers=lambda need: officers_for(need, KIND),
    tell=tell,
    named=named,
    refused=NotAllowed,
    incomplete=Incomplete,
    reason_missing=ReasonMissing,
)
