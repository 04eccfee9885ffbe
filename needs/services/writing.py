"""Writing a need: create, change, and create many at once. Nothing here moves a state."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record, record_many
from matchmaking.common.search import search_vector
from matchmaking.common.workflow import StaleState
from matchmaking.intake.services.versions import edit_told
from matchmaking.programmes.models import Programme, Visibility
from matchmaking.programmes.services import next_public_no
from matchmaking.vocabularies.models import Region
from needs import rules
from needs.completeness import (
    BODY_FIELDS,
    INDICATOR_FIELDS,
    ROW_FIELDS,
    SCENARIO,
    SCENARIO_FIELDS,
    indicator_values,
    names_owner,
    secret_marks,
    values_of,
)
from needs.enums import EDITABLE, IN_POOL, NeedState
from needs.models import NeedBody, NeedIndicator, NeedInvitation, TechNeed
from needs.services.refusals import NotAllowed, Refused

KIND = "need"
# The texts the engine reads: a remembered “no” counts only while they are unchanged.
_ENGINE_TEXTS = ("title", "background", "problem", "goal", "tried", "basis", "chain_link", "tech_field", "industry")
OWNERS_ALONE = ("contact", "visibility", "programme")
_ROW_EXTRAS = ("published_at", "state_since", "created_at", "is_sample", "is_load")
_BATCH = 500


@transaction.atomic
def create_need(
    *,
    by: User,
    owner: Organisation,
    programme: Programme,
    region: Region | None = None,
    data: Mapping[str, Any],
    indicators: Iterable[Mapping[str, Any]] = (),
    invited: Iterable[Organisation] = (),
) -> TechNeed:
    """Create a draft of `owner`. `data` holds fields of both halves by their model names, `contact` as a dict with
    name, position, phone, email. Raises NotAllowed and Refused (marks of state secrets)."""
    if not rules.can_create_for(by, owner):
        raise NotAllowed
    rows = list(indicators)
    _refuse_secrets(data, rows)
    [need] = _insert([{**data, "indicators": rows, "owner": owner, "region": region or owner.region}],
                     by=by, programme=programme, state=NeedState.DRAFT)  # fmt: skip
    _invite(need, invited)
    record(by=by, verb="need.created", about=need, kind=KIND, organisation=named(need, owner), acting_for=owner,
           to_state=need.state)  # fmt: skip
    return need


@transaction.atomic
def update_need(
    *,
    by: User,
    need: TechNeed,
    version: int,
    data: Mapping[str, Any],
    indicators: Iterable[Mapping[str, Any]] | None = None,
    invited: Iterable[Organisation] | None = None,
) -> TechNeed:
    """Change a draft or returned need; fields that are not in `data` stay. `indicators` replaces all rows.

    Raises NotAllowed, Refused, and StaleState when `version` is no longer the stored one.
    """
    if rules.drafts_for_client(by, need):
        # Who sees the need and whom to call is the owner's to say.
        data, invited = {name: value for name, value in data.items() if name not in OWNERS_ALONE}, None
        return write(by=by, need=need, version=version, data=data, indicators=indicators, states=[NeedState.DRAFT])
    if not rules.owns(by, need):
        raise NotAllowed
    return write(by=by, need=need, version=version, data=data, indicators=indicators, invited=invited)


def write(
    *,
    by: User,
    need: TechNeed,
    version: int,
    data: Mapping[str, Any],
    indicators: Iterable[Mapping[str, Any]] | None = None,
    invited: Iterable[Organisation] | None = None,
    states: Sequence[str] = EDITABLE,
) -> TechNeed:
    """Write what is given if the need stands in one of `states`, inside the caller's transaction, who has asked whether
    it may be. Raises Refused, StaleState. A risen `text_version` says that the engine has something new to read."""
    body = NeedBody.objects.select_related("owner").get(need=need)
    before = values_of(need, body)
    old_rows = indicator_values(body.indicators.order_by("position"))
    rows = old_rows if indicators is None else [_clean_indicator(row) for row in indicators]
    after = before | {name: value for name, value in data.items() if name in before}
    _refuse_secrets(after, rows)
    changed = rows != old_rows or any(before[name] != after[name] for name in _ENGINE_TEXTS)
    public, private = _vectors(after, rows, body.owner)
    values = {name: after[name] for name in ROW_FIELDS} | {
        "shown_enterprise": body.owner if after["visibility"] == Visibility.PUBLIC else None,
        "search_vector": public,
        "version": F("version") + 1,
        "text_version": F("text_version") + (1 if changed else 0),
        "updated_at": timezone.now(),
    }
    if "programme" in data:
        values["programme"] = data["programme"]
    door = TechNeed.objects.filter(pk=need.pk, version=version, state__in=states)
    if door.update(**values) != 1:
        raise StaleState(need.public_no)
    NeedBody.objects.filter(need=need).update(**{name: after[name] for name in BODY_FIELDS}, search_vector=private)
    if indicators is not None and rows != old_rows:
        body.indicators.all().delete()
        NeedIndicator.objects.bulk_create(_indicators(body, rows))
    invited_differ = False
    if invited is not None:
        guests = list(invited)
        known = need.invitations.values_list("organisation", flat=True)
        invited_differ = set(known) != {one.pk for one in guests}
        need.invitations.all().delete()
        _invite(need, guests)
    need.refresh_from_db()
    also = {"indicators": rows != old_rows, "invited": invited_differ}
    edit = edit_told(kind=KIND, version=version, before=before, after=after,
                     also=[name for name, differs in also.items() if differs])  # fmt: skip
    record(by=by, verb="need.edited", about=need, kind=KIND, organisation=named(need, body.owner),
           acting_for=body.owner, detail={"version": need.version}, **edit)  # fmt: skip
    return need


@transaction.atomic
def bulk_create_needs(
    *,
    by: User,
    owner: Organisation | None = None,
    programme: Programme,
    rows: Sequence[Mapping[str, Any]],
    state: str = NeedState.DRAFT,
) -> list[TechNeed]:
    """Create many needs in a handful of queries, in any state, without telling anybody and without jobs.

    A row holds what `create_need` takes in `data`, plus `indicators` (list of dicts), and may override `owner`,
    `region`, `state`, `published_at`, `state_since`, `created_at`, `created_by`, `is_sample`, `is_load`,
    `invited` (organisations). Raises Refused for the first row whose text may not be stored or published.
    """
    filled = [{"owner": owner, "state": state, **row} for row in rows]
    for row in filled:
        _refuse_secrets(row, row.get("indicators", ()))
        if row["state"] in IN_POOL and (named := names_owner(row, row.get("indicators", ()), row["owner"])):
            raise Refused(named)
    needs = _insert(filled, by=by, programme=programme, state=state)
    NeedInvitation.objects.bulk_create(
        NeedInvitation(need=need, organisation=guest)
        for need, row in zip(needs, filled, strict=True)
        for guest in row.get("invited", ())
    )
    if by is not None:
        record_many(by=by, verb="need.created", about=needs, kind=KIND)
    return needs


def named(need: TechNeed, owner: Organisation) -> Organisation | None:
    """Return the owner where the history may name him: an entry is read by more people than the body."""
    return None if need.visibility == Visibility.HIDDEN_OWNER else owner


def _insert(rows: Sequence[Mapping[str, Any]], *, by: User, programme: Programme, state: str) -> list[TechNeed]:
    now = timezone.now()
    numbers = next_public_no("XQ", count=len(rows))
    needs, bodies, indicators = [], [], []
    for number, row in zip(numbers, rows, strict=True):
        owner = row["owner"]
        found = [_clean_indicator(indicator) for indicator in row.get("indicators", ())]
        public, private = _vectors(row, found, owner)
        moved = row.get("state", state)
        need = TechNeed(
            public_no=number,
            programme=row.get("programme") or programme,
            region=row.get("region") or owner.region,
            state=moved,
            shown_enterprise=owner if row.get("visibility", Visibility.PUBLIC) == Visibility.PUBLIC else None,
            search_vector=public,
            **{name: row[name] for name in (*ROW_FIELDS, *_ROW_EXTRAS) if name in row and row[name] is not None},
        )
        if moved in IN_POOL and need.published_at is None:
            need.published_at = now
        body = NeedBody(need=need, owner=owner, created_by=row.get("created_by") or by, search_vector=private,
                        **{name: row[name] for name in BODY_FIELDS if name in row})  # fmt: skip
        needs.append(need)
        bodies.append(body)
        indicators += _indicators(body, found)
    TechNeed.objects.bulk_create(needs, batch_size=_BATCH)
    for body in bodies:
        body.need_id = body.need.pk
    NeedBody.objects.bulk_create(bodies, batch_size=_BATCH)
    for indicator in indicators:
        indicator.body_id = indicator.body.pk
    NeedIndicator.objects.bulk_create(indicators, batch_size=_BATCH)
    return needs


def _indicators(body: NeedBody, rows: Iterable[Mapping[str, Any]]) -> list[NeedIndicator]:
    return [NeedIndicator(body=body, position=place, **row) for place, row in enumerate(rows, 1)]


def _clean_indicator(row: Mapping[str, Any]) -> dict[str, Any]:
    defaults = {"name": "", "operator": "ge", "value": None, "value_high": None, "unit": "", "text": "", "now": "",
                "must": True}  # fmt: skip
    return defaults | {name: row[name] for name in INDICATOR_FIELDS if name in row}


def _invite(need: TechNeed, guests: Iterable[Organisation]) -> None:
    NeedInvitation.objects.bulk_create(NeedInvitation(need=need, organisation=guest) for guest in guests)


def _refuse_secrets(values: Mapping[str, Any], indicators: Iterable[Mapping[str, Any]]) -> None:
    if marks := secret_marks(values, indicators):
        raise Refused(marks)


def _vectors(
    values: Mapping[str, Any], indicators: Sequence[Mapping[str, Any]], owner: Organisation
) -> tuple[Any, Any]:
    """Return the vectors of the public row and of the body.

    The public row is searched by everybody who sees it: of a need that is not fully public it holds the title alone.
    The body is searched by its readers, who may not know a hidden owner: then neither vector holds the name.
    """
    visibility = values.get("visibility") or Visibility.PUBLIC
    name = "" if visibility == Visibility.HIDDEN_OWNER else owner.name
    opened = SCENARIO_FIELDS if values.get("need_kind") == SCENARIO else ()
    measured = " ".join(f"{row['name']} {row['text']}" for row in indicators)
    whole = search_vector({
        "A": values.get("title", ""),
        "B": f"{values.get('problem', '')} {measured}",
        "C": f"{values.get('goal', '')} {values.get('background', '')}",
        "D": " ".join([*(values.get(field, "") for field in ("tried", "basis", "chain_link", *opened)), name]),
    })  # fmt: skip
    if visibility == Visibility.PUBLIC:
        return whole, whole
    return search_vector({"A": values.get("title", "")}), whole
