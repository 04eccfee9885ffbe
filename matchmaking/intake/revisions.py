"""Rows of an upload that change a published record: what goes live at once, what waits for a check, and the way back.

A pool says in which states its records are published (`revisable`) and hands on to the services by which its form
changes such a record; everything else is the same everywhere. `desks.PoolDesk` stands on this.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from matchmaking.accounts.models import User
from matchmaking.common.workflow import StaleState
from matchmaking.intake import reviewed
from matchmaking.intake.cells import CellError
from matchmaking.intake.gaps import new_gaps
from matchmaking.intake.importing import CHECK, LIVE, Change, Done, Target, Values
from matchmaking.intake.models import ChangeState, ImportBatch, ProposedChange
from matchmaking.intake.said import Text
from matchmaking.intake.said import said as _
from matchmaking.notifications.services import notify
from matchmaking.programmes.reviewing import officers_for
from matchmaking.programmes.selectors import needs_check

REVISED = "revised"  # in what an undo keeps: the earlier values of the fields that went live at once
OFFICERS_NOTICE = "import_changes_to_check"
DECIDED: dict[str, Text] = {
    ChangeState.PASSED: _("What the import changed was checked and is live now."),
    ChangeState.RETURNED: _("What the import changed was checked and returned."),
}


class Revisions:
    """The part of a desk that knows published records. A pool without `revisable` states has none."""

    kind: str
    model: Any
    revisable: Collection[str] = ()
    fields_of: Mapping[str, str] = {}  # columns that are called otherwise in the record

    def __init__(self) -> None:
        self._waiting: dict[UUID, dict[str, Any]] = {}  # what waits already, of the records that are loaded
        self._officers: dict[tuple[int, str], list[User]] = {}
        self._to_check: dict[int, tuple[User, int]] = {}

    # --- What a pool says about itself ---------------------------------------------------------------------------

    def revise(self, *, by: User, record: Any, version: int, given: Values) -> tuple[Any, ProposedChange | None]:
        """Change a published record; return it as it is now, and the change that waits. Raises StaleState."""
        raise NotImplementedError

    def unrevise(self, *, by: User, record: Any, version: int, before: Mapping[str, Any]) -> None:
        """Take back what waits, and give the fields that went live at once their earlier values. Raises StaleState."""
        raise NotImplementedError

    def proposed(self, record: Any, given: Values) -> Mapping[str, Any]:
        """Return what a row wants the fields of a record to be, as `versions.Snapshot` has them."""
        raise NotImplementedError

    def gaps_of(self, record: Any, given: Values) -> Mapping[str, Any]:
        """Return {column: sentence} of what a published record would lack with these columns."""
        return {}

    def exposes(self, record: Any, given: Values) -> Mapping[str, Any]:
        """Return {column: sentence} of what may never stand in a published record: texts that name a hidden owner."""
        return {}

    def officers_of(self, record: Any) -> list[User]:
        """Return who checks a change of this record."""
        return officers_for(record, self.kind)

    def snapshot(self, record: Any, names: Sequence[str]) -> dict[str, Any]:
        raise NotImplementedError

    # --- Examining -------------------------------------------------------------------------------------------------

    def is_published(self, record: Any) -> bool:
        return bool(self.revisable) and record.state in self.revisable

    def goes(self, record: Any, name: str) -> str:
        """How a change of a column takes effect: at once, after a check, or (in a draft) as any other."""
        if not self.is_published(record):
            return ""
        return CHECK if needs_check(record.programme, self.kind, self.fields_of.get(name, name)) else LIVE

    def with_waiting(self, targets: Iterable[Target]) -> dict[UUID, Target]:
        """Those of these targets that cannot be changed because a change of them waits."""
        if not self.revisable:
            return {}
        found = {target.uuid: target for target in targets}
        return {
            uuid: replace(
                found[uuid],
                obstacle=found[uuid].obstacle or _("A change of this record waits for a check already."),
                advice=_(
                    "Wait for the decision, or take that change back on the record's page. Then check the list again."
                ),
            )
            for uuid in self._open_changes(found).values_list("object_id", flat=True)
        }

    def _open_changes(self, uuids: Iterable[UUID]) -> QuerySet[ProposedChange]:
        """The changes that wait for a check, of these records."""
        return ProposedChange.objects.filter(object_kind=self.kind, state=ChangeState.OPEN, object_id__in=uuids)

    def load_waiting(self, uuids: Sequence[UUID]) -> None:
        """Read what waits of these records, in one query."""
        self._waiting = {}
        if self.revisable and uuids:
            self._waiting = {change.object_id: change.content for change in self._open_changes(uuids)}

    def waits_already(self, record: Any, given: Values, changes: Sequence[Change]) -> bool:
        """Whether everything that a row would change waits for a check in just these words."""
        waiting = self._waiting.get(record.uuid)
        if not waiting or any(change.goes != CHECK for change in changes):
            return False
        names = {change.name for change in changes}
        wanted = self.proposed(record, {name: value for name, value in given.items() if name in names})
        fields = {self.fields_of.get(name, name) for name in names}
        return all(field in waiting and waiting[field] == wanted[field] for field in fields)

    def hindrances_of(self, record: Any, given: Values) -> dict[str, CellError]:
        """A published record stays complete and its owner hidden: at once, and when what waits has been checked."""
        live = {name: value for name, value in given.items() if self.goes(record, name) == LIVE}
        lacks, exposes = partial(self.gaps_of, record), partial(self.exposes, record)
        found = new_gaps(lacks=lacks, exposes=exposes, whole=given, live=live)
        hint = _("A published record keeps what it needed to be submitted.")
        return {
            name: CellError(_("The record is published: %(gap)s") % {"gap": words}, hint, code="published")
            for name, words in found.items()
        }

    # --- Writing ---------------------------------------------------------------------------------------------------

    def hold_published(self, records: Iterable[Any]) -> None:
        """Nobody proposes a change of these records until the end of the transaction, and nobody has since the check.

        Raises StaleState.
        """
        uuids = [record.uuid for record in records if self.is_published(record)]
        if not uuids:
            return
        list(self.model.objects.select_for_update(no_key=True, of=("self",)).filter(uuid__in=uuids).order_by("pk"))
        if self._open_changes(uuids).exists():
            raise StaleState(self.kind)

    def revised(self, *, by: User, record: Any, target: Target, given: Values, keep: Any) -> Done:
        """Change one published record; `keep` turns what an undo needs into JSON."""
        live = [name for name in given if self.goes(record, name) == LIVE]
        before = {REVISED: keep(self.snapshot(record, live))}
        after, change = self.revise(by=by, record=record, version=target.version, given=given)
        if change:
            self._count(after)
        return Done("changed", after.uuid, after.public_no, after.version, before, change.uuid if change else None)

    def _count(self, record: Any) -> None:
        """One more change that waits for the officers of a record."""
        place = (record.programme_id, record.region_id)
        if place not in self._officers:
            self._officers[place] = self.officers_of(record)
        for officer in self._officers[place]:
            _person, count = self._to_check.get(officer.pk, (officer, 0))
            self._to_check[officer.pk] = (officer, count + 1)

    def close(self, *, batch: ImportBatch) -> None:
        """Tell each officer once how many changes wait for him: a notice a record would be hundreds."""
        for officer, count in self._to_check.values():
            notify(
                recipients=[officer],
                kind=OFFICERS_NOTICE,
                params={"count": count},
                url=reverse(reviewed.find(self.kind).queue),
                dedupe_key=f"{OFFICERS_NOTICE}:{batch.uuid}:{batch.version}",
            )
        self._to_check = {}

    # --- Undoing ---------------------------------------------------------------------------------------------------

    def decided_since(self, done: Sequence[Done]) -> dict[UUID, Text]:
        """{record: what came of the change that the import let wait, or which other one waits now}."""
        if not self.revisable:
            return {}
        touched = {one.uuid: one.change for one in done if one.deed == "changed"}
        ours = [change for change in touched.values() if change]
        others = self._open_changes(touched).exclude(uuid__in=ours)
        found: dict[UUID, Text] = dict.fromkeys(
            others.values_list("object_id", flat=True), _("Another change was proposed since and waits for a check.")
        )
        decided = ProposedChange.objects.filter(object_kind=self.kind, uuid__in=ours, state__in=DECIDED)
        return found | {uuid: DECIDED[state] for uuid, state in decided.values_list("object_id", "state")}
