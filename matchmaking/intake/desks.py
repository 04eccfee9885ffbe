"""What the desks of all pools have in common: which record a row means, what is missing from a file, commit and undo.

A pool derives from `PoolDesk` and says how its records are read and written. The order in which a row names its record
is the same everywhere: its own number, its name, a registration (patent, certificate); a name that is only nearly the
same is a question for the person.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import ProtectedError

from matchmaking.accounts.models import Organisation, User
from matchmaking.common.workflow import StaleState
from matchmaking.intake.cells import CellError, written
from matchmaking.intake.importing import Blocker, Change, Done, ReadyRow, Saved, Similar, Target, Unsure, Values
from matchmaking.intake.likeness import Names, fold, likeness
from matchmaking.intake.models import Attachment, ImportBatch, ReviewStep
from matchmaking.intake.revisions import REVISED, Revisions
from matchmaking.intake.said import Text
from matchmaking.intake.said import said as _
from matchmaking.programmes.models import Programme

WORDS = 160  # of a value in a comparison
PIECE = 100  # records read in full at once
SAME_THING = 60  # with the same registration, a name at least so alike means the same record
OTHER_UNITS = 95  # with other units, a name must be so alike before anybody is asked


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the owner in the index of a desk.

    `target.obstacle` says why an upload cannot change it, `stays` why an upload cannot withdraw it. A record that is
    `gone` is meant by its number alone; one that is `expected` is named when a file does not have it.
    """

    target: Target
    state: str
    gone: bool = False
    expected: bool = True
    stays: Text = ""
    registrations: tuple[str, ...] = ()
    units: frozenset[Any] = frozenset()


