"""Organisations from a workbook: a department enters those of its region, and verifies them one by one afterwards.

The rows' owner is the department. Identity is the unified social credit code, then a name or alias. An organisation
that is verified keeps its own entry: a row that names it changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy, override

from matchmaking.accounts import rules
from matchmaking.accounts.bulk import bulk_apply_organisations, correct_application, take_back_applications
from matchmaking.accounts.enums import PARK_KINDS, OrganisationState
from matchmaking.accounts.models import Organisation, OrganisationAlias, User
from matchmaking.accounts.services import OrganisationRefused, fold_name
from matchmaking.common.workflow import StaleState
from matchmaking.intake.cells import CellError
from matchmaking.intake.desks import Entry, PoolDesk
from matchmaking.intake.importing import Change, RowKind, Target, Values, register
from matchmaking.intake.organisation_columns import COLUMNS
from matchmaking.intake.organisation_form import OrganisationRow
from matchmaking.intake.organisation_names import OrganisationNames
from matchmaking.intake.row_words import RowWords
from matchmaking.intake.said import Text
from matchmaking.intake.said import said as _
from matchmaking.programmes.models import Programme
from matchmaking.vocabularies.models import Region
from matchmaking.vocabularies.selectors import label, region_label

KIND = "organisation"
CONTACT = {f"contact_{part}": part for part in ("name", "position", "phone", "email")}
# Kinds that may exist without a region (constraint organisation_has_region).
_ANYWHERE = frozenset({"bank", "fund"})


class OrganisationDesk(PoolDesk):
    """One department. Asks the directory for the organisations that the next rows name, never for all of it."""

    kind = KIND
    model = Organisation
    title_column = "name"

    def __init__(self, owner: Organisation, programme: Programme) -> None:
        self._wanted: list[UUID] = []
        super().__init__(owner, programme)
        self.opened = self.stamp()
        self._regions = Region.objects.in_bulk()
        self._parks = OrganisationNames()
        self._words = RowWords(COLUMNS)
        self._by_code: dict[str, Organisation] = {}
        self._by_name: dict[str, dict[int, Organisation]] = {}

    def stamp(self) -> str:
        """Every change in the department's region raises a version or the count."""
        facts = Organisation.objects.filter(self.owner.reach("region"))
        return repr(sorted(facts.aggregate(count=Count("pk"), versions=Sum("version"), last=Max("pk")).items()))

    def read_index(self) -> Iterable[Entry]:
        """The organisations of an upload that is to be undone; an examination asks piece by piece."""
        wanted = Organisation.objects.filter(uuid__in=self._wanted).select_related("region").order_by("pk")
        return [Entry(self._target(one), one.state) for one in wanted]

    def _target(self, organisation: Organisation) -> Target:
        return Target(
            organisation.uuid,
            organisation.uscc or "",
            organisation.version,
            organisation.name,
            "" if organisation.state == OrganisationState.APPLIED else _obstacle(organisation),
        )

    def fetch(self, uuids: Sequence[UUID]) -> dict[UUID, Organisation]:
        found = (
            Organisation.objects.filter(uuid__in=uuids)
            .select_related("region", "park")
            .prefetch_related("aliases", "qualifications")
        )
        return {organisation.uuid: organisation for organisation in found}

    # --- Reading ---------------------------------------------------------------------------------------------------

    def prepare(self, rows: Sequence[Values]) -> None:
        codes = {values["uscc"] for values in rows if values.get("uscc")}
        names = {fold_name(name) for values in rows for name in _names_in(values)}
        known = Organisation.objects.filter(uscc__in=codes).select_related("region")
        self._by_code = {str(one.uscc): one for one in known}
        self._by_name = {}
        for alias in OrganisationAlias.objects.filter(folded__in=names).select_related("organisation__region"):
            self._by_name.setdefault(alias.folded, {})[alias.organisation_id] = alias.organisation
        self._parks.prepare(values["park"] for values in rows if values.get("park"))

    def resolve(self, values: Values) -> dict[str, CellError]:
        found: dict[str, CellError] = {}
        if park := values.get("park"):
            try:
                values["park"] = self._park(park)
            except CellError as problem:
                del values["park"]
                found["park"] = problem
        place = self._regions.get(values.get("region") or "", self.owner.region)
        kind = values.get("kind") or ""
        if place and not rules.verifies_from(self.owner, Organisation(kind=kind, region=place)):
            found.update(self._out_of_reach(values, kind))
        return found

    def _park(self, name: str) -> int:
        key = self._parks.key_of(name)
        if self._parks.by_key[key].kind not in PARK_KINDS:
            raise CellError(
                _("“%(name)s” is no park.") % {"name": name}, _("Write the full registered name of the park.")
            )
        return key

    def _out_of_reach(self, values: Values, kind: str) -> dict[str, CellError]:
        if kind in PARK_KINDS:
            return {"kind": CellError(_("Parks are entered by the secretariat."), _("Delete this row."))}
        words = {"region": region_label(values.get("region", ""), full=True)}
        hint = _("Its organisations are entered by the department of that region. Correct the cell or delete the row.")
        return {"region": CellError(_("%(region)s does not belong to your department.") % words, hint)}

    def find_target(self, values: Values) -> Target | None:
        organisation = self._meant(values)
        if organisation is None:
            self._expect_new(values)
            return None
        if not rules.verifies_from(self.owner, organisation):
            raise CellError(
                _("%(name)s is registered in another region or by the secretariat.") % {"name": organisation.name},
                _("Delete this row."),
                code="name",
            )
        return self._target(organisation)

    def _meant(self, values: Values) -> Organisation | None:
        """By code, then by name. A name or alias that means another organisation than the code is refused."""
        code = values.get("uscc") or ""
        by_code = self._by_code.get(code)
        named = self._by_name.get(fold_name(values.get("name") or ""), {})
        meant = by_code or (next(iter(named.values())) if len(named) == 1 else None)
        if by_code is None and len(named) > 1:
            raise CellError(
                _("Several organisations are called so."), _("Write the unified social credit code."), code="name"
            )
        if by_code is None and meant and code and meant.uscc:
            raise CellError(
                _("%(name)s is registered with another code: %(code)s.") % {"name": meant.name, "code": meant.uscc},
                _("Compare code and name with the licence."),
                code="uscc",
            )
        for column, name in [("name", values.get("name")), *(("aliases", one) for one in values.get("aliases") or ())]:
            others = self._by_name.get(fold_name(name or ""), {})
            if other := next((one for key, one in others.items() if not meant or key != meant.pk), None):
                raise CellError(
                    _("“%(name)s” already names %(other)s.") % {"name": name, "other": other.name},
                    _("Correct the name, or the code."),
                    code=column,
                )
        return meant

    def _expect_new(self, values: Values) -> None:
        """Raise CellError for what an application cannot be without."""
        if not values.get("kind"):
            raise CellError(
                _("An organisation cannot be entered without its kind."), _("Choose from the list."), code="kind"
            )
        if not values.get("region") and self.owner.region is None and values["kind"] not in _ANYWHERE:
            raise CellError(
                _("An organisation cannot be entered without its region."), _("For example: 江苏"), code="region"
            )

    def names_of(self, values: Values, target: Target | None) -> list[tuple[str, str]]:
        if target:
            return [("name", f"record {target.uuid}")]
        words = [("uscc", f"code {values['uscc']}")] if values.get("uscc") else []
        named = [("name", values.get("name")), *(("aliases", one) for one in values.get("aliases") or ())]
        once = {f"name {fold_name(name)}"[:200]: column for column, name in reversed(named) if name}
        return words + [(column, word) for word, column in once.items()]

    def absent(self, present: set[UUID]) -> list[Target]:
        """A list of organisations is never complete, and none is withdrawn because it is missing."""
        return []

    # --- Comparing -------------------------------------------------------------------------------------------------

    def private(self) -> frozenset[str]:
        return frozenset(CONTACT)

    def present(self, record: Organisation, name: str) -> Any:
        if name in CONTACT:
            return _contact_of(record).get(CONTACT[name], "")
        if name == "aliases":
            return sorted(one.name for one in record.aliases.all() if one.name != record.name)
        if name == "qualifications":
            held = sorted(record.qualifications.all(), key=lambda one: one.code)
            return [{"code": one.code, "number": one.number, "valid_to": one.valid_to} for one in held]
        if name in ("region", "park"):
            return getattr(record, f"{name}_id")
        return getattr(record, name) or ("" if name == "uscc" else getattr(record, name))

    def compare(self, values: Values, target: Target) -> list[Change]:
        record = self.known[target.uuid]
        if record.park:
            self._parks.add([record.park])
        return super().compare(self._joined(values, record), target)

    def differing(self, record: Organisation, given: Values) -> Values:
        return super().differing(record, self._joined(given, record))

    def _joined(self, values: Values, record: Organisation) -> Values:
        """Names are added to those that are known. A name is no change if it is one of them in another spelling."""
        known = {fold_name(name): name for name in (record.name, *self.present(record, "aliases"))}
        joined = dict(values)
        if values.get("aliases"):
            new = {fold_name(name): name for name in values["aliases"]}
            joined["aliases"] = sorted(
                name for folded, name in (new | known).items() if folded != fold_name(record.name)
            )
        if fold_name(values.get("name") or "") in known:
            joined.pop("name")
        return joined

    def words(self, name: str, value: Any) -> str:
        if name == "qualifications":
            with override("zh-hans"):
                return "；".join(_qualification(one) for one in value)
        if name == "region":
            return region_label(value, full=True) if value else ""
        if name == "park":
            return self._parks.words([value]) if value else ""
        return self._words(name, value)

    def missing(self, values: Values, target: Target | None) -> list[str]:
        """What the verification will ask for."""
        record = self.known.get(target.uuid) if target else None
        given = self.given(values)
        whole = vars(record) | given if record else given
        return rules.missing_for_directory(whole.get("kind") or "", whole)

    # --- Writing -----------------------------------------------------------------------------------------------------

    def create(self, *, by: User, rows: Sequence[Values]) -> Sequence[Any]:
        try:
            made = bulk_apply_organisations(by=by, department=self.owner, rows=[self._layout(given) for given in rows])
        except OrganisationRefused as refusal:  # entered by somebody else since the rows were looked at
            raise StaleState(str(self.owner)) from refusal
        return [_as_record(one) for one in made]

    def update(self, *, by: User, record: Organisation, version: int, given: Values) -> Any:
        laid = self._layout(given, record)
        return self._correct(by, record, version, laid)

    def _correct(self, by: User, record: Organisation, version: int, laid: dict[str, Any]) -> Any:
        below = {name: laid.pop(name) for name in ("aliases", "qualifications") if name in laid}
        try:
            after = correct_application(by=by, organisation=record, version=version, data=laid, **below)
        except OrganisationRefused as refusal:
            raise StaleState(str(record)) from refusal
        return _as_record(after)

    def _layout(self, given: Values, record: Organisation | None = None) -> dict[str, Any]:
        """Turn columns into what the services take."""
        laid = {name: value for name, value in given.items() if name not in CONTACT}
        if any(name in CONTACT for name in given):
            contact = {part: given[name] for name, part in CONTACT.items() if name in given}
            laid["contacts"] = [{**(_contact_of(record) if record else {}), **contact}]
        if "region" in given or not record:
            laid["region"] = self._regions.get(given.get("region") or "", self.owner.region)
        if "park" in given:
            laid["park"] = self._parks.by_key[given["park"]]
        return laid

    # --- Undoing -----------------------------------------------------------------------------------------------------

    def blockers(self, done: Sequence[Any]) -> list[Any]:
        self._wanted = [one.uuid for one in done]
        return super().blockers(done)

    def snapshot(self, record: Organisation, names: Sequence[str]) -> dict[str, Any]:
        before = {name: self.present(record, name) for name in names if name not in CONTACT}
        if any(name in CONTACT for name in names):
            before["contacts"] = record.contacts
        return before

    def restore(self, *, by: User, record: Organisation, version: int, before: Mapping[str, Any]) -> None:
        laid = dict(before)
        if "uscc" in laid:
            laid["uscc"] = laid["uscc"] or None
        if "region" in laid:
            laid["region"] = self._regions.get(laid["region"])
        if "park" in laid:
            laid["park"] = Organisation.objects.filter(pk=laid["park"]).first()
        for held in laid.get("qualifications", ()):
            held["valid_to"] = date.fromisoformat(held["valid_to"]) if held["valid_to"] else None
        self._correct(by, record, version, laid)

    def take_back(self, *, by: User, uuids: Sequence[UUID]) -> int:
        found = list(Organisation.objects.filter(uuid__in=uuids).select_related("region"))
        take_back_applications(by=by, organisations=found)
        return len(found)


