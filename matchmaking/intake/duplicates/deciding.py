"""What every decision on a pair does, whatever its kind; what happens to the records is the kind's own business."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from matchmaking.accounts.models import User
from matchmaking.common.workflow import expect_version, move
from matchmaking.intake.duplicates.enums import PairState
from matchmaking.intake.duplicates.kinds import DuplicateKind

APART, KEEP_FIRST, KEEP_SECOND, UNDO = "apart", "keep_first", "keep_second", "undo"


class NotAllowed(Exception):
    """The person may not take this step with the pair; a kind may say why."""

    message: Any = ""


class ReasonMissing(Exception):
    """A decision on a pair needs a reason."""


def expect(pair: Any, version: int, reason: str) -> None:
    """Raises StaleState, ReasonMissing."""
    expect_version(pair, version)
    if not reason.strip():
        raise ReasonMissing


def lock(pair: Any, rows: Any, seen: tuple[int, int]) -> None:
    """Take both rows, so that neither of them leaves for a third one meanwhile, and compare what was looked at.

    The keys stay free for the nightly search, whose pairs point to them. `rows` is a queryset of the records as the
    kind's rules want them. Raises StaleState.
    """
    found = {row.pk: row for row in rows.select_for_update(of=("self",), no_key=True).filter(
        pk__in=[pair.first_id, pair.second_id]).order_by("pk")}  # fmt: skip
    pair.first, pair.second = found[pair.first_id], found[pair.second_id]
    expect_version(pair.first, seen[0])
    expect_version(pair.second, seen[1])


def decide(how: DuplicateKind, pair: Any, state: str, *, by: User, reason: str, **changes: Any) -> None:
    """Write a decision. Raises IllegalMove, StaleState."""
    move(pair, state, workflow=how.workflow, decided_by=by, decided_at=timezone.now(), reason=reason.strip(),
         **changes)  # fmt: skip


def objected(how: DuplicateKind, pair: Any, text: str) -> None:
    """The owner of a record objects to the decision: the pair is to be looked at again."""
    move(pair, PairState.FOUND, workflow=how.workflow, objection=text.strip(), objected_at=timezone.now())


@transaction.atomic
def tell_apart(how: DuplicateKind, *, by: User, pair: Any, version: int, reason: str, may: bool) -> Any:
    """Say that two records are not the same; they are not shown as a pair again. `may` is what the kind's rule says.

    Raises NotAllowed, ReasonMissing, StaleState.
    """
    expect(pair, version, reason)
    if not may:
        raise NotAllowed
    decide(how, pair, PairState.DIFFERENT, by=by, reason=reason)
    return pair
