"""A need that is published: changes by its owner, their check, and the appeal against a rejection."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record
from matchmaking.common.workflow import StaleState, expect_version, move
from matchmaking.intake import versions
from matchmaking.intake.models import CHANGE, Appeal, ChangeState, Decision, ProposedChange, VersionOf
from matchmaking.intake.services import appeals, changes
from matchmaking.intake.services.review import record_step
from matchmaking.intake.services.tasks import follow
from matchmaking.intake.services.versions import keep, keep_first
from matchmaking.programmes.models import Visibility
from matchmaking.programmes.reviewing import officers_for, reviewing_organisation
from matchmaking.programmes.selectors import needs_check
from needs import rules
from needs.completeness import missing, names_owner, values_of
from needs.enums import MATCHED, NeedState
from needs.models import NeedBody, TechNeed
from needs.services.people import owner_people, tell
from needs.services.refusals import Incomplete, NotAllowed, ReasonMissing
from needs.services.review import enqueue_match
from needs.services.writing import KIND, named, write
from needs.workflow import TECH_NEED


@dataclass(frozen=True)
class Revised:
    """What came of a change: the need, the fields that are live now, and the change that waits for a check."""

    record: TechNeed
    live: tuple[str, ...]
    change: ProposedChange | None


@transaction.atomic
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

    if not rules.can_revise(by, need):
        raise NotAllowed
    expect_version(need, version)
    changes.hold(need, version=version)
    before = versioning.snapshot(need)
    wanted = versioning.proposed(data, indicators, invited)
    differs = {name: wanted[name] for name in versions.differing(KIND, before, wanted)}
    checked = {name: differs[name] for name in differs if needs_check(need.programme, KIND, name)}
    live = {name: value for name, value in differs.items() if name not in checked}
    _stays_complete(need, before, before | differs)
    _stays_complete(need, before, before | live)
    keep_first(record=need, kind=KIND, data=before)
    need = _write(by, need, version, live)
    owner = need.body.owner
    if live:
        keep(record=need, kind=KIND, by=by, what=what)
    change, is_new = changes.settle(by=by, record=need, kind=KIND, wanted=wanted, checked=checked, owner=owner)
    if change and is_new:
        record(by=by, verb="need.change_proposed", about=need, kind=KIND, organisation=named(need, owner),
               detail={"fields": change.fields})  # fmt: skip
        if what != VersionOf.IMPORTED:  # an upload tells each officer once, of all its changes
            tell(officers_for(need, KIND), "need_change_to_check", need, once=f"{change.pk}")
    return Revised(need, tuple(live), change)


@transaction.atomic
def undo_revision(*, by: User, need: TechNeed, version: int, data: Mapping[str, Any], **below: Any) -> TechNeed:
    """Unmake what an upload changed, as steps of their own: the change that waits is taken back, and fields that went
    live at once get these earlier values, gaps included. Raises NotAllowed, Refused, StaleState.
    """
    if not rules.can_revise(by, need):
        raise NotAllowed
    expect_version(need, version)
    changes.hold(need, version=version)
    if changes.open_change(need, KIND):
        withdraw_change(by=by, need=need)
    if not data and not below:
        return need
    text_version = need.text_version
    need = write(by=by, need=need, version=version, states=rules.REVISABLE, data=data, **below)
    keep(record=need, kind=KIND, by=by, what=VersionOf.IMPORTED)
    if need.text_version != text_version and need.state in MATCHED:
        enqueue_match(need, by=by)
    return need


@transaction.atomic
def pass_change(*, by: User, need: TechNeed, change: ProposedChange, version: int) -> TechNeed:
    """Put a checked change into the need, which is matched anew. Raises NotAllowed, Incomplete, StaleState."""
    from needs import versioning  # as above

    department = _checker(by, need, version)
    changes.close(record=need, kind=KIND, change=change, state=ChangeState.PASSED)
    record_step(by=by, record=need, kind=KIND, step=CHANGE, decision=Decision.PASS, organisation=department)
    now = versioning.snapshot(need)
    _stays_complete(need, now, now | change.content)
    need = _write(by, need, version, change.content)
    keep(record=need, kind=KIND, by=change.by, what=VersionOf.EDITED)
    record(by=by, verb="need.change_passed", about=need, kind=KIND, organisation=department,
           detail={"fields": change.fields})  # fmt: skip
    tell(owner_people(need.body), "need_change_passed", need)
    return need


@transaction.atomic
def return_change(
    *,
    by: User,
    need: TechNeed,
    change: ProposedChange,
    version: int,
    reason: str,
    reasons: Iterable[str] = (),
    notes: Mapping[str, str] | None = None,
) -> TechNeed:
    """Send a change back with reasons and notes at its fields; the need stays as it is. Raises as `pass_change`."""
    department = _checker(by, need, version)
    if not reason.strip():
        raise ReasonMissing
    changes.close(record=need, kind=KIND, change=change, state=ChangeState.RETURNED)
    step = record_step(by=by, record=need, kind=KIND, step=CHANGE, decision=Decision.RETURN, organisation=department,
                       reason=reason.strip(), reasons=reasons, notes=notes)  # fmt: skip
    record(by=by, verb="need.change_returned", about=need, kind=KIND, organisation=department,
           detail={"step": step.pk})  # fmt: skip
    tell(owner_people(need.body), "need_change_returned", need, once=f"{change.pk}")
    return need


@transaction.atomic
def withdraw_change(*, by: User, need: TechNeed) -> TechNeed:
    """The owner takes a waiting change back. Raises NotAllowed, and StaleState when none waits any more."""
    if not rules.can_revise(by, need):
        raise NotAllowed
    changes.hold(need)
    if not changes.drop(record=need, kind=KIND):
        raise StaleState(need.public_no)
    owner = need.body.owner
    record_step(by=by, record=need, kind=KIND, step=CHANGE, decision=Decision.WITHDRAW, organisation=owner)
    record(by=by, verb="need.change_withdrawn", about=need, kind=KIND, organisation=named(need, owner))
    return need


@transaction.atomic
def appeal_need(*, by: User, need: TechNeed, version: int, text: str) -> Appeal:
    """Appeal against the rejection, once. Raises NotAllowed, StaleState, appeals.AppealRefused."""
    if not rules.can_appeal(by, need):
        raise NotAllowed
    expect_version(need, version)
    owner = need.body.owner
    appeal = appeals.lodge(by=by, record=need, kind=KIND, text=text, owner=owner)
    record(by=by, verb="need.appealed", about=need, kind=KIND, organisation=named(need, owner))
    return appeal


@transaction.atomic
def decide_appeal(*, by: User, need: TechNeed, appeal: Appeal, version: int, uphold: bool, reason: str) -> TechNeed:
    """The secretariat upholds the appeal, which puts the need back into review, or dismisses it.

    Raises NotAllowed, ReasonMissing, StaleState.
    """
    instance = appeals.instance_for(by, appeal)
    if instance is None:
        raise NotAllowed
    expect_version(need, version)
    if not reason.strip():
        raise ReasonMissing
    appeals.decide(by=by, record=need, kind=KIND, appeal=appeal, uphold=uphold, reason=reason, instance=instance,
                   told=owner_people(need.body))  # fmt: skip
    if uphold:
        # The park, if any, has passed it before: what the region rejected goes back to the region.
        move(need, NeedState.CHECKED if need.body.owner.park_id else NeedState.SUBMITTED, workflow=TECH_NEED)
        follow(record=need, kind=KIND, step="region", owner=need.body.owner)
        tell(officers_for(need, KIND), "need_to_check", need)
    record(by=by, verb="need.appeal_upheld" if uphold else "need.appeal_dismissed", about=need, kind=KIND,
           organisation=instance, to_state=need.state)  # fmt: skip
    return need


def _write(by: User, need: TechNeed, version: int, fields: Mapping[str, Any]) -> TechNeed:
    """Write fields of a snapshot into a published need, and have it matched again if the engine reads them."""
    from needs import versioning  # as above

    text_version = need.text_version
    need = write(by=by, need=need, version=version, states=rules.REVISABLE, **versioning.for_service(dict(fields)))
    if need.text_version != text_version and need.state in MATCHED:
        enqueue_match(need, by=by)
    return need


def _checker(by: User, need: TechNeed, version: int) -> Organisation:
    department = reviewing_organisation(by, need, "need.publish", "need")
    if department is None:
        raise NotAllowed
    if not rules.can_check_change(by, need):
        raise StaleState(need.public_no)
    expect_version(need, version)
    changes.hold(need, version=version)
    return department


def _stays_complete(need: TechNeed, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Raise Incomplete for what the change would take from the need; a gap that was there before may stay."""
    body = NeedBody.objects.select_related("owner__region").get(need=need)
    gaps = _problems(need, body, before)
    if problems := {field: words for field, words in _problems(need, body, after).items() if field not in gaps}:
        raise Incomplete(problems)


def _problems(need: TechNeed, body: NeedBody, fields: Mapping[str, Any]) -> dict[str, Any]:
    from needs import versioning  # as above

    wanted = versioning.for_service(dict(fields))
    values, rows = values_of(need, body) | wanted["data"], wanted["indicators"]
    found = missing(values, rows) | names_owner(values, rows, body.owner)
    if values["visibility"] == Visibility.INVITED and not wanted["invited"]:
        found["invited"] = _("Please name at least one organisation that may see the need.")
    return found