def _obstacle(organisation: Organisation) -> Text:
    words = {"state": OrganisationState(organisation.state).label}
    return _("The organisation is %(state)s; only its own people and the secretariat change it.") % words


def _names_in(values: Values) -> list[str]:
    return [name for name in (values.get("name"), *(values.get("aliases") or ())) if name]


def _contact_of(record: Organisation) -> dict[str, str]:
    contacts: Any = record.contacts or [{}]
    return dict(contacts[0])


def _qualification(held: Mapping[str, Any]) -> str:
    until = f"有效期至{held['valid_to']}" if held["valid_to"] else ""
    return "，".join(part for part in (label("ENT_QUAL", held["code"]), held["number"], until) if part)


def _as_record(organisation: Organisation) -> Any:
    """An organisation as the desk speaks of records: its code stands for the number."""
    return SimpleNamespace(uuid=organisation.uuid, public_no=organisation.uscc or "", version=organisation.version)


def record_url(uuid: UUID) -> str:
    return reverse("accounts:organisation_detail", args=[uuid])


def list_url() -> str:
    return reverse("accounts:organisation_review")


ORGANISATION_ROWS = register(
    RowKind(
        kind=KIND,
        label=gettext_lazy("Organisations"),
        sheet="单位清单",
        capability="organisation.verify",
        columns=COLUMNS,
        key="name",
        form=OrganisationRow,
        open_desk=OrganisationDesk,
        identity=(),
        naming=("uscc",),
        record_url=record_url,
        list_url=list_url,
        file_names={"template": "单位导入模板.xlsx"},
    )
)
