"""The catalogue's side of an examination: which record a row means, what it changes, what is missing; the writing."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

from django.utils.translation import gettext as _

from catalog.enums import EDITABLE, AchievementState
from catalog.importing.columns import COLUMNS
from catalog.models import Achievement, AchievementIndicator
from catalog.services import bulk_create_achievements, missing_fields, update_achievement
from catalog.services.rows import BODY_FIELDS, PUBLIC_FIELDS
from matchmaking.accounts.enums import OrganisationState
from matchmaking.accounts.models import Organisation, OrganisationAlias, User
from matchmaking.accounts.services import fold_name
from matchmaking.common.formats import plain, yuan
from matchmaking.intake.cells import CellError, written
from matchmaking.intake.importing import Change, ReadyRow, Saved, Target, Values
from matchmaking.intake.models import ImportBatch
from matchmaking.programmes.models import Programme
from matchmaking.vocabularies import selectors as vocabularies

CONTACT = {"contact_name": "name", "contact_phone": "phone", "contact_email": "email"}
MONEY = ("price_fen", "finance_amount_fen")
ROWS = ("indicators", "ip_items", "completing_units", "completers")
TABLES = {column.name: column.table for column in COLUMNS if column.table}
# A withdrawn or archived record has left; a row with its name is a new achievement.
GONE = (AchievementState.WITHDRAWN, AchievementState.ARCHIVED)
CHANGEABLE = (*EDITABLE, AchievementState.UNIT_REVIEW)
WORDS = 160  # of a value in a comparison
PIECE = 100


class AchievementDesk:
    """One owner, one programme. Holds a light index of all the owner's records and the full rows of one piece."""

    def __init__(self, owner: Organisation, programme: Programme) -> None:
        self.owner, self.programme = owner, programme
        rows = self._read_index()
        self.opened = _stamp_of(rows)
        self._by_number: dict[str, Target] = {}
        self._by_title: dict[str, list[Target]] = defaultdict(list)
        for uuid, number, title, state, version in rows:
            target = Target(uuid, number, version, title, _obstacle(state))
            self._by_number[number] = target
            if state not in GONE:
                self._by_title[fold_name(title)].append(target)
        self._known: dict[Any, Achievement] = {}
        self._names: dict[str, list[Organisation]] = {fold_name(owner.name): [owner]}
        self._organisations: dict[int, Organisation] = {owner.pk: owner}

    def stamp(self) -> str:
        return _stamp_of(self._read_index())

    def _read_index(self) -> list[tuple[Any, ...]]:
        owned = Achievement.objects.filter(body__owner=self.owner).order_by("pk")
        return list(owned.values_list("uuid", "public_no", "title", "state", "version"))

    # --- Reading ---------------------------------------------------------------------------------------------------

    def prepare(self, rows: Sequence[Values]) -> None:
        meant = [self._meant(values) for values in rows]
        self._known = _load([targets[0].uuid for targets in meant if len(targets) == 1])
        written_names = {fold_name(name): None for values in rows for name in values.get("completing_units") or ()}
        unknown = [folded for folded in written_names if folded not in self._names]
        found: dict[str, dict[int, Organisation]] = {folded: {} for folded in unknown}
        aliases = OrganisationAlias.objects.filter(
            folded__in=unknown, organisation__state=OrganisationState.ACTIVE
        ).select_related("organisation")
        for alias in aliases:
            found[alias.folded][alias.organisation_id] = alias.organisation
        self._names |= {folded: list(organisations.values()) for folded, organisations in found.items()}
        self._organisations |= {one.pk: one for organisations in self._names.values() for one in organisations}

    def resolve(self, values: Values) -> dict[str, CellError]:
        """Turn the names of the completing units into keys."""
        keys: list[int] = []
        for name in values.get("completing_units") or ():
            found = self._names.get(fold_name(name), [])
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

    def _meant(self, values: Values) -> list[Target]:
        if number := values.get("public_no"):
            target = self._by_number.get(number)
            return [target] if target else []
        return self._by_title.get(fold_name(values.get("title") or ""), [])

    def find_target(self, values: Values) -> Target | None:
        found = self._meant(values)
        if values.get("public_no") and not found:
            raise CellError(
                _("Your organisation has no achievement with the number %(number)s.") % {"number": values["public_no"]},
                _("Leave the cell empty if the achievement is new, or correct the number."),
                code="public_no",
            )
        if len(found) > 1:
            numbers = "、".join(target.number for target in found[:5])
            raise CellError(
                _("Several of your achievements have this name: %(numbers)s.") % {"numbers": numbers},
                _("Write the number of the one you mean into the column 成果编号."),
                code="title",
            )
        return found[0] if found else None

    def names_of(self, values: Values, target: Target | None) -> list[tuple[str, str]]:
        if target:
            return [("public_no" if values.get("public_no") else "title", target.number)]
        title = fold_name(values.get("title") or "")
        return [("title", f"title {title}")] if title and not values.get("public_no") else []

    # --- Comparing ---------------------------------------------------------------------------------------------------

    def compare(self, values: Values, target: Target) -> list[Change]:
        record = self._known[target.uuid]
        changes = []
        for name, after in _given(values).items():
            before = _present(record, name)
            if _comparable(before) == _comparable(after):
                continue
            if name in CONTACT:
                changes.append(Change(name, "", ""))  # personal data never stands in a comparison
            else:
                changes.append(Change(name, self._words(name, before), self._words(name, after)))
        return changes

    def _words(self, name: str, value: Any) -> str:
        if name in MONEY:
            text = yuan(value)
        elif name in TABLES:
            codes = value if isinstance(value, list) else [str(value)] if value else []
            text = "、".join(vocabularies.labels(TABLES[name], codes))
        elif name == "completing_units":
            text = "、".join(self._organisations[key].name for key in value if key in self._organisations)
        elif name == "indicators":
            text = "；".join(f"{AchievementIndicator(**row)}" for row in value)
        elif name == "ip_items":
            text = "；".join(_right_in_words(row) for row in value)
        elif isinstance(value, list):
            text = "、".join(value)
        else:
            text = str(plain(value))
        return f"{text[:WORDS]}…" if len(text) > WORDS else text or "—"

    def missing(self, values: Values, target: Target | None) -> list[str]:
        """The same rule as at submission, asked of the record that the row would make."""
        record = self._known.get(target.uuid) if target else None
        given = _given(values)
        if not record:
            given.setdefault("completing_units", [self.owner.pk])
        fields: dict[str, Any] = {}
        for name in (*PUBLIC_FIELDS, *ROWS):
            value = given[name] if name in given else _present(record, name) if record else _nothing(name)
            fields[name] = _Rows(value) if name in ROWS else value
        evidence = given.get("trl_evidence") or (record.body.trl_evidence if record else "")
        prospect = SimpleNamespace(**fields, body=SimpleNamespace(trl_evidence=evidence))
        return list(missing_fields(cast("Achievement", prospect)))

    # --- Writing -----------------------------------------------------------------------------------------------------

    def save(self, *, by: User, batch: ImportBatch, rows: Iterable[ReadyRow]) -> Saved:
        ready = list(rows)
        new = [self._layout(_given(row.values)) for row in ready if row.target is None]
        created = bulk_create_achievements(by=by, owner=self.owner, programme=self.programme, rows=new)
        changed = [row for row in ready if row.target is not None]
        updated = []
        for start in range(0, len(changed), PIECE):
            piece = changed[start : start + PIECE]
            known = _load([row.target.uuid for row in piece if row.target])
            updated += [self._update(by, known[row.target.uuid], row) for row in piece if row.target]
        return Saved(created, updated)

    def _update(self, by: User, record: Achievement, row: ReadyRow) -> Achievement:
        assert row.target is not None  # the caller chose the rows with one
        given = _given(row.values)
        differing = {n: v for n, v in given.items() if _comparable(_present(record, n)) != _comparable(v)}
        layout = self._layout(differing, record)
        below = {name: layout.pop(name) for name in ROWS if name in layout}
        return update_achievement(by=by, achievement=record, version=row.target.version, data=layout, **below)

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