class PoolDesk(Revisions):
    """One owner, one programme. Holds a light index of all the owner's records and the full rows of one piece."""

    kind: str = ""  # the word of the records in history and reviews, as `RowKind.kind`
    model: Any = None  # of the records, with uuid and version
    number_column = "public_no"
    number_heading = ""  # as the person reads it
    title_column = "title"
    units_column = ""  # the column of the units, if a name counts only together with them

    def __init__(self, owner: Organisation, programme: Programme) -> None:
        super().__init__()
        self.owner, self.programme = owner, programme
        entries = self._read_entries()
        self.opened = _stamp_of(entries)
        self._entries = {entry.target.uuid: entry for entry in entries}
        self._by_number = {entry.target.number: entry for entry in entries}
        self._by_title: dict[str, list[Entry]] = defaultdict(list)
        self._by_registration: dict[str, list[Entry]] = defaultdict(list)
        self._names: Names[UUID] = Names()
        for entry in entries:
            if entry.gone:
                continue
            title = fold(entry.target.label)
            self._by_title[title].append(entry)
            self._names.add(entry.target.uuid, title)
            for word in entry.registrations:
                self._by_registration[word].append(entry)
        self.known: dict[UUID, Any] = {}

    # --- What a pool says about itself ---------------------------------------------------------------------------

    def read_index(self) -> Iterable[Entry]:
        """Read all records of the owner, in a fixed order, in a few queries."""
        raise NotImplementedError

    def fetch(self, uuids: Sequence[UUID]) -> dict[UUID, Any]:
        """Read these records in full, with everything below them, in a few queries."""
        raise NotImplementedError

    def present(self, record: Any, name: str) -> Any:
        """Return what a record holds in a column, in the form in which the row form gives it."""
        raise NotImplementedError

    def words(self, name: str, value: Any) -> str:
        """Return a value of a column in words, for a comparison; in Chinese, like the workbook."""
        raise NotImplementedError

    def missing(self, values: Values, target: Target | None) -> list[str]:
        raise NotImplementedError

    def create(self, *, by: User, rows: Sequence[Values]) -> Sequence[Any]:
        """Write new drafts, in the order of the rows; each has uuid, public_no and version."""
        raise NotImplementedError

    def number(self, *, by: User, uuids: Sequence[UUID]) -> dict[UUID, str]:
        """Give the drafts of a whole commit their public numbers, at its end; nothing if `create` has done so."""
        return {}

    def update(self, *, by: User, record: Any, version: int, given: Values) -> Any:
        """Write what differs and return the record as it is now. Raises StaleState."""
        raise NotImplementedError

    def snapshot(self, record: Any, names: Sequence[str]) -> dict[str, Any]:
        """Return what `restore` needs to give these columns back."""
        raise NotImplementedError

    def restore(self, *, by: User, record: Any, version: int, before: Mapping[str, Any]) -> None:
        """Give a record its earlier values back. Raises StaleState."""
        raise NotImplementedError

    def take_out(self, *, by: User, record: Any, version: int, reason: str) -> Any:
        """Withdraw a record and return it as it is now. Raises StaleState."""
        raise NotImplementedError

    def reopen(self, *, by: User, record: Any) -> None:
        """Turn a withdrawn record into a draft again."""
        raise NotImplementedError

    def take_back(self, *, by: User, uuids: Sequence[UUID]) -> int:
        """Delete drafts that nobody has touched since they were made; return how many, with an entry in the history."""
        raise NotImplementedError

    def registrations_in(self, values: Values) -> list[str]:
        """Return the numbers of rights and certificates in a row, as `Entry.registrations` writes them."""
        return []

    def private(self) -> frozenset[str]:
        """Columns whose values never stand in a comparison."""
        return frozenset()

    # --- Reading ---------------------------------------------------------------------------------------------------

    def stamp(self) -> str:
        return _stamp_of(self._read_entries())

    def _read_entries(self) -> list[Entry]:
        """The index, with the records that cannot be changed because a change of them waits."""
        entries = list(self.read_index())
        waiting = self.with_waiting(entry.target for entry in entries if entry.state in self.revisable)
        return [
            replace(entry, target=waiting[entry.target.uuid]) if entry.target.uuid in waiting else entry
            for entry in entries
        ]

    def prepare(self, rows: Sequence[Values]) -> None:
        """Nothing to look up."""

    def resolve(self, values: Values) -> dict[str, CellError]:
        return {}

    def load(self, uuids: Sequence[UUID]) -> None:
        self.known = self.fetch(uuids) if uuids else {}
        self.load_waiting([uuid for uuid, record in self.known.items() if self.is_published(record)])

    def target_of(self, uuid: UUID) -> Target | None:
        entry = self._entries.get(uuid)
        return entry.target if entry else None

    def find_target(self, values: Values) -> Target | None:
        if number := values.get(self.number_column):
            if found := self._by_number.get(number):
                return found.target
            raise CellError(
                _("Your organisation has no record with the number %(number)s.") % {"number": number},
                _("Leave the cell empty if the record is new, or correct the number."),
                code=self.number_column,
            )
        title = fold(values.get(self.title_column) or "")
        named = self._by_title.get(title, [])
        registered = list({
            entry.target.uuid: entry for word in self.registrations_in(values) for entry in self._by_registration[word]
        }.values()) if self._by_registration else []  # fmt: skip
        both = [entry for entry in named if entry in registered]
        if len(both) == 1:
            return both[0].target
        if named or registered:
            return self._decided(title, named, registered)
        if alike := self._alike(title, values):
            raise Unsure(alike)
        return None

    def _decided(self, title: str, named: Sequence[Entry], registered: Sequence[Entry]) -> Target:
        """Name and registration say the same, or the person is asked."""
        if len(named) == 1 and not registered:
            return named[0].target
        likely = not named and len(registered) == 1
        if likely and likeness(title, fold(registered[0].target.label)) >= SAME_THING:
            return registered[0].target
        found = [Similar(entry.target, 100) for entry in named]
        found += [
            Similar(entry.target, likeness(title, fold(entry.target.label)), "registration")
            for entry in registered
            if entry not in named
        ]
        raise Unsure(found[:5])

    def _alike(self, title: str, values: Values) -> list[Similar]:
        units = set(values.get(self.units_column) or ()) if self.units_column else set()
        result = []
        for uuid, score in self._names.near(title):
            entry = self._entries[uuid]
            if score >= (OTHER_UNITS if units and entry.units and not units & entry.units else 0):
                result.append(Similar(entry.target, score))
        return result

    def names_of(self, values: Values, target: Target | None) -> list[tuple[str, str]]:
        if target:
            return [(self.number_column if values.get(self.number_column) else self.title_column, target.number)]
        title = fold(values.get(self.title_column) or "")
        return [(self.title_column, f"title {title}"[:200])] if title and not values.get(self.number_column) else []

    def remarks(self, values: Values, target: Target | None) -> list[dict[str, Any]]:
        return []

    def absent(self, present: set[UUID]) -> list[Target]:
        return [
            Target(entry.target.uuid, entry.target.number, entry.target.version, entry.target.label, entry.stays)
            for entry in self._entries.values()
            if entry.expected and not entry.gone and entry.target.uuid not in present
        ]

    # --- Comparing -------------------------------------------------------------------------------------------------

    def given(self, values: Values) -> Values:
        """What the row says; an empty cell says nothing."""
        return {n: v for n, v in values.items() if n != self.number_column and v is not None and v not in ("", [])}

    def compare(self, values: Values, target: Target) -> list[Change]:
        record, private = self.known[target.uuid], self.private()
        given = self.differing(record, self.given(values))
        changes = []
        for name, after in given.items():
            before, goes = self.present(record, name), self.goes(record, name)
            if name in private:
                changes.append(Change(name, "", "", goes))  # personal data never stands in a comparison
            else:
                changes.append(Change(name, _short(self.words(name, before)), _short(self.words(name, after)), goes))
        return [] if changes and self.waits_already(record, given, changes) else changes

    def differing(self, record: Any, given: Values) -> Values:
        """What a row says otherwise than the record. Of a published one, the order of codes says nothing."""
        form = unordered if self.is_published(record) else comparable
        return {n: v for n, v in given.items() if form(self.present(record, n)) != form(v)}

    def hindrances(self, values: Values, target: Target) -> dict[str, CellError]:
        record = self.known[target.uuid]
        if not self.is_published(record):
            return {}
        return self.hindrances_of(record, self.differing(record, self.given(values)))

    # --- Writing ---------------------------------------------------------------------------------------------------

    def save(self, *, by: User, batch: ImportBatch, rows: Iterable[ReadyRow]) -> Saved:
        ready = list(rows)
        new = [self.given(row.values) for row in ready if row.target is None]
        created = [Done("created", made.uuid, made.public_no, made.version) for made in self.create(by=by, rows=new)]
        changed = [row for row in ready if row.target is not None]
        updated = []
        for start in range(0, len(changed), PIECE):
            piece = changed[start : start + PIECE]
            known = self.fetch([row.target.uuid for row in piece if row.target])
            self.hold_published(known.values())
            updated += [self._change(by, known[row.target.uuid], row) for row in piece if row.target]
        return Saved(created, updated)

    def _change(self, by: User, record: Any, row: ReadyRow) -> Done:
        assert row.target is not None  # the caller chose the rows with one
        given = self.differing(record, self.given(row.values))
        if self.is_published(record):
            return self.revised(by=by, record=record, target=row.target, given=given, keep=plain_json)
        before = plain_json(self.snapshot(record, list(given)))
        after = self.update(by=by, record=record, version=row.target.version, given=given)
        return Done("changed", after.uuid, after.public_no, after.version, before)

    def withdraw(self, *, by: User, batch: ImportBatch, targets: Sequence[Target], reason: str) -> list[Done]:
        done = []
        for start in range(0, len(targets), PIECE):
            piece = targets[start : start + PIECE]
            known = self.fetch([target.uuid for target in piece])
            for target in piece:
                record = known[target.uuid]
                before = {"state": str(record.state)}
                after = self.take_out(by=by, record=record, version=target.version, reason=reason)
                done.append(Done("withdrawn", after.uuid, after.public_no, after.version, before))
        return done

    # --- Undoing ---------------------------------------------------------------------------------------------------

    def blockers(self, done: Sequence[Done]) -> list[Blocker]:
        """Whatever happened to a record since raised its version; what was put to a new draft refers to it."""
        now = {entry.target.uuid: entry for entry in self.read_index()}
        leant_on = self._leant_on([one.uuid for one in done if one.deed == "created"]) | self.decided_since(done)
        found = []
        for one in done:
            entry = now.get(one.uuid)
            if entry is None:
                found.append(Blocker(one.number, _("It is no longer there.")))
            elif one.uuid in leant_on:
                found.append(Blocker(one.number, leant_on[one.uuid]))
            elif entry.target.version != one.version:
                found.append(Blocker(one.number, _("It was changed after the import.")))
        return found

    def _leant_on(self, created: Sequence[UUID]) -> dict[UUID, Text]:
        """{new draft: what was put to it since}; such things do not raise its version."""
        found: dict[UUID, Text] = {}
        for model, why in ((ReviewStep, _("It has been handed in.")), (Attachment, _("A file was put to it."))):
            about = model.objects.filter(object_kind=self.kind, object_id__in=created)
            found |= dict.fromkeys(about.values_list("object_id", flat=True), why)
        return found

    def undo(self, *, by: User, batch: ImportBatch, done: Sequence[Done]) -> None:
        for start in range(0, len(done), PIECE):
            piece = done[start : start + PIECE]
            self._hold(piece)
            made = [one.uuid for one in piece if one.deed == "created"]
            if self._leant_on(made) or self.decided_since(piece):
                raise StaleState(str(batch))  # since `blockers` looked; while the rows are held nothing more comes
            try:
                if made and self.take_back(by=by, uuids=made) != len(made):
                    raise StaleState(str(batch))
            except ProtectedError as error:
                raise StaleState(str(batch)) from error
            known = self.fetch([one.uuid for one in piece if one.deed != "created"])
            for one in piece:
                if one.deed == "changed" and REVISED in (one.before or {}):
                    record, before = known[one.uuid], (one.before or {})[REVISED]
                    self.unrevise(by=by, record=record, version=one.version, before=before)
                elif one.deed == "changed":
                    self.restore(by=by, record=known[one.uuid], version=one.version, before=one.before or {})
                elif one.deed == "withdrawn":
                    self.reopen(by=by, record=known[one.uuid])

    def _hold(self, done: Sequence[Done]) -> None:
        """Nobody changes these records until the end of the transaction, and nobody has since `blockers` looked."""
        expected = {one.uuid: one.version for one in done}
        held = self.model.objects.select_for_update(no_key=True, of=("self",)).filter(uuid__in=expected).order_by("pk")
        if dict(held.values_list("uuid", "version")) != expected:
            raise StaleState(self.kind)


def comparable(value: Any) -> Any:
    """Return a value in the form in which before and after are compared."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [tuple(row.values()) for row in value]
    return written(value) if isinstance(value, str) else value


def unordered(value: Any) -> Any:
    """The same without the order of codes and keywords."""
    return (
        sorted(value) if isinstance(value, list) and all(isinstance(one, str) for one in value) else comparable(value)
    )


def plain_json(value: Any) -> Any:
    """Return a value as JSON gives it back: numbers and days as text."""
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def _short(text: str) -> str:
    return f"{text[:WORDS]}…" if len(text) > WORDS else text or "—"


def _stamp_of(entries: Iterable[Entry]) -> str:
    facts = [
        (
            str(one.target.uuid),
            one.target.number,
            one.target.label,
            one.state,
            one.target.version,
            bool(one.target.advice),
        )
        for one in entries
    ]
    return hashlib.sha256(repr(facts).encode()).hexdigest()
