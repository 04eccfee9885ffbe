"""The experts' side of an examination: which entry a row means, what it changes, what is missing; the writing."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from experts.completeness import missing_fields
from experts.enums import EDITABLE, ExpertState
from experts.importing.columns import COLUMNS
from experts.importing.lines import written_work
from experts.importing.row_form import INDEPENDENT
from experts.models import Expert, ExpertBody
from experts.services import bulk_nominate_experts, update_expert
from experts.services.bulk import take_back_nominations
from experts.services.writing import KIND, WRITTEN
from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.services import fold_name
from matchmaking.intake.cells import CellError
from matchmaking.intake.desks import Entry, PoolDesk
from matchmaking.intake.importing import Change, Similar, Target, Unsure, Values
from matchmaking.intake.likeness import fold
from matchmaking.intake.organisation_names import OrganisationNames
from matchmaking.intake.region_cells import EVERYWHERE
from matchmaking.intake.row_words import RowWords
from matchmaking.intake.said import Text
from matchmaking.intake.said import said as _
from matchmaking.programmes.models import Programme
from matchmaking.vocabularies.selectors import region_label

S = ExpertState
CONTACT = {"contact_phone": "phone", "contact_email": "email"}
NOBODY = 0  # the unit of an independent expert
_FIELDS = {"tech_fields": "fields"}  # columns that are called otherwise in the entry
_BODY = ("gender", "birth_year")
_BELOW = ("works", "conflicts")
EXPECTED = (S.NOMINATED, S.CONSENTED, S.UNIT_AGREED, S.RETURNED, S.IN_POOL, S.SUSPENDED)


class ExpertDesk(PoolDesk):
    """The nominations of one unit. Who has left is unknown here: nobody but he himself sees the entry any more."""

    kind = KIND
    model = Expert
    number_heading = "专家编号"
    title_column = "name"

    def __init__(self, owner: Organisation, programme: Programme) -> None:
        self._by_email: dict[str, list[Entry]] = defaultdict(list)
        self._emails: dict[UUID, str] = {}
        self._units: dict[UUID, int] = {}
        self._terms: dict[UUID, dict[str, date | None]] = {}
        super().__init__(owner, programme)
        for entry in self._entries.values():
            if email := self._emails.get(entry.target.uuid):
                self._by_email[email].append(entry)
        self._own_names = {fold_name(name) for name in (owner.name, *owner.aliases.values_list("name", flat=True))}
        self._avoided = OrganisationNames()
        self._words = RowWords(COLUMNS)

    def read_index(self) -> Iterable[Entry]:
        bodies = (
            ExpertBody.objects.filter(owner=self.owner)
            .exclude(expert__state=S.LEFT)
            .select_related("expert")
            .only("contact", *(f"expert__{name}" for name in _INDEXED))
            .order_by("expert_id")
        )
        for body in bodies:
            expert = body.expert
            self._emails[expert.uuid] = _folded_email(body.contact)
            self._units[expert.uuid] = expert.organisation_id or NOBODY
            self._terms[expert.uuid] = {"term_from": expert.term_from, "term_to": expert.term_to}
            state = ExpertState(expert.state)
            obstacle, advice = ("", "") if state in EDITABLE else _closed(state)
            yield Entry(
                Target(expert.uuid, expert.public_no, expert.version, expert.name, obstacle, advice),
                state,
                expected=expert.programme_id == self.programme.pk and state in EXPECTED,
                stays=_("Only the person can withdraw a nomination or leave the pool."),
            )

    def fetch(self, uuids: Sequence[UUID]) -> dict[UUID, Expert]:
        found = (
            Expert.objects.filter(uuid__in=uuids)
            .select_related("organisation", "region", "programme", "body__owner", "body__user")
            .prefetch_related("works", "conflicts__organisation")
        )
        return {expert.uuid: expert for expert in found}

    # --- Reading ---------------------------------------------------------------------------------------------------

    def prepare(self, rows: Sequence[Values]) -> None:
        self._avoided.prepare(name for values in rows for name in values.get("conflicts") or ())

    def resolve(self, values: Values) -> dict[str, CellError]:
        """Turn the unit and the organisations to be avoided into keys."""
        found: dict[str, CellError] = {}
        if unit := values.get("organisation"):
            if unit in INDEPENDENT:
                values["organisation"] = NOBODY
            elif fold_name(unit) in self._own_names:
                values["organisation"] = self.owner.pk
            else:
                del values["organisation"]
                found["organisation"] = CellError(
                    _("“%(unit)s” is not %(owner)s, which nominates here.") % {"unit": unit, "owner": self.owner.name},
                    _("Leave the cell empty for your own people, or write 独立专家; other units nominate their own."),
                )
        if avoided := values.get("conflicts"):
            try:
                values["conflicts"] = sorted(self._avoided.keys_of(avoided))
            except CellError as problem:
                del values["conflicts"]
                found["conflicts"] = problem
        return found

    def find_target(self, values: Values) -> Target | None:
        """By number; by e-mail and name together; by name and unit unless the e-mail is another. Else it is asked."""
        target = super().find_target(values) if values.get("public_no") else self._person(values)
        if target:
            term = {name: values.get(name) or day for name, day in self._terms[target.uuid].items()}
            if term["term_from"] and term["term_to"] and term["term_to"] <= term["term_from"]:
                raise CellError(
                    _("With the dates of the entry, the term ends before it begins."),
                    _("Write both days of the term."),
                    code="term_to",
                )
        return target

    def _person(self, values: Values) -> Target | None:
        unit, email = values.get("organisation"), (values.get("contact_email") or "").lower()
        named = self._by_title.get(fold(values.get("name") or ""), [])
        if unit not in (None, ""):  # an empty cell says nothing; nobody's unit has a key of its own
            named = [entry for entry in named if self._units[entry.target.uuid] == unit]
        reached = self._by_email.get(email, []) if email else []
        both = [entry for entry in named if entry in reached]
        if len(both) == 1:
            return both[0].target
        certain = [entry for entry in named if not email or not self._emails[entry.target.uuid]]
        if len(named) == 1 and certain and not reached:
            return named[0].target
        if named or reached:
            asked = [Similar(entry.target, 100) for entry in named]
            asked += [Similar(entry.target, 100, "email") for entry in reached if entry not in named]
            raise Unsure(asked[:5])
        return None

    def names_of(self, values: Values, target: Target | None) -> list[tuple[str, str]]:
        if target or values.get("public_no"):
            return super().names_of(values, target)
        if email := (values.get("contact_email") or "").lower():
            # The word is stored beside the row, and an address is sealed there.
            return [("contact_email", f"email {hashlib.sha256(email.encode()).hexdigest()}")]
        unit = NOBODY if values.get("organisation") == NOBODY else self.owner.pk
        return [("name", f"name {fold(values.get('name') or '')} {unit}"[:200])] if values.get("name") else []

    # --- Comparing -------------------------------------------------------------------------------------------------

    def private(self) -> frozenset[str]:
        return frozenset({*CONTACT, *_BODY})

    def present(self, record: Expert, name: str) -> Any:
        if name in CONTACT:
            return _contact({}, record).get(CONTACT[name], "")
        if name in _BODY:
            return getattr(record.body, name)
        if name == "organisation":
            return record.organisation_id or NOBODY
        if name == "works":
            rows = sorted(record.works.all(), key=lambda one: (one.position, one.pk))
            return [{"title": one.title, "kind": one.kind, "year": one.year} for one in rows]
        if name == "conflicts":
            others = [one.organisation for one in record.conflicts.all()]
            self._avoided.add(others)
            return sorted(other.pk for other in others)
        if name == "regions":
            return record.regions or [EVERYWHERE]
        return getattr(record, _FIELDS.get(name, name))

    def compare(self, values: Values, target: Target) -> list[Change]:
        return super().compare(_filled_works(values, self.known[target.uuid]), target)

    def differing(self, record: Expert, given: Values) -> Values:
        return super().differing(record, _filled_works(given, record))

    def words(self, name: str, value: Any) -> str:
        if name == "organisation":
            return self.owner.name if value == self.owner.pk else "独立专家" if value == NOBODY else "其他单位"
        if name == "works":
            return "；".join(written_work(**work) for work in value)
        if name == "conflicts":
            return self._avoided.words(value)
        if name == "regions":
            return "、".join("全国" if code == EVERYWHERE else region_label(code) for code in value)
        return self._words(name, value)

    def missing(self, values: Values, target: Target | None) -> list[str]:
        """The same rule as before the person is asked for consent, of the entry that the row would make."""
        record = self.known.get(target.uuid) if target else None
        given = self.given(values)
        whole = {name: getattr(record, name) for name in WRITTEN} if record else {}
        whole |= {_FIELDS.get(name, name): value for name, value in given.items()}
        found = missing_fields({**whole, "contact": _contact(given, record)})
        names = {_FIELDS.get(column.name, column.name): column.name for column in COLUMNS}
        return [column for field, column in names.items() if field in found]

    # --- Writing -----------------------------------------------------------------------------------------------------

    def create(self, *, by: User, rows: Sequence[Values]) -> Sequence[Expert]:
        laid = [self._layout({"organisation": self.owner.pk, **given}) for given in rows]
        return bulk_nominate_experts(by=by, owner=self.owner, programme=self.programme, rows=laid)

    def update(self, *, by: User, record: Expert, version: int, given: Values) -> Expert:
        laid = self._layout(given, record)
        below = {name: laid.pop(name) for name in _BELOW if name in laid}
        return update_expert(by=by, expert=record, version=version, data=laid, draft=True, **below)

    def _layout(self, given: Values, record: Expert | None = None) -> dict[str, Any]:
        """Turn columns into what the services take."""
        laid = {_FIELDS.get(name, name): value for name, value in given.items() if name not in CONTACT}
        if any(name in CONTACT for name in given):
            laid["contact"] = _contact(given, record)
        if "organisation" in given:
            laid["organisation"] = self.owner if given["organisation"] == self.owner.pk else None
        if "conflicts" in given:
            laid["conflicts"] = [self._avoided.by_key[key] for key in given["conflicts"]]
        if given.get("regions") == [EVERYWHERE]:
            laid["regions"] = []
        return laid

    # --- Undoing -----------------------------------------------------------------------------------------------------

    def snapshot(self, record: Expert, names: Sequence[str]) -> dict[str, Any]:
        before = {name: self.present(record, name) for name in names if name not in CONTACT}
        if any(name in CONTACT for name in names):
            before["contact"] = record.body.contact
        return before

    def restore(self, *, by: User, record: Expert, version: int, before: Mapping[str, Any]) -> None:
        kept = {_FIELDS.get(name, name): value for name, value in before.items()}
        for name in ("term_from", "term_to"):
            if kept.get(name):
                kept[name] = date.fromisoformat(kept[name])
        if kept.get("regions") == [EVERYWHERE]:
            kept["regions"] = []
        if "organisation" in kept:
            kept["organisation"] = Organisation.objects.filter(pk=kept["organisation"]).first()
        if "conflicts" in kept:
            others = Organisation.objects.in_bulk(kept["conflicts"])
            kept["conflicts"] = [others[key] for key in kept["conflicts"]]
        below = {name: kept.pop(name) for name in _BELOW if name in kept}
        update_expert(by=by, expert=record, version=version, data=kept, draft=True, **below)

    def take_back(self, *, by: User, uuids: Sequence[UUID]) -> int:
        return take_back_nominations(by=by, owner=self.owner, uuids=uuids)


_INDEXED = ("uuid", "public_no", "version", "name", "state", "programme_id", "organisation_id", "term_from", "term_to")


def _closed(state: ExpertState) -> tuple[Text, Text]:
    """Why a list cannot change an entry, and what to do: in the pool it is the person's own."""
    if state == S.IN_POOL:
        return (
            _("The entry is in the pool, where the person alone may change it."),
            _("Delete this row, or ask the person to change the entry on its page."),
        )
    return _("The record is %(state)s and cannot be changed by an upload.") % {"state": state.label}, ""


def _folded_email(contact: Any) -> str:
    return ((contact or {}).get("email") or "").lower()


def _contact(given: Values, record: Expert | None) -> dict[str, str]:
    before: Any = (record.body.contact if record else None) or {}
    return {**before, **{part: given[name] for name, part in CONTACT.items() if given.get(name)}}


def _filled_works(values: Values, record: Expert) -> Values:
    """A work that is known keeps its kind and year where the row does not say them: the pool's list has no kinds."""
    if not values.get("works"):
        return values
    known = {work.title: work for work in record.works.all()}
    works = []
    for work in values["works"]:
        one = known.get(work["title"])
        works.append({**work, "kind": work["kind"] or one.kind, "year": work["year"] or one.year} if one else work)
    return {**values, "works": works}
