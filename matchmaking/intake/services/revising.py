"""A record that stands in the pool: changes by its owner, their check, and the one appeal against a rejection.

The steps are the same for every kind. What differs (who may, how a change is written, what must not be missing, who is
told) each app says in a `Revising` of its own and offers its steps to `intake.reviewed`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction

from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record as write_down
from matchmaking.common.workflow import StaleState, expect_version
from matchmaking.intake import versions
from matchmaking.intake.attachments import FILES
from matchmaking.intake.gaps import Problems, new_gaps
from matchmaking.intake.models import CHANGE, Appeal, ChangeState, Decision, ProposedChange, VersionOf
from matchmaking.intake.services import appeals, changes
from matchmaking.intake.services.describing import describe
from matchmaking.intake.services.review import record_step
from matchmaking.intake.services.versions import keep, keep_first
from matchmaking.intake.versions import Snapshot
from matchmaking.programmes.selectors import needs_check


@dataclass(frozen=True)
class Revised:
    """What came of a change: the record, the fields that are live now, and the change that waits for a check."""

    record: Any
    live: tuple[str, ...]
    change: ProposedChange | None
    kind: str


# Whoever has the first visibility may take one of the others without a check: nobody reads more by it.
_CLOSER = {"public": ("members", "invited", "hidden_owner"), "members": ("invited",)}


def closes(before: Snapshot, differs: Snapshot) -> frozenset[str]:
    """The fields of a change by which fewer people read the record: these wait for nobody, the owner's wish is enough.

    A closer visibility with those who are invited to it; or guests that are only taken off the list.
    """
    if differs.get("visibility") in _CLOSER.get(before.get("visibility", ""), ()):
        return frozenset({"visibility", "invited"})
    guests = differs.get("invited")
    if "visibility" not in differs and guests is not None and all(one in before.get("invited", []) for one in guests):
        return frozenset({"invited"})
    return frozenset()


def _nobody(user: Any, record: Any) -> Any:
    return None


def _nothing(**how: Any) -> Any:
    raise NotImplementedError


@dataclass(frozen=True)
class Revising:
    """How the steps of a kind go.

    `can_revise`, `can_appeal` and `checker` take (user, record); the last gives the organisation for which the person
    decides on changes of such records, in whatever state, and `revisable` whether this one stands in the pool. `write`
    (by=, record=, version=, fields= of a snapshot) writes in the present state and has the record matched again.
    `lacks` (record, fields) says what a record in the pool would lack with these fields, `exposes` what may never stand
    there: texts that name a hidden owner, a record for the invited with nobody invited. `back_into_review` (by, record)
    moves a record whose appeal is upheld and tells its officers. `named` gives the owner where the history may name
    him. `tell` takes (people, notification, record, once=). `verb` begins the verbs of the history, `news` the
    notifications.
    """

    kind: str
    verb: str
    news: str
    can_appeal: Callable[[Any, Any], bool]
    back_into_review: Callable[[User, Any], None]
    owner_people: Callable[[Any], list[User]]
    refused: type[Exception]
    reason_missing: type[Exception]
    can_revise: Callable[[Any, Any], Any] = _nobody
    revisable: Callable[[Any], bool] = bool
    checker: Callable[[Any, Any], Organisation | None] = _nobody
    write: Callable[..., Any] = _nothing
    lacks: Callable[[Any, Snapshot], Problems] = lambda _record, _fields: {}
    exposes: Callable[[Any, Snapshot], Problems] = lambda _record, _fields: {}
    incomplete: Callable[[Problems], Exception] = Exception
    officers: Callable[[Any], list[User]] = lambda _record: []
    tell: Callable[..., None] = lambda *_args, **_how: None
    owner_of: Callable[[Any], Organisation] = lambda record: record.body.owner
    named: Callable[[Any, Organisation], Organisation | None] = lambda _record, owner: owner

    def offered(self) -> dict[str, Callable[..., Any]]:
        """The steps as `intake.reviewed.register` takes them."""
        return {
            "can_appeal": self.can_appeal,
            "appeal": self.appeal,
            "decide_appeal": self.decide_appeal,
            "can_revise": self.can_revise,
            "can_check_change": self.can_check_change,
            "pass_change": self.pass_change,
            "return_change": self.return_change,
            "withdraw_change": self.withdraw_change,
        }

    def can_check_change(self, user: Any, record: Any) -> bool:
        """Who decides on such records also checks what is to change in one that stands in the pool."""
        return self.revisable(record) and self.checker(user, record) is not None

    @transaction.atomic
    def revise(self, by: User, record: Any, *, version: int, wanted: Snapshot, what: str = VersionOf.EDITED) -> Revised:
        """Change a record in the pool. Fields that the programme does not check go live at once; the others wait.

        `wanted` holds fields in the shape of a snapshot; a field that is given replaces what waited for it before.
        Raises `refused`, `incomplete` (neither what goes live nor the whole may take from the record what it needs, or
        expose its owner), StaleState.
        """
        if not self.can_revise(by, record):
            raise self.refused
        expect_version(record, version)
        changes.hold(record, version=version)
        before = versions.find(self.kind).content(record)
        differs = {name: wanted[name] for name in versions.differing(self.kind, before, wanted)}
        closing = closes(before, differs)
        checked = {name: differs[name] for name in differs
                   if name not in closing and needs_check(record.programme, self.kind, name)}  # fmt: skip
        live = {name: value for name, value in differs.items() if name not in checked}
        self._stays_fit(record, differs, live)
        keep_first(record=record, kind=self.kind, data=before)
        fresh = self.write(by=by, record=record, version=version, fields=live)
        describe(record, self.kind, live.get(FILES, []))
        if live:
            keep(record=fresh, kind=self.kind, by=by, what=what)
        owner = self.owner_of(fresh)
        change, is_new = changes.settle(by=by, record=fresh, kind=self.kind, wanted=wanted, checked=checked,
                                        owner=owner)  # fmt: skip
        if change and is_new:
            self._write_down("change_proposed", by, fresh, self.named(fresh, owner), acting_for=owner,
                             detail={"fields": change.fields})  # fmt: skip
            if what != VersionOf.IMPORTED:  # an upload tells each officer once, of all its changes
                self.tell(self.officers(fresh), f"{self.news}_change_to_check", fresh, once=f"{change.pk}")
        return Revised(fresh, tuple(live), change, self.kind)

    @transaction.atomic
    def undo(self, by: User, record: Any, *, version: int, fields: Snapshot) -> Any:
        """Unmake what an upload changed, as steps of their own: the change that waits is taken back, and fields that
        went live at once get these earlier values, gaps included. Raises `refused`, StaleState.
        """
        if not self.can_revise(by, record):
            raise self.refused
        expect_version(record, version)
        changes.hold(record, version=version)
        if changes.open_change(record, self.kind):
            self.withdraw_change(by, record)
        if not fields:
            return record
        fresh = self.write(by=by, record=record, version=version, fields=fields)
        keep(record=fresh, kind=self.kind, by=by, what=VersionOf.IMPORTED)
        return fresh

    @transaction.atomic
    def pass_change(self, by: User, record: Any, *, change: ProposedChange, version: int) -> Any:
        """Put a checked change into the record, which is matched anew. Raises `refused`, `incomplete`, StaleState."""
        department = self._checking(by, record, version)
        changes.close(record=record, kind=self.kind, change=change, state=ChangeState.PASSED)
        record_step(by=by, record=record, kind=self.kind, step=CHANGE, decision=Decision.PASS, organisation=department)
        self._stays_fit(record, change.content)
        fresh = self.write(by=by, record=record, version=version, fields=change.content)
        describe(record, self.kind, change.content.get(FILES, []))
        keep(record=fresh, kind=self.kind, by=change.by, what=VersionOf.EDITED)
        self._write_down("change_passed", by, fresh, department, detail={"fields": change.fields})
        self.tell(self.owner_people(fresh), f"{self.news}_change_passed", fresh)
        return fresh

    @transaction.atomic
    def return_change(
        self,
        by: User,
        record: Any,
        *,
        change: ProposedChange,
        version: int,
        reason: str,
        reasons: Iterable[str] = (),
        notes: Mapping[str, str] | None = None,
    ) -> Any:
        """Send a change back with reasons and notes at its fields; the record stays as it is.

        Raises `refused`, `reason_missing`, StaleState.
        """
        department = self._checking(by, record, version)
        if not reason.strip():
            raise self.reason_missing
        changes.close(record=record, kind=self.kind, change=change, state=ChangeState.RETURNED)
        step = record_step(by=by, record=record, kind=self.kind, step=CHANGE, decision=Decision.RETURN,
                           organisation=department, reason=reason.strip(), reasons=reasons, notes=notes)  # fmt: skip
        self._write_down("change_returned", by, record, department, detail={"step": step.pk})
        self.tell(self.owner_people(record), f"{self.news}_change_returned", record, once=f"{change.pk}")
        return record

    @transaction.atomic
    def withdraw_change(self, by: User, record: Any) -> Any:
        """The owner takes a waiting change back. Raises `refused`, and StaleState when none waits any more."""
        if not self.can_revise(by, record):
            raise self.refused
        changes.hold(record)
        if not changes.drop(record=record, kind=self.kind):
            raise StaleState(record.public_no)
        owner = self.owner_of(record)
        record_step(by=by, record=record, kind=self.kind, step=CHANGE, decision=Decision.WITHDRAW, organisation=owner)
        self._write_down("change_withdrawn", by, record, self.named(record, owner), acting_for=owner)
        return record

    @transaction.atomic
    def appeal(self, by: User, record: Any, *, version: int, text: str) -> Appeal:
        """Appeal against the rejection, once. Raises `refused`, StaleState, appeals.AppealRefused."""
        if not self.can_appeal(by, record):
            raise self.refused
        expect_version(record, version)
        owner = self.owner_of(record)
        appeal = appeals.lodge(by=by, record=record, kind=self.kind, text=text, owner=owner)
        self._write_down("appealed", by, record, self.named(record, owner), acting_for=owner)
        return appeal

    @transaction.atomic
    def decide_appeal(self, by: User, record: Any, *, appeal: Appeal, version: int, uphold: bool, reason: str) -> Any:
        """The secretariat upholds the appeal, which puts the record back into review, or dismisses it.

        Raises `refused`, `reason_missing`, StaleState.
        """
        instance = appeals.instance_for(by, appeal)
        if instance is None:
            raise self.refused
        expect_version(record, version)
        if not reason.strip():
            raise self.reason_missing
        appeals.decide(by=by, record=record, kind=self.kind, appeal=appeal, uphold=uphold, reason=reason,
                       instance=instance, told=self.owner_people(record))  # fmt: skip
        before = record.state
        if uphold:
            self.back_into_review(by, record)
        self._write_down("appeal_upheld" if uphold else "appeal_dismissed", by, record, instance, from_state=before,
                         to_state=record.state)  # fmt: skip
        return record

    def _checking(self, by: User, record: Any, version: int) -> Organisation:
        """The organisation that decides; the row of the record is held from here on."""
        department = self.checker(by, record)
        if department is None:
            raise self.refused
        if not self.revisable(record):
            raise StaleState(record.public_no)
        expect_version(record, version)
        changes.hold(record, version=version)
        return department

    def _stays_fit(self, record: Any, whole: Snapshot, live: Snapshot | None = None) -> None:
        """Raise `incomplete` for what a change would take from the record or tell of its owner."""
        lacks, exposes = partial(self.lacks, record), partial(self.exposes, record)
        if problems := new_gaps(lacks=lacks, exposes=exposes, whole=whole, live=live or {}):
            raise self.incomplete(problems)

    def _write_down(self, verb: str, by: User, record: Any, organisation: Organisation | None, **more: Any) -> None:
        write_down(by=by, verb=f"{self.verb}.{verb}", about=record, kind=self.kind, organisation=organisation, **more)
