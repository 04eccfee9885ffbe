"""Writing an expert's entry: nominate and change. Only a nomination sets a state; `bulk.py` writes many at once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from experts import rules
from experts.completeness import missing_fields, wrong_fields
from experts.consenting import SCOPE_PUBLIC, consent_text
from experts.enums import EDITABLE, ExpertState
from experts.models import Conflict, Expert, ExpertBody, ExpertWork
from experts.services.people import account_of, person_of, tell
from experts.services.refusals import Incomplete, NotAllowed
from matchmaking.accounts.models import Consent, Organisation, User
from matchmaking.activity.services import record
from matchmaking.common.search import search_vector
from matchmaking.common.workflow import StaleState
from matchmaking.intake.models import VersionOf
from matchmaking.intake.services.versions import edit_told, keep, keep_first
from matchmaking.jobs.services import enqueue
from matchmaking.programmes.models import Programme, Visibility
from matchmaking.programmes.services import next_public_no
from matchmaking.vocabularies.models import Region

KIND = "expert"
ROW_FIELDS = (
    "name", "organisation", "title", "position", "education", "fields", "disciplines", "industries", "expert_kinds",
    "directions", "services", "regions", "capacity", "term_from", "term_to", "visibility", "state", "state_since",
    "created_at", "is_sample", "is_load",
)  # fmt: skip
BODY_FIELDS = ("user", "gender", "birth_year", "contact", "consent", "unit_opinion")
# What a form writes; state, visibility and account follow from the steps of the people.
WRITTEN = (
    "name", "organisation", "title", "position", "education", "fields", "disciplines", "industries", "expert_kinds",
    "directions", "services", "regions", "capacity", "term_from", "term_to",
)  # fmt: skip
WRITTEN_BODY = ("gender", "birth_year", "contact")
# The texts the engine reads: a remembered “no” counts only while they are unchanged.
_ENGINE_TEXTS = ("directions", "fields", "industries")


@transaction.atomic
def nominate_expert(
    *,
    by: User,
    owner: Organisation,
    programme: Programme,
    region: Region | None = None,
    data: Mapping[str, Any],
    works: Iterable[Mapping[str, Any]] = (),
    conflicts: Iterable[Organisation] = (),
) -> Expert:
    """Nominate an expert for `owner`; the person is asked for consent where an account has the given e-mail.

    `data` holds fields of both halves, `contact` as a dict with name, position, phone, email; `organisation` is None
    for a retired or independent expert. Raises NotAllowed and Incomplete.
    """
    if not rules.can_nominate_for(by, owner):
        raise NotAllowed
    shown, avoided = clean_works(works), list(dict.fromkeys(conflicts))
    values = {name: data[name] for name in (*WRITTEN, *WRITTEN_BODY) if name in data}
    _check(values, shown)
    row = values | {
        "user": account_of((values.get("contact") or {}).get("email", "")),
        "visibility": Visibility.MEMBERS,
        "works": shown,
        "conflicts": avoided,
        "region": region or owner.region,
    }
    [expert] = insert_experts([row], by=by, owner=owner, programme=programme, state=ExpertState.NOMINATED)
    record(by=by, verb="expert.nominated", about=expert, kind=KIND, organisation=owner, to_state=expert.state)
    tell(person_of(expert), "expert_consent_asked", expert)
    return expert


@transaction.atomic
def update_expert(
    *,
    by: User,
    expert: Expert,
    version: int,
    data: Mapping[str, Any],
    works: Iterable[Mapping[str, Any]] | None = None,
    conflicts: Iterable[Organisation] | None = None,
    draft: bool = False,
) -> Expert:
    """Change an entry before the decision, or as the person in the pool (then only rules.PERSON_FIELDS and works).

    With `draft` a nomination that an upload left incomplete may stay so. Raises NotAllowed, Incomplete, and StaleState
    when `version` is no longer the stored one.
    """
    if not rules.can_edit(by, expert):
        raise NotAllowed
    in_pool = expert.state == ExpertState.IN_POOL
    allowed = rules.PERSON_FIELDS if in_pool else (*WRITTEN, *WRITTEN_BODY)
    body = ExpertBody.objects.select_related("owner").get(expert=expert)
    before = {name: getattr(expert, name) for name in WRITTEN} | {name: getattr(body, name) for name in WRITTEN_BODY}
    after = before | {name: value for name, value in data.items() if name in allowed}
    old_works = [{"title": one.title, "kind": one.kind, "year": one.year} for one in expert.works.order_by("position")]
    shown = old_works if works is None else clean_works(works)
    _check(after, shown, draft=draft and expert.state == ExpertState.NOMINATED)
    finished = bool(missing_fields(before)) and not missing_fields(after)
    changed = shown != old_works or any(before[name] != after[name] for name in _ENGINE_TEXTS)
    if in_pool:
        keep_first(record=expert, kind=KIND)
    _write_row(expert, version, after, shown, changed=changed)
    rows = _replace_rows(expert, works=shown if shown != old_works else None, conflicts=None if in_pool else conflicts)
    for name in WRITTEN_BODY:
        setattr(body, name, after[name])
    asked = _link_account(expert, body, finished=finished) and not missing_fields(after)
    body.save()
    expert = Expert.objects.select_related("region", "programme", "organisation", "body__owner", "body__user").get(
        pk=expert.pk)  # fmt: skip
    edit = edit_told(kind=KIND, version=version, before=before, after=after, also=rows)
    record(by=by, verb="expert.edited", about=expert, kind=KIND, organisation=body.owner,
           detail={"version": expert.version}, **edit)  # fmt: skip
    if asked:
        tell(person_of(expert), "expert_consent_asked", expert)
    if in_pool:
        keep(record=expert, kind=KIND, by=by, what=VersionOf.EDITED)
    if in_pool and changed:
        enqueue_match(expert, by=by)
    return expert


def _write_row(
    expert: Expert, version: int, values: Mapping[str, Any], works: list[dict[str, Any]], *, changed: bool
) -> None:
    """Write the public half through the door of its version; `changed` says whether the engine must read it anew."""
    door = Expert.objects.filter(pk=expert.pk, version=version, state__in=[*EDITABLE, ExpertState.IN_POOL])
    moved = door.update(
        **{name: values[name] for name in WRITTEN},
        search_vector=_vector(values, works),
        version=F("version") + 1,
        text_version=F("text_version") + (1 if changed else 0),
        updated_at=timezone.now(),
    )
    if moved != 1:
        raise StaleState(expert.public_no)


def _replace_rows(
    expert: Expert, *, works: list[dict[str, Any]] | None, conflicts: Iterable[Organisation] | None
) -> list[str]:
    """Write works and conflicts anew; None leaves them as they are. Return what now reads otherwise."""
    changed = [] if works is None else ["works"]
    if works is not None:
        expert.works.all().delete()
        ExpertWork.objects.bulk_create(_works(expert, works))
    if conflicts is not None:
        avoided = {one.pk: one for one in conflicts}
        if set(avoided) != set(expert.conflicts.values_list("organisation", flat=True)):
            changed.append("conflicts")
        expert.conflicts.all().delete()
        Conflict.objects.bulk_create(Conflict(expert=expert, organisation=one) for one in avoided.values())
    return changed


def _link_account(expert: Expert, body: ExpertBody, *, finished: bool) -> bool:
    """Before consent, the account follows the e-mail; whoever consented stays the person. True: ask him now."""
    if expert.state != ExpertState.NOMINATED:
        return False
    contact: Any = body.contact or {}
    found = account_of(contact.get("email", ""))
    asked = found is not None and (finished or found.pk != body.user_id)
    body.user = found
    return asked


def enqueue_match(expert: Expert, *, by: User | None) -> None:
    """Ask for the expert to be matched at once; the matching app above brings the handler."""
    enqueue(kind="match_record", args={"noun": KIND, "id": expert.pk}, by=by, priority=-10,
            dedupe_key=f"match_record:expert:{expert.pk}:{expert.version}")  # fmt: skip


def insert_experts(
    rows: Sequence[Mapping[str, Any]], *, by: User, owner: Organisation | None, programme: Programme, state: str
) -> list[Expert]:
    numbers = next_public_no("ZJ", count=len(rows)) if rows else []
    consents = _consents(rows)
    experts, bodies, works, conflicts = [], [], [], []
    for place, (number, row) in enumerate(zip(numbers, rows, strict=True)):
        unit: Any = row.get("owner") or owner
        columns = {"state": state} | {name: row[name] for name in ROW_FIELDS if name in row}
        expert = Expert(
            public_no=number,
            programme=row.get("programme") or programme,
            region=row.get("region") or unit.region,
            search_vector=_vector(row, row.get("works", ())),
            **columns,
        )
        experts.append(expert)
        private = {name: row[name] for name in BODY_FIELDS if name in row}
        if place in consents:
            private["consent"] = consents[place]
        bodies.append(ExpertBody(expert=expert, owner=unit, created_by=row.get("created_by") or by, **private))
        works += _works(expert, row.get("works", ()))
        conflicts += [Conflict(expert=expert, organisation=other) for other in row.get("conflicts", ())]
    Expert.objects.bulk_create(experts, batch_size=500)
    children: list[Any] = [*bodies, *works, *conflicts]
    for child in children:
        child.expert_id = child.expert.pk
    ExpertBody.objects.bulk_create(bodies, batch_size=500)
    ExpertWork.objects.bulk_create(works, batch_size=1000)
    Conflict.objects.bulk_create(conflicts, batch_size=1000)
    return experts


def _consents(rows: Sequence[Mapping[str, Any]]) -> dict[int, Consent]:
    """{place of the row: its consent} for the rows that say when the person consented."""
    text = consent_text()
    found = {
        place: Consent(person_name=row["name"], user=row.get("user"), scope=SCOPE_PUBLIC, text_version=text.version,
                       text_hash=text.digest, given_at=row["consented_at"])
        for place, row in enumerate(rows) if row.get("consented_at")
    }  # fmt: skip
    Consent.objects.bulk_create(found.values(), batch_size=500)
    return found


def _works(expert: Expert, rows: Iterable[Mapping[str, Any]]) -> list[ExpertWork]:
    return [ExpertWork(expert=expert, position=place, title=row["title"], kind=row.get("kind", ""),
                       year=row.get("year")) for place, row in enumerate(rows, 1)]  # fmt: skip


def clean_works(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"title": row["title"], "kind": row.get("kind", ""), "year": row.get("year")} for row in rows]


def _vector(values: Mapping[str, Any], works: Iterable[Mapping[str, Any]]) -> Any:
    titles = " ".join(work["title"] for work in works)
    return search_vector({"A": values.get("name", ""), "B": values.get("directions", ""), "C": titles,
                          "D": values.get("position", "")})  # fmt: skip


def _check(values: Mapping[str, Any], works: Sequence[Mapping[str, Any]], *, draft: bool = False) -> None:
    """Raise Incomplete with a sentence for every field that cannot be so or, unless it is a draft, is missing."""
    wrong = wrong_fields(values, works)
    if not draft:
        wrong = missing_fields(values) | wrong
    if wrong:
        raise Incomplete(wrong)
