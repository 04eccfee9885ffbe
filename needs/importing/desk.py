"""The needs' side of an examination: which need a row means, what it changes, what is missing; the writing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Field

from matchmaking.accounts.models import User
from matchmaking.intake.desks import Entry
from matchmaking.intake.importing import Target, Values
from matchmaking.intake.models import ProposedChange, VersionOf
from matchmaking.intake.said import Text
from matchmaking.intake.said import said as _
from needs import rules, versioning
from needs.completeness import BODY_FIELDS, INDICATOR_FIELDS, ROW_FIELDS, SCENARIO, missing, names_owner
from needs.enums import EDITABLE, NeedState
from needs.importing.columns import NEED_COLUMNS, SCENARIO_COLUMNS
from needs.importing.enterprise_desk import EnterpriseDesk
from needs.indicator_lines import written_line
from needs.models import NeedBody, NeedIndicator, TechNeed
from needs.services import (
    bulk_create_needs,
    reopen_need,
    revise_need,
    undo_revision,
    update_need,
    withdraw_need,
)
from needs.services.bulk import take_back_needs

S = NeedState
# A withdrawn or archived need has left; a row with its name is a new need.
GONE = (S.WITHDRAWN, S.ARCHIVED)
# A need that is solved, closed or expired has had its time: nobody expects it in the next list.
EXPECTED = (S.DRAFT, S.RETURNED, S.SUBMITTED, S.CHECKED, S.PUBLISHED, S.MATCHING, S.DOCKING, S.CONTRACTED)
WITHDRAWABLE = (S.DRAFT, S.RETURNED, S.SUBMITTED, S.CHECKED, S.PUBLISHED, S.MATCHING)


class NeedDesk(EnterpriseDesk):
    """The technical needs of one enterprise. A scenario may stand among them, but is not expected there."""

    kind = "need"
    model = TechNeed
    number_heading = "需求编号"
    columns = NEED_COLUMNS
    money = ("budget_fen",)
    row_fields = ROW_FIELDS
    body_fields = BODY_FIELDS
    below = ("indicators", "invited")
    revisable = rules.REVISABLE

    def read_index(self) -> Iterable[Entry]:
        owned = TechNeed.objects.filter(body__owner=self.owner).order_by("pk")
        facts = owned.values_list("uuid", "public_no", "version", "title", "state", "need_kind", "programme")
        for uuid, number, version, title, state, need_kind, programme in facts:
            target = Target(uuid, number, version, title, self.obstacle(state, need_kind))
            expected = programme == self.programme.pk and state in EXPECTED and self.lists(need_kind)
            yield Entry(target, state, state in GONE, expected, "" if state in WITHDRAWABLE else _stays(state))

    def lists(self, need_kind: str) -> bool:
        """Whether a need of this kind is expected in this list: scenarios have one of their own."""
        return need_kind != SCENARIO

    def obstacle(self, state: str, need_kind: str) -> Text:
        """Why an upload cannot change such a need, if so."""
        if state in (*EDITABLE, *rules.REVISABLE):
            return ""
        return _("The record is %(state)s and cannot be changed by an upload.") % {"state": NeedState(state).label}

    def fetch(self, uuids: Sequence[UUID]) -> dict[UUID, TechNeed]:
        found = (
            TechNeed.objects.filter(uuid__in=uuids)
            .select_related("body__owner", "region", "programme")
            .prefetch_related("body__indicators", "invitations__organisation")
        )
        return {need.uuid: need for need in found}

    def field(self, name: str) -> "Field[Any, Any]":
        model = NeedBody if name in BODY_FIELDS else TechNeed
        return model._meta.get_field(name)  # type: ignore[return-value]  # noqa: SLF001 (Django's model API)

    # --- Comparing -------------------------------------------------------------------------------------------------

    def present(self, record: TechNeed, name: str) -> Any:
        if name == "indicators":
            rows = sorted(record.body.indicators.all(), key=lambda one: (one.position, one.pk))
            return [{column: getattr(one, column) for column in INDICATOR_FIELDS} for one in rows]
        return super().present(record, name)

    def words(self, name: str, value: Any) -> str:
        return "；".join(map(written_line, value)) if name == "indicators" else super().words(name, value)

    def gaps(self, whole: Values) -> Mapping[str, Any]:
        return missing(whole, whole.get("indicators") or ())

    def revealing(self, whole: Values) -> Mapping[str, Any]:
        return names_owner(whole, whole.get("indicators") or (), self.owner)

    # --- Writing -----------------------------------------------------------------------------------------------------

    def create(self, *, by: User, rows: Sequence[Values]) -> Sequence[TechNeed]:
        laid = [self.layout(self.filled(given, None)) for given in rows]
        return bulk_create_needs(by=by, owner=self.owner, programme=self.programme, rows=laid)

    def update(self, *, by: User, record: TechNeed, version: int, given: Values) -> TechNeed:
        data, below = self.parted(self.layout(given, record))
        return update_need(by=by, need=record, version=version, data=data, **below)

    def revise(
        self, *, by: User, record: TechNeed, version: int, given: Values
    ) -> tuple[TechNeed, ProposedChange | None]:
        data, below = self.parted(self.layout(given, record))
        came = revise_need(by=by, need=record, version=version, data=data, what=VersionOf.IMPORTED, **below)
        return came.record, came.change

    def proposed(self, record: TechNeed, given: Values) -> Mapping[str, Any]:
        data, below = self.parted(self.layout(given, record))
        return versioning.proposed(data, **below)

    def restore(self, *, by: User, record: TechNeed, version: int, before: Mapping[str, Any]) -> None:
        data, below = self._restored(before)
        update_need(by=by, need=record, version=version, data=data, **below)

    def unrevise(self, *, by: User, record: TechNeed, version: int, before: Mapping[str, Any]) -> None:
        data, below = self._restored(before)
        undo_revision(by=by, need=record, version=version, data=data, **below)

    def _restored(self, before: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        data, below = self.parted(self.laid_back(before))
        number = NeedIndicator._meta.get_field("value")  # noqa: SLF001 (Django's model API)
        for row in below.get("indicators", ()):
            row |= {name: number.to_python(row[name]) for name in ("value", "value_high")}
        return data, below

    def take_out(self, *, by: User, record: TechNeed, version: int, reason: str) -> TechNeed:
        return withdraw_need(by=by, need=record, version=version, reason=reason)

    def reopen(self, *, by: User, record: TechNeed) -> None:
        reopen_need(by=by, need=record)

    def take_back(self, *, by: User, uuids: Sequence[UUID]) -> int:
        return take_back_needs(by=by, owner=self.owner, uuids=uuids)


class ScenarioDesk(NeedDesk):
    """The application scenarios of one enterprise: a list of its own over the same records."""

    columns = SCENARIO_COLUMNS

    def lists(self, need_kind: str) -> bool:
        return need_kind == SCENARIO

    def obstacle(self, state: str, need_kind: str) -> Text:
        if need_kind != SCENARIO:
            return _("The record is a technical need, no application scenario.")
        return super().obstacle(state, need_kind)

    def filled(self, given: Values, target: Target | None) -> Values:
        return given if target else {**given, "need_kind": SCENARIO}


def _stays(state: str) -> Text:
    return _("A record that is %(state)s cannot be withdrawn by an upload.") % {"state": NeedState(state).label}