class _Rows(list[Any]):
    """Rows that are not saved yet, as `missing_fields` asks for them."""

    def all(self) -> list[Any]:
        return self


def _stamp_of(rows: Iterable[tuple[Any, ...]]) -> str:
    return hashlib.sha256(repr([(str(row[0]), *row[1:]) for row in rows]).encode()).hexdigest()


def _obstacle(state: str) -> str:
    if state in CHANGEABLE:
        return ""
    words = {"state": AchievementState(state).label}
    return _("The record is %(state)s and cannot be changed by an upload.") % words


def _load(uuids: Sequence[Any]) -> dict[Any, Achievement]:
    """The full records, with everything below them, in six queries."""
    if not uuids:
        return {}
    found = (
        Achievement.objects.filter(uuid__in=uuids)
        .select_related("body__owner", "region", "programme")
        .prefetch_related("indicators", "ip_items", "completing_units__organisation", "completers__organisation",
                          "completers__user")
    )  # fmt: skip
    return {record.uuid: record for record in found}


def _given(values: Values) -> Values:
    """What the row says; an empty cell says nothing."""
    return {n: v for n, v in values.items() if n != "public_no" and v is not None and v not in ("", [])}


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


def _comparable(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [tuple(row.values()) for row in value]
    return written(value) if isinstance(value, str) else value


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
