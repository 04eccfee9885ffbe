"""What the lists of an enterprise have in common: needs, scenarios and talent posts.

The enterprise, if a row names it, must be the owner; invited organisations are found by name; the contact is sealed; a
text that names a hidden owner is stored but cannot be handed in.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Field

from matchmaking.accounts.models import Organisation
from matchmaking.accounts.services import fold_name
from matchmaking.intake.cells import CellError
from matchmaking.intake.desks import PoolDesk
from matchmaking.intake.importing import Column, Target, Values
from matchmaking.intake.organisation_names import OrganisationNames
from matchmaking.intake.row_words import RowWords
from matchmaking.intake.said import said as _
from matchmaking.programmes.models import Programme, Visibility
from needs.exporting import HIDDEN_OWNER

CONTACT = {f"contact_{part}": part for part in ("name", "position", "phone", "email")}
# Cells that check the row and say nothing about the record.
CHECKED_ONLY = frozenset({"enterprise", "secret"})


class EnterpriseDesk(PoolDesk):
    """One enterprise. A list says which columns it has, and which of them stand in the row and which in the body."""

    columns: tuple[Column, ...] = ()
    money: tuple[str, ...] = ()
    row_fields: tuple[str, ...] = ()
    body_fields: tuple[str, ...] = ()
    below: tuple[str, ...] = ("invited",)  # what the services take beside `data`
    fields_of = dict.fromkeys(CONTACT, "contact")

    def __init__(self, owner: Organisation, programme: Programme) -> None:
        super().__init__(owner, programme)
        self._own_names = {fold_name(name) for name in (owner.name, *owner.aliases.values_list("name", flat=True))}
        self._guests = OrganisationNames()
        self._words = RowWords(self.columns, money=self.money)

    # --- What a list says about itself ---------------------------------------------------------------------------

    def field(self, name: str) -> "Field[Any, Any]":
        """Return the model's field of a column."""
        raise NotImplementedError

    def gaps(self, whole: Values) -> Any:
        """Return {field: sentence} of what stands in the way of handing the record in."""
        raise NotImplementedError

    def revealing(self, whole: Values) -> Any:
        """Return {field: sentence} where a hidden owner can be recognised."""
        raise NotImplementedError

    def filled(self, given: Values, target: Target | None) -> Values:
        """Return what a row says together with what the list says about all its rows."""
        return given

    # --- Reading ---------------------------------------------------------------------------------------------------

    def prepare(self, rows: Sequence[Values]) -> None:
        self._guests.prepare(name for values in rows for name in values.get("invited") or ())

    def resolve(self, values: Values) -> dict[str, CellError]:
        """Turn the names of invited organisations into keys; the enterprise, if it is named, must be the owner."""
        found: dict[str, CellError] = {}
        named = fold_name(values.get("enterprise") or "")
        if named and named not in self._own_names and named != fold_name(HIDDEN_OWNER):
            found["enterprise"] = CellError(
                _("This row names another enterprise than %(owner)s.") % {"owner": self.owner.name},
                _("A list is uploaded for one enterprise at a time; leave the cell empty for your own."),
            )
        if guests := values.get("invited"):
            try:
                values["invited"] = sorted(self._guests.keys_of(guests))
            except CellError as problem:
                del values["invited"]
                found["invited"] = problem
        return found

    # --- Comparing -------------------------------------------------------------------------------------------------

    def given(self, values: Values) -> Values:
        return {name: value for name, value in super().given(values).items() if name not in CHECKED_ONLY}

    def private(self) -> frozenset[str]:
        return frozenset(CONTACT)

    def present(self, record: Any, name: str) -> Any:
        if name in CONTACT:
            return (record.body.contact or {}).get(CONTACT[name], "")
        if name == "invited":
            guests = [invitation.organisation for invitation in record.invitations.all()]
            self._guests.add(guests)
            return sorted(guest.pk for guest in guests)
        return getattr(record.body if name in self.body_fields else record, name)

    def words(self, name: str, value: Any) -> str:
        return self._guests.words(value) if name == "invited" else self._words(name, value)

    def missing(self, values: Values, target: Target | None) -> list[str]:
        """The same rules as at submission, asked of the record that the row would make."""
        whole = self._whole(self.filled(self.given(values), target), self._record(target))
        found = {*self.gaps(whole), *self._columns_of(self.revealing(whole))}
        return [column.name for column in self.columns if column.name in found]

    def remarks(self, values: Values, target: Target | None) -> list[dict[str, Any]]:
        """A record whose owner is hidden may be stored while its text names the owner, but not be handed in."""
        whole = self._whole(self.filled(self.given(values), target), self._record(target))
        found = self._columns_of(self.revealing(whole))
        headings = [column.heading for column in self.columns if column.name in found]
        return [{"code": "names_owner", "params": {"columns": "、".join(headings)}}] if headings else []

    @staticmethod
    def _columns_of(fields: Iterable[str]) -> set[str]:
        return set(_by_column(dict.fromkeys(fields)))

    def gaps_of(self, record: Any, given: Values) -> Mapping[str, Any]:
        return _by_column(self.gaps(self._whole(given, record)))

    def exposes(self, record: Any, given: Values) -> Mapping[str, Any]:
        """With nobody invited to what only the invited may see."""
        whole = self._whole(given, record)
        found = dict(self.revealing(whole))
        if whole["visibility"] == Visibility.INVITED and not whole.get("invited"):
            found["invited"] = _("Please name at least one organisation that may see the need.")
        return _by_column(found)

    def _record(self, target: Target | None) -> Any:
        return self.known.get(target.uuid) if target else None

    def _whole(self, given: Values, record: Any) -> Values:
        """The record that the row would make or leave behind, by the columns; the contact as the services take it."""
        whole: Values = {"visibility": Visibility.PUBLIC}
        if record:
            plain = [name for name in (*self.row_fields, *self.body_fields, *self.below) if name != "contact"]
            whole = {name: self.present(record, name) for name in plain}
        return {**whole, **given, "contact": self._contact(given, record)}

    # --- Writing -----------------------------------------------------------------------------------------------------

    def layout(self, given: Values, record: Any = None) -> dict[str, Any]:
        """Turn columns into what the services take."""
        laid = {name: value for name, value in given.items() if name in (*self.row_fields, *self.body_fields)}
        laid |= {name: given[name] for name in self.below if name in given}
        if any(name in CONTACT for name in given):
            laid["contact"] = self._contact(given, record)
        if "invited" in given:
            laid["invited"] = [self._guests.by_key[key] for key in given["invited"]]
        return laid

    def parted(self, laid: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return (data, what the services take beside it)."""
        below = {name: value for name, value in laid.items() if name in self.below}
        return {name: value for name, value in laid.items() if name not in below}, below

    @staticmethod
    def _contact(given: Values, record: Any) -> dict[str, str]:
        before = (record.body.contact if record else None) or {}
        return {**before, **contact_in(given)}

    # --- Undoing -----------------------------------------------------------------------------------------------------

    def snapshot(self, record: Any, names: Sequence[str]) -> dict[str, Any]:
        before = {name: self.present(record, name) for name in names if name not in CONTACT}
        if any(name in CONTACT for name in names):
            before["contact"] = record.body.contact
        return before

    def laid_back(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """Turn what a snapshot kept, as JSON gives it back, into what the services take."""
        laid = dict(before)
        for name in laid.keys() & {*self.row_fields, *self.body_fields} - {"contact"}:
            laid[name] = self.field(name).to_python(laid[name])
        if "invited" in laid:
            guests = Organisation.objects.in_bulk(laid["invited"])
            laid["invited"] = [guests[key] for key in laid["invited"]]
        return laid

    def fetch(self, uuids: Sequence[UUID]) -> dict[UUID, Any]:
        raise NotImplementedError


def _by_column(found: Mapping[str, Any]) -> dict[str, Any]:
    """A cell of an indicator row is named `indicators-<place>-<field>`."""
    return {name.partition("-")[0]: words for name, words in found.items()}


def contact_in(values: Values) -> dict[str, str]:
    """The parts of the contact that a row gives."""
    return {part: values[name] for name, part in CONTACT.items() if values.get(name)}
