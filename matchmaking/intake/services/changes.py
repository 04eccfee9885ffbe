"""Changes of published records that wait for a check. What they do to the record is the business of its app."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from matchmaking.accounts.models import Organisation, User
from matchmaking.common.workflow import StaleState
from matchmaking.intake.models import CHANGE, ChangeState, Decision, ProposedChange
from matchmaking.intake.services.review import record_step
from matchmaking.intake.services.tasks import close_task, open_task


def open_change(record: Any, kind: str) -> ProposedChange | None:
    """The change of this record that waits for a check."""
    return ProposedChange.objects.filter(
        object_kind=kind, object_id=record.uuid, state=ChangeState.OPEN
    ).select_related("by", "organisation").first()  # fmt: skip


def hold(record: Any, *, version: int | None = None) -> None:
    """Lock the row of the record, which everybody takes before its tasks and changes; so nobody waits in a circle.

    Called in a transaction. Raises StaleState when `version` is given and the record has another one by now.
    """
    door = type(record)._base_manager.select_for_update(no_key=True, of=("self",))  # noqa: SLF001 (the unscoped door)
    now = door.filter(pk=record.pk).values_list("version", flat=True).first()
    if now is None or version not in (None, now):
        raise StaleState(f"{type(record).__name__} {record.pk}")


@transaction.atomic
def settle(
    *, by: User, record: Any, kind: str, wanted: Collection[str], checked: Mapping[str, Any], owner: Organisation
) -> tuple[ProposedChange | None, bool]:
    """Let `checked` wait beside what waits already; of the fields that were `wanted` now only the new values count.

    Returns (the change that waits, whether it is new). Nothing waits any more when every value is that of the record.
    """
    waiting = open_change(record, kind)
    before = waiting.content if waiting else {}
    after = {name: value for name, value in before.items() if name not in wanted} | dict(checked)
    if after == before:
        return waiting, False
    if not after:
        drop(record=record, kind=kind)
        return None, False
    return propose(by=by, record=record, kind=kind, data=after, owner=owner), True


@transaction.atomic
def propose(*, by: User, record: Any, kind: str, data: Mapping[str, Any], owner: Organisation) -> ProposedChange:
    """Let new values of checked fields wait for a check; they replace what was waiting. `data` is {field: JSON}.

    Called in the transaction that holds the record's row.
    """
    drop(record=record, kind=kind)
    change = ProposedChange.objects.create(
        object_kind=kind, object_id=record.uuid, data=dict(data), fields=sorted(data), record_version=record.version,
        organisation=owner, by=by,
    )  # fmt: skip
    record_step(by=by, record=record, kind=kind, step=CHANGE, decision=Decision.SUBMIT, organisation=owner)
    open_task(record=record, kind=kind, step=CHANGE, owner=owner)
    return change


def drop(*, record: Any, kind: str) -> bool:
    """Withdraw what waits for a check, if anything does: replaced, taken back, or the record left the pool."""
    waiting = ProposedChange.objects.filter(object_kind=kind, object_id=record.uuid, state=ChangeState.OPEN)
    close_task(record=record, kind=kind, step=CHANGE)
    return bool(waiting.update(state=ChangeState.WITHDRAWN, closed_at=timezone.now()))


def close(*, record: Any, kind: str, change: ProposedChange, state: str) -> None:
    """Decide on a change, once. Raises StaleState when it was decided, replaced or taken back in the meantime."""
    waiting = ProposedChange.objects.filter(pk=change.pk, state=ChangeState.OPEN)
    if waiting.update(state=state, closed_at=timezone.now()) != 1:
        raise StaleState(f"change {change.pk}")
    change.refresh_from_db(fields=["state", "closed_at"])
    close_task(record=record, kind=kind, step=CHANGE)
