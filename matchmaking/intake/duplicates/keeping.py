"""What the search writes: pairs with their present score. Who decided something keeps it decided."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from matchmaking.common.workflow import move
from matchmaking.intake.duplicates.enums import DECISIVE, PairState
from matchmaking.intake.duplicates.finding import Found
from matchmaking.intake.duplicates.kinds import DuplicateKind

_AT_ONCE = 5000  # keys in one condition


@transaction.atomic
def keep_found(how: DuplicateKind, found: Iterable[Found]) -> int:
    """Write pairs or their new score; one that was told apart comes back only when something decisive is new.

    Returns how many pairs were written.
    """
    unique = {(one.first, one.second): one for one in found}
    if not unique:
        return 0
    back = _with_new_proof(how, unique)
    now = timezone.now()
    pairs = [how.model(first_id=one.first, second_id=one.second, score=one.score, reasons=list(one.reasons),
                       seen_at=now) for _key, one in sorted(unique.items())]  # fmt: skip
    how.model.objects.bulk_create(pairs, update_conflicts=True, unique_fields=["first", "second"],
                                  update_fields=["score", "reasons", "seen_at"])  # fmt: skip
    for pair in how.model.objects.filter(pk__in=back).order_by("pk"):
        move(pair, PairState.FOUND, workflow=how.workflow, **how.model.ANEW)
    return len(unique)


def _with_new_proof(how: DuplicateKind, unique: dict[tuple[int, int], Found]) -> list[int]:
    apart = how.model.objects.filter(state=PairState.DIFFERENT, first__in={one for one, _other in unique})
    rows = apart.values_list("pk", "first", "second", "reasons")
    return [
        key
        for key, first, second, reasons in rows
        if (one := unique.get((first, second))) and (DECISIVE & set(one.reasons)) - set(reasons)
    ]


@transaction.atomic
def drop_unseen(how: DuplicateKind, *, since: datetime, compared: Sequence[int] | None = None) -> int:
    """Forget pairs that nobody decided on and that the search no longer finds, and those that ended (`how.ended`: a
    person withdrew), with all that was said about them. Returns how many.

    `compared` are the records that were compared again; None means all.
    """
    gone = how.ended().delete()[0] if how.ended else 0
    old = how.model.objects.filter(state=PairState.FOUND, objected_at=None, decided_at=None, seen_at__lt=since)
    if compared is None:
        return gone + old.delete()[0]
    for start in range(0, len(compared), _AT_ONCE):
        keys = compared[start : start + _AT_ONCE]
        gone += old.filter(Q(first__in=keys) | Q(second__in=keys)).delete()[0]
    return gone
