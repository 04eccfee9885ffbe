"""Reads of pairs that are the same for every kind: tabs with counts, the officer's list."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from matchmaking.common.tones import state_tone
from matchmaking.intake.duplicates.enums import PairState
from matchmaking.intake.duplicates.kinds import DuplicateKind, Side, UnknownKind, find, kinds_of
from matchmaking.intake.models import DuplicateSearch


@dataclass(frozen=True)
class Row:
    """A pair as the list shows it."""

    pair: Any
    sides: tuple[Side, Side]
    state: Any
    tone: str

    @property
    def is_across(self) -> bool:
        """Whether the records were filed to two programmes."""
        return len({side.record.programme_id for side in self.sides}) > 1


def was_searched(how: DuplicateKind) -> bool:
    """Whether the records of a kind have been compared at all."""
    return DuplicateSearch.objects.filter(kind=how.kind).exists()


def kind_or_404(user: Any, kind: str) -> DuplicateKind:
    try:
        how = find(kind)
    except UnknownKind as unknown:
        raise Http404 from unknown
    if how not in kinds_of(user):
        raise Http404
    return how


def pairs_in(how: DuplicateKind, user: Any, group: str, *, across: bool = False) -> QuerySet[Any]:
    """The pairs of one tab: those to be looked at by likeness, decided ones by the date of the decision; `across`:
    only those whose records were filed to two programmes."""
    pairs = across_programmes(how.pairs(user)) if across else how.pairs(user)
    if group == PairState.FOUND:
        return pairs.waiting().order_by("-score", "-id")
    return pairs.filter(state=group).order_by("-state_since", "-id")


def across_programmes(pairs: Any) -> Any:
    """Pairs whose records were filed to two programmes."""
    return pairs.exclude(first__programme=F("second__programme"))


def counts_for(how: DuplicateKind, user: Any, *, across: bool = False) -> dict[str, int]:
    pairs = across_programmes(how.pairs(user)) if across else how.pairs(user)
    decided = {state: Count("pk", filter=Q(state=state)) for state in (PairState.DIFFERENT, PairState.MERGED)}
    return {PairState.FOUND: pairs.waiting().count(), **pairs.aggregate(**decided)}


def waiting_count(how: DuplicateKind, user: Any) -> int:
    return how.pairs(user).waiting().count()


def across_count(how: DuplicateKind, user: Any) -> int:
    """How many pairs to be looked at lie across programmes."""
    return across_programmes(how.pairs(user).waiting()).count()


def rows(how: DuplicateKind, pairs: list[Any]) -> list[Row]:
    return [Row(pair, how.sides(pair), how.label_of(pair.state), state_tone(pair.state)) for pair in pairs]


def pair_or_404(how: DuplicateKind, user: Any, uuid: UUID) -> Any:
    return get_object_or_404(how.pairs(user).select_related("decided_by"), uuid=uuid)


def hints(kind: str, user: Any, record: Any, most: int = 5) -> list[dict[str, Any]]:
    """Pairs to be looked at that hold this record: {"pair", "other"}, the likeliest first."""
    how = find(kind)
    about = Q(first=record) | Q(second=record)
    found = how.pairs(user).waiting().filter(about).order_by("-score", "-id")[:most]
    return [{"pair": pair, "other": pair.other(record)} for pair in found]
