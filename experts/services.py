"""Use cases of the expert pool."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from experts.models import Conflict, Expert, ExpertBody, ExpertWork
from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record_many
from matchmaking.common.search import search_vector
from matchmaking.programmes.models import Programme
from matchmaking.programmes.services import next_public_no

KIND = "expert"
ROW_FIELDS = (
    "name", "organisation", "title", "position", "education", "fields", "disciplines", "industries", "expert_kinds",
    "directions", "services", "regions", "term_from", "term_to", "visibility", "state", "state_since", "created_at",
    "is_sample", "is_load",
)  # fmt: skip
BODY_FIELDS = ("user", "gender", "birth_year", "contact", "consent", "unit_opinion")


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
    and may override owner, programme, region, created_by and state.
    """
    numbers = next_public_no("ZJ", count=len(rows)) if rows else []
    experts, bodies, works, conflicts = [], [], [], []
    for number, row in zip(numbers, rows, strict=True):
        unit = row.get("owner") or owner
        columns = {"state": state} | {name: row[name] for name in ROW_FIELDS if name in row}
        expert = Expert(
            public_no=number,
            programme=row.get("programme") or programme,
            region=row.get("region") or unit.region,
            **columns,
        )
        titles = [work["title"] for work in row.get("works", ())]
        expert.search_vector = search_vector(
            {"A": expert.name, "B": expert.directions, "C": " ".join(titles), "D": expert.position}
        )
        experts.append(expert)
        bodies.append(ExpertBody(expert=expert, owner=unit, created_by=row.get("created_by") or by,
                                 **{name: row[name] for name in BODY_FIELDS if name in row}))  # fmt: skip
        works += [ExpertWork(expert=expert, position=place, title=work["title"], kind=work.get("kind", ""),
                             year=work.get("year")) for place, work in enumerate(row.get("works", ()), 1)]  # fmt: skip
        conflicts += [Conflict(expert=expert, organisation=other) for other in row.get("conflicts", ())]
    Expert.objects.bulk_create(experts, batch_size=500)
    for child in (*bodies, *works, *conflicts):
        child.expert_id = child.expert.pk
    ExpertBody.objects.bulk_create(bodies, batch_size=500)
    ExpertWork.objects.bulk_create(works, batch_size=1000)
    Conflict.objects.bulk_create(conflicts, batch_size=1000)
    record_many(by=by, verb="expert.created", about=experts, kind=KIND)
    return experts
