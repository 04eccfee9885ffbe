"""Many achievements at once: the commit of an upload, and the sample data. A handful of queries for any number."""

from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from catalog.enums import IN_POOL, AchievementState
from catalog.models import (
    Achievement,
    AchievementBody,
    AchievementIndicator,
    Completer,
    CompletingUnit,
    Honour,
    IPItem,
)
from catalog.services import rows as layout
from catalog.services.checking import Incomplete, names_owner
from catalog.services.records import KIND
from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record_many
from matchmaking.intake.models import Attachment
from matchmaking.programmes.models import Programme
from matchmaking.programmes.services import next_public_no

BATCH = 500
_BELOW = ("indicators", "ip_items", "completing_units", "completers", "honours")
# Set by a row for itself; the arguments of the call are the defaults.
_PER_ROW = ("owner", "programme", "region", "created_by", "state", "state_since", "created_at", "confirmed_at",
            "is_sample", "is_load")  # fmt: skip


@transaction.atomic
def bulk_create_achievements(
    *,
    by: User,
    owner: Organisation | None = None,
    programme: Programme | None = None,
    rows: Iterable[Mapping[str, Any]],
    state: str = AchievementState.DRAFT,
    numbered: bool = True,
    **defaults: Any,
) -> list[Achievement]:
    """Create achievements from dicts of `data` fields plus "indicators", "ip_items", "completing_units", "completers",
    "honours".

    A row may name its own owner, programme, region, created_by, state, state_since, created_at, confirmed_at,
    is_sample, is_load; otherwise the arguments count. Writes the search vectors and one history entry a record;
    checks no rights and no completeness (the caller did), enqueues no match. Returns the records in the order of rows.
    Raises Incomplete when a row that goes straight into the pool names the owner it hides.
    With `numbered=False` they have provisional numbers and no history until `number_achievements`, in one transaction.
    """
    given = [dict(row) for row in rows]
    defaults |= {"owner": owner, "programme": programme, "state": state}
    if numbered:
        numbers = next_public_no("CG", count=len(given)) if given else []
    else:
        numbers = [f"+{uuid4().hex[:19]}" for _row in given]
    plans = [_plan(row, number, by, defaults) for row, number in zip(given, numbers, strict=True)]
    for plan in plans:
        record, owned = plan["record"], plan["body"].owner
        if record.state in IN_POOL and (named := names_owner(record, plan["indicators"], owned)):
            raise Incomplete(named)
    made = Achievement.objects.bulk_create([plan["record"] for plan in plans], batch_size=BATCH)
    AchievementBody.objects.bulk_create([plan["body"] for plan in plans], batch_size=BATCH)
    _below(AchievementIndicator, plans, "indicators", layout.indicator_rows)
    _below(IPItem, plans, "ip_items", layout.ip_rows)
    _below(CompletingUnit, plans, "completing_units", layout.unit_rows)
    _below(Completer, plans, "completers", layout.completer_rows)
    _below(Honour, plans, "honours", layout.honour_rows)
    for created_in in sorted({achievement.state for achievement in made}) if numbered else ():
        about = [achievement for achievement in made if achievement.state == created_in]
        record_many(by=by, verb="achievement.created", about=about, kind=KIND, organisation=owner,
                    to_state=created_in)  # fmt: skip
    return made


@transaction.atomic
def number_achievements(*, by: User, owner: Organisation, uuids: Sequence[UUID]) -> dict[UUID, str]:
    """Give new drafts their public numbers, in this order, and the history its entries.

    Numbers come last in a large transaction, because everybody else who files an achievement waits for them.
    """
    numbers = dict(zip(uuids, next_public_no("CG", count=len(uuids)), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_achievement AS record SET public_no = made.number "
            "FROM unnest(%s::uuid[], %s::text[]) AS made(uuid, number) WHERE record.uuid = made.uuid",
            [[str(uuid) for uuid in numbers], list(numbers.values())],
        )
    about = [SimpleNamespace(uuid=uuid, public_no=number) for uuid, number in numbers.items()]
    record_many(by=by, verb="achievement.created", about=about, kind=KIND, organisation=owner,
                to_state=AchievementState.DRAFT)  # fmt: skip
    return numbers


@transaction.atomic
def take_back_achievements(*, by: User, uuids: Sequence[UUID]) -> int:
    """Delete drafts that nobody has touched since an upload made them; their numbers stay used (decision 0007).

    Returns how many were deleted; the history keeps their numbers. Raises ProtectedError when something refers to one.
    """
    with_files = Attachment.objects.filter(object_kind=KIND, object_id__in=uuids).values("object_id")
    drafts = Achievement.objects.select_for_update(of=("self",)).filter(uuid__in=uuids, state=AchievementState.DRAFT)
    drafts = drafts.exclude(uuid__in=with_files)
    about = list(drafts.only("uuid", "public_no"))
    record_many(by=by, verb="achievement.taken_back", about=about, kind=KIND, from_state=AchievementState.DRAFT)
    Achievement.objects.filter(pk__in=[achievement.pk for achievement in about]).delete()
    return len(about)


def _plan(row: dict[str, Any], number: str, by: User, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one row out over the tables; nothing is saved yet."""
    below = {name: list(row.pop(name, None) or ()) for name in _BELOW}
    chosen = {name: row.pop(name, defaults.get(name)) for name in _PER_ROW}
    owner = chosen.pop("owner")
    region = chosen.pop("region") or owner.region
    created_by = chosen.pop("created_by") or by
    public, body = layout.split_data(row)
    columns = {name: value for name, value in chosen.items() if value is not None}
    achievement = Achievement(public_no=number, region=region, **columns, **public)
    below["completing_units"] = below["completing_units"] or [owner]
    achievement.search_vector = layout.text_for_search(
        achievement, below["completing_units"], [person["name"] for person in below["completers"]]
    )
    return {"record": achievement, "body": layout.new_body(achievement, owner, created_by, body), **below}


def _below(model: Any, plans: Sequence[Mapping[str, Any]], name: str, build: Any) -> None:
    objects = [one for plan in plans for one in build(plan["record"], plan[name])]
    model.objects.bulk_create(objects, batch_size=BATCH * 2)
