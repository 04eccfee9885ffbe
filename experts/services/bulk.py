"""Many experts at once, in a handful of queries: the sample data, and the nominations of an upload."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Lower

from experts import rules
from experts.completeness import missing_fields, wrong_fields
from experts.enums import ExpertState
from experts.models import Expert
from experts.services.people import tell
from experts.services.refusals import Incomplete, NotAllowed
from experts.services.writing import KIND, WRITTEN, WRITTEN_BODY, clean_works, insert_experts
from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record_many
from matchmaking.programmes.models import Programme, Visibility


@transaction.atomic
def bulk_create_experts(
    *,
    by: User,
    owner: Organisation | None = None,
    programme: Programme,
    rows: Sequence[Mapping[str, Any]],
    state: str = "nominated",
) -> list[Expert]:
    """Create many experts in a handful of queries, in any state, without telling anybody and without jobs.

    A row holds the columns of both halves plus `works` (dicts title, kind, year) and `conflicts` (organisations),
    may override owner, programme, region, created_by and state, and says with `consented_at` that the person consented
    (to publication too, unless the visibility says otherwise).
    """
    experts = insert_experts(rows, by=by, owner=owner, programme=programme, state=state)
    record_many(by=by, verb="expert.created", about=experts, kind=KIND)
    return experts


@transaction.atomic
def bulk_nominate_experts(
    *, by: User, owner: Organisation, programme: Programme, rows: Sequence[Mapping[str, Any]]
) -> list[Expert]:
    """Nominate many experts for `owner`; entries may have gaps, and their people are asked when these are filled.

    A row holds what `nominate_expert` takes in `data`, plus `works` and `conflicts`. Whoever has an account and whose
    entry is complete is asked for consent now. Raises NotAllowed, and Incomplete for what no entry may hold.
    """
    if not rules.can_nominate_for(by, owner):
        raise NotAllowed
    accounts = _accounts_of(_email(row) for row in rows)
    filled = []
    for row in rows:
        values = {name: row[name] for name in (*WRITTEN, *WRITTEN_BODY) if name in row}
        works = clean_works(row.get("works", ()))
        if wrong := wrong_fields(values, works):
            raise Incomplete(wrong)
        filled.append(values | {
            "works": works,
            "conflicts": list(dict.fromkeys(row.get("conflicts", ()))),
            "user": accounts.get(_email(row)),
            "visibility": Visibility.MEMBERS,
        })  # fmt: skip
    experts = insert_experts(filled, by=by, owner=owner, programme=programme, state=ExpertState.NOMINATED)
    record_many(by=by, verb="expert.nominated", about=experts, kind=KIND, organisation=owner)
    for expert, values in zip(experts, filled, strict=True):
        if values["user"] is not None and not missing_fields(values):
            tell([values["user"]], "expert_consent_asked", expert)
    return experts


@transaction.atomic
def take_back_nominations(*, by: User, owner: Organisation, uuids: Iterable[UUID]) -> int:
    """Delete nominations of `owner` to which nobody has consented; return how many. The history keeps that they were.

    Raises NotAllowed; an entry in any other state is left alone and not counted.
    """
    if not rules.can_nominate_for(by, owner):
        raise NotAllowed
    nominated = Expert.objects.filter(
        uuid__in=list(uuids), body__owner=owner, body__consent=None, state=ExpertState.NOMINATED
    )
    found = list(nominated.select_for_update(of=("self",)))
    record_many(by=by, verb="expert.taken_back", about=found, kind=KIND, from_state=ExpertState.NOMINATED)
    Expert.objects.filter(pk__in=[expert.pk for expert in found]).delete()
    return len(found)


def _email(row: Mapping[str, Any]) -> str:
    return ((row.get("contact") or {}).get("email") or "").lower()


def _accounts_of(emails: Iterable[str]) -> dict[str, User]:
    """{address in lower case: the active account that has it}."""
    wanted = {email for email in emails if email}
    found = User.objects.filter(is_active=True).annotate(address=Lower("email")).filter(address__in=wanted)
    return {person.email.lower(): person for person in found}
