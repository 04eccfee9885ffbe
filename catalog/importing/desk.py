"""The catalogue's side of an examination: which record a row means, what it changes, what is missing; the writing."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from django.db.models import Exists, OuterRef, prefetch_related_objects

from catalog import rules, versioning
from catalog.enums import EDITABLE, AchievementState
from catalog.importing.columns import COLUMNS
from catalog.importing.keeping import keep, kept
from catalog.models import Achievement, AchievementIndicator, CompletingUnit, IPItem
from catalog.services import (
    bulk_create_achievements,
    missing_fields,
    reopen_achievement,
    revise_achievement,
    undo_revision,
    update_achievement,
    withdraw_achievement,
)
from catalog.services.bulk import number_achievements, take_back_achievements
from catalog.services.checking import NotSaved, names_owner
from catalog.services.records import KIND
from catalog.services.rows import BODY_FIELDS, PUBLIC_FIELDS, split_data
from matchmaking.accounts.enums import OrganisationState
from matchmaking.accounts.models import Organisation, OrganisationAlias, User
from matchmaking.accounts.services import fold_name
from matchmaking.common.formats import plain, yuan
from matchmaking.intake.cells import CellError
from matchmaking.intake.desks import Entry, PoolDesk
from matchmaking.intake.importing import Target, Values
from matchmaking.intake.models import Decision, ProposedChange, ReviewStep, VersionOf
from matchmaking.intake.said import Text
from matchmaking.intake.said import said as _
from matchmaking.programmes.models import Programme
from matchmaking.vocabularies import selectors as vocabularies

CONTACT = {"contact_name": "name", "contact_phone": "phone", "contact_email": "email"}
MONEY = ("price_fen", "finance_amount_fen")
ROWS = ("indicators", "ip_items", "completing_units", "completers")
TABLES = {column.name: column.table for column in COLUMNS if column.table}
# What the unit declares when it hands a record in.
DECLARATIONS = frozenset({"unit_opinion", "unit_opinion_by", "unit_opinion_on", "secrecy_declared"})
# A withdrawn or archived record has left; a row with its name is a new achievement.
GONE = (AchievementState.WITHDRAWN, AchievementState.ARCHIVED)
CHANGEABLE = (*EDITABLE, AchievementState.UNIT_REVIEW, *rules.REVISABLE)
# Named when it is missing from a file; what was agreed or rejected has its own way.
EXPECTED = (AchievementState.DRAFT, AchievementState.UNIT_REVIEW, AchievementState.SUBMITTED, AchievementState.RETURNED,
            AchievementState.ACCEPTED, AchievementState.STALE, AchievementState.UNDER_NEGOTIATION,
            AchievementState.COMMITTED, AchievementState.SUSPENDED)  # fmt: skip
WITHDRAWABLE = tuple(state for state in EXPECTED if state != AchievementState.COMMITTED)


class AchievementDesk(PoolDesk):
    """The achievements of one owner."""

    kind = KIND
    model = Achievement
    number_heading = "成果编号"
    units_column = "completing_units"
    revisable = rules.REVISABLE
    fields_of = dict.fromkeys(CONTACT, "contact")

    def __init__(self, owner: Organisation, programme: Programme) -> None:
        super().__init__(owner, programme)
        prefetch_related_objects([owner], "aliases")  # each row of a hidden owner asks for its names
        self._names_of_units: dict[str, list[Organisation]] = {fold_name(owner.name): [owner]}
        self._organisations: dict[int, Organisation] = {owner.pk: owner}

    def read_index(self) -> list[Entry]:
        owned = Achievement.objects.filter(body__owner=self.owner)
        numbers, units = defaultdict(list), defaultdict(set)
        rights = IPItem.objects.filter(achievement__in=owned).exclude(number="").order_by("pk")
        for key, number in rights.values_list("achievement_id", "number"):
            numbers[key].append(fold_right(number))
        for key, unit in CompletingUnit.objects.filter(achievement__in=owned).values_list(
            "achievement_id", "organisation_id"
        ):
            units[key].add(unit)
        rows = owned.order_by("pk").values_list("pk", "uuid", "public_no", "title", "state", "version", "programme_id")
        return [
            Entry(
                Target(uuid, number, version, title, _obstacle(state)),
                state,
                gone=state in GONE,
                expected=programme == self.programme.pk and state in EXPECTED,
                stays="" if state in WITHDRAWABLE else _state_forbids(state),
                registrations=tuple(numbers[key]),
                units=frozenset(units[key]),
            )
            for key, uuid, number, title, state, version, programme in rows
        ]

    def registrations_in(self, values: Values) -> list[str]:
        return [fold_right(right["number"]) for right in values.get("ip_items") or () if right["number"]]

    def differing(self, record: Any, given: Values) -> Values:
        """The unit's declarations are stamped when a record is handed in; a list of last term does not undo them.

        Nor when the record has come back since: with the next hand-in they are given anew.
        """
        return {n: v for n, v in super().differing(record, given).items() if not _is_stamped(n, record)}

    def private(self) -> frozenset[str]:
        return frozenset(CONTACT)

    # --- Reading ---------------------------------------------------------------------------------------------------

    def prepare(self, rows: Sequence[Values]) -> None:
        written_names = {fold_name(name): None for values in rows for name in values.get("completing_units") or ()}
        unknown = [folded for folded in written_names if folded not in self._names_of_units]
        if not unknown:
            return
        found: dict[str, dict[int, Organisation]] = {folded: {} for folded in unknown}
        aliases = OrganisationAlias.objects.filter(
            folded__in=unknown, organisation__state=OrganisationState.ACTIVE
        ).select_related("organisation")
        for alias in aliases:
            found[alias.folded][alias.organisation_id] = alias.organisation
        self._names_of_units |= {folded: list(organisations.values()) for folded, organisations in found.items()}
        self._organisations |= {one.pk: one for units in self._names_of_units.values() for one in units}

    def resolve(self, values: Values) -> dict[str, CellError]:
        """Turn the names of the completing units into keys."""
        keys: list[int] = []
        for name in values.get("completing_units") or ():
            found = self._names_of_units.get(fold_name(name), [])
            if len(found) != 1:
                problem = (
                    _("There is more than one organisation called “%(name)s”.")
                    if found
                    else _("No organisation called “%(name)s” is registered in the portal.")
                )
                hint = _("Write the full registered name, or leave the cell empty for your own organisation.")
                values.pop("completing_units")
                return {"completing_units": CellError(problem % {"name": name}, hint)}
            keys.append(found[0].pk)
        if keys:
            values["completing_units"] = list(dict.fromkeys(keys))
        return {}

    def fetch(self, uuids: Sequence[UUID]) -> dict[UUID, Achievement]:
        return _load(uuids)

    # --- Comparing -------------------------------------------------------------------------------------------------

    def present(self, record: Achievement, name: str) -> Any:
        return _present(record, name)

    def words(self, name: str, value: Any) -> str:
        if name in MONEY:
            return yuan(value)
        if name in TABLES:
            codes = value if isinstance(value, list) else [str(value)] if value else []
            return "、".join(vocabularies.labels(TABLES[name], codes))
        if name == "completing_units":
            return "、".join(self._organisations[key].name for key in value if key in self._organisations)
        if name == "indicators":
            return "；".join(f"{AchievementIndicator(**row)}" for row in value)
        if name == "ip_items":
            return "；".join(_right_in_words(row) for row in value)
        return "、".join(value) if isinstance(value, list) else str(plain(value))

    def missing(self, values: Values, target: Target | None) -> list[str]:
        """The same rule as at submission, asked of the record that the row would make."""
        record = self.known.get(target.uuid) if target else None
        given = self.given(values)
        if not record:
            given.setdefault("completing_units", [self.owner.pk])
        return list(missing_fields(self._prospect(record, given)))

    def exposes(self, record: Achievement, given: Values) -> Mapping[str, Any]:
        prospect = self._prospect(record, given)
        return names_owner(prospect, prospect.indicators.all(), self.owner)

    def gaps_of(self, record: Achievement, given: Values) -> Mapping[str, Any]:
        prospect = self._prospect(record, given)
        prospect.uuid = record.uuid  # its files may prove the level
        return missing_fields(prospect)

    def _prospect(self, record: Achievement | None, given: Values) -> Achievement:
        """The record that a row would make or leave behind, as far as `missing_fields` asks."""
        fields: dict[str, Any] = {}
        for name in (*PUBLIC_FIELDS, *ROWS):
            value = given[name] if name in given else _present(record, name) if record else _nothing(name)
            fields[name] = NotSaved(value) if name in ROWS else value
        evidence = given.get("trl_evidence") or (record.body.trl_evidence if record else "")
        prospect = SimpleNamespace(**fields, body=SimpleNamespace(trl_evidence=evidence, owner=self.owner))
        return cast("Achievement", prospect)

    # --- Writing ---------------------------------------------------------------------------------------------------

    def create(self, *, by: User, rows: Sequence[Values]) -> Sequence[Achievement]:
        laid = [self._layout(row) for row in rows]
        return bulk_create_achievements(by=by, owner=self.owner, programme=self.programme, rows=laid, numbered=False)

    def number(self, *, by: User, uuids: Sequence[UUID]) -> dict[UUID, str]:
        return number_achievements(by=by, owner=self.owner, uuids=uuids)

    def update(self, *, by: User, record: Achievement, version: int, given: Values) -> Achievement:
        layout = self._layout(given, record)
        below = {name: layout.pop(name) for name in ROWS if name in layout}
        return update_achievement(by=by, achievement=record, version=version, data=layout, **below)

    def revise(
        self, *, by: User, record: Achievement, version: int, given: Values
    ) -> tuple[Achievement, ProposedChange | None]:
        layout = self._layout(given, record)
        below = {name: layout.pop(name) for name in ROWS if name in layout}
        came = revise_achievement(by=by, achievement=record, version=version, data=layout, what=VersionOf.IMPORTED,
                                  **below)  # fmt: skip
        return came.record, came.change

    def unrevise(self, *, by: User, record: Achievement, version: int, before: Mapping[str, Any]) -> None:
        data, below = kept(before)
        undo_revision(by=by, achievement=record, version=version, data=data, **below)

    def proposed(self, record: Achievement, given: Values) -> Mapping[str, Any]:
        layout = self._layout(given, record)
        below = {name: layout.pop(name) for name in ROWS if name in layout}
        public, body = split_data(layout)
        return versioning.proposed(public | body, **below)

    def snapshot(self, record: Achievement, names: Sequence[str]) -> dict[str, Any]:
        return keep(record, names)

    def restore(self, *, by: User, record: Achievement, version: int, before: Mapping[str, Any]) -> None:
        data, below = kept(before)
        update_achievement(by=by, achievement=record, version=version, data=data, **below)

    def take_out(self, *, by: User, record: Achievement, version: int, reason: str) -> Achievement:
        return withdraw_achievement(by=by, achievement=record, version=version, reason=reason)

    def reopen(self, *, by: User, record: Achievement) -> None:
        reopen_achievement(by=by, achievement=record)

    def take_back(self, *, by: User, uuids: Sequence[UUID]) -> int:
        return take_back_achievements(by=by, uuids=uuids)

    def _layout(self, given: Mapping[str, Any], record: Achievement | None = None) -> dict[str, Any]:
        """Turn columns into what the services take. Rows below keep what the workbook has no column for."""
        laid = {name: value for name, value in given.items() if name in (*PUBLIC_FIELDS, *BODY_FIELDS)}
        contact = {key: given[name] for name, key in CONTACT.items() if name in given}
        if contact:
            laid["contact"] = {**_contact(record), **contact}
        if "completing_units" in given:
            laid["completing_units"] = [self._organisations[key] for key in given["completing_units"]]
        if "completers" in given:
            before = {one.name: one for one in record.completers.all()} if record else {}
            laid["completers"] = [
                {"name": name, "organisation": before[name].organisation, "user": before[name].user}
                if name in before
                else {"name": name}
                for name in given["completers"]
            ]
        if "indicators" in given:
            evidence = {one.name: one.evidence for one in record.indicators.all()} if record else {}
            laid["indicators"] = [row | {"evidence": evidence.get(row["name"], "")} for row in given["indicators"]]
        if "ip_items" in given:
            laid["ip_items"] = [_kept_right(row, record) for row in given["ip_items"]]
        return laid


def _is_stamped(name: str, record: Achievement) -> bool:
    return name in DECLARATIONS and (record.state != AchievementState.DRAFT or record.handed_in)  # type: ignore[attr-defined]


def fold_right(number: str) -> str:
    """Return the form in which numbers of rights are compared."""
    return re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", number).upper()).removeprefix("ZL")


def _obstacle(state: str) -> Text:
    if state in CHANGEABLE:
        return ""
    words = {"state": AchievementState(state).label}
    return _("The record is %(state)s and cannot be changed by an upload.") % words


def _state_forbids(state: str) -> Text:
    return _("The record is %(state)s and cannot be withdrawn.") % {"state": AchievementState(state).label}


def _load(uuids: Sequence[Any]) -> dict[Any, Achievement]:
    """The full records, with everything below them, in seven queries."""
    if not uuids:
        return {}
    handed_in = ReviewStep.objects.filter(
        object_kind=KIND, object_id=OuterRef("uuid"), step="unit", decision=Decision.PASS
    )
    found = (
        Achievement.objects.filter(uuid__in=uuids)
        .annotate(handed_in=Exists(handed_in))
        .select_related("body__owner", "region", "programme")
        .prefetch_related("indicators", "ip_items", "completing_units__organisation", "completers__organisation",
                          "completers__user", "honours")
    )  # fmt: skip
    return {record.uuid: record for record in found}


def _nothing(name: str) -> Any:
    if name in (*ROWS, "applications", "keywords", "coop_modes"):
        return []
    return None if name == "trl" else ""


def _present(record: Achievement, name: str) -> Any:
    """What the record holds in the form in which the row form gives it."""
    if name in CONTACT:
        return _contact(record).get(CONTACT[name], "")
    if name == "indicators":
        rows = sorted(record.indicators.all(), key=lambda one: (one.position, one.pk))
        names = ("name", "operator", "value", "value_high", "unit", "text", "condition")
        return [{column: getattr(one, column) for column in names} for one in rows]
    if name == "ip_items":
        rights = sorted(record.ip_items.all(), key=lambda one: one.pk)
        return [{column: getattr(one, column) for column in ("kind", "number", "title", "status")} for one in rights]
    if name == "completing_units":
        return [one.organisation_id for one in sorted(record.completing_units.all(), key=lambda one: one.position)]
    if name == "completers":
        return [one.name for one in sorted(record.completers.all(), key=lambda one: one.position)]
    return getattr(record.body if name in BODY_FIELDS else record, name)


def _contact(record: Achievement | None) -> dict[str, str]:
    return cast("dict[str, str]", (record.body.contact if record else None) or {})


def _right_in_words(row: Mapping[str, Any]) -> str:
    kind, status = vocabularies.label("IP_RIGHT", row["kind"]), vocabularies.label("IP_STATUS", row["status"])
    return " ".join(part for part in (kind, row["number"], row["title"], status) if part)


def _kept_right(row: Mapping[str, Any], record: Achievement | None) -> dict[str, Any]:
    """A right that was there before keeps its owner, inventors, encumbrances and days."""
    kept = ("encumbrances", "owner", "inventors", "filed_on", "granted_on", "expires_on")
    for one in record.ip_items.all() if record else ():
        if row["number"] == one.number if row["number"] else row["title"] == one.title:
            return {**row, **{name: getattr(one, name) for name in kept}}
    return dict(row)
