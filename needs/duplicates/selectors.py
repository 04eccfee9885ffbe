"""Reads of the pairs of needs: the officer's page, and the other needs of one challenge."""

from collections import Counter, deque
from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from matchmaking.intake import comparing
from matchmaking.intake.duplicates.enums import PairState
from matchmaking.programmes.models import Visibility
from needs import versioning
from needs.enums import IN_POOL
from needs.models import NeedBody, NeedPair, TechNeed

_LOADED = ("first__body__owner", "first__region", "first__programme", "second__body__owner", "second__region",
           "second__programme")  # fmt: skip
# What a reader of the need's page is not shown: both sides show nothing else either.
_CLOSED = frozenset({"contact", "invited", "visibility", "budget_fen", "wished_partners", "chokepoint",
                     "import_substitution"})  # fmt: skip


def pairs(user: Any) -> QuerySet[NeedPair]:
    return NeedPair.objects.visible_to(user).select_related(*_LOADED)


def compared(user: Any, pair: NeedPair) -> tuple[list[comparing.Difference], list[Any]]:
    """The fields that differ and the names of those filled in alike, as far as the person reads both needs."""
    both = [pair.first_id, pair.second_id]
    readable = NeedBody.objects.readable_by(user).filter(pk__in=both).count() == len(both)
    files = TechNeed.objects.with_file_open_to(user).filter(pk__in=both).count() == len(both)
    left, right = versioning.snapshot(pair.first), versioning.snapshot(pair.second)
    names = [name for name in left if name in versioning.ROW_FIELDS or readable]
    shown = [name for name in names if (files and name not in ("contact", "invited")) or name not in _CLOSED]
    lines = comparing.differences("need", left, right, shown)
    differ = {line.name for line in lines}
    return lines, [versioning.label(name) for name in shown if name not in differ and left.get(name)]


def one_challenge(need: TechNeed) -> QuerySet[TechNeed]:
    """The other needs that officers linked with this one."""
    head = need.same_as_id or need.pk
    return TechNeed.objects.filter(Q(pk=head) | Q(same_as=head)).exclude(pk=need.pk)


def same_challenge(user: Any, need: TechNeed) -> list[TechNeed]:
    """The other needs of the challenge that the person may see.

    Where an owner is hidden the link alone would name him; it is shown to those who know the owners of both.
    """
    found = list(one_challenge(need).filter(pk__in=TechNeed.objects.visible_to(user).values("pk")).order_by("pk"))
    hidden = {one.pk for one in [need, *found] if one.visibility == Visibility.HIDDEN_OWNER}
    if found and hidden:
        known = set(NeedBody.objects.owner_known_to(user).filter(pk__in=hidden).values_list("pk", flat=True))
        if need.pk in hidden - known:
            return []
        found = [one for one in found if one.pk not in hidden - known]
    return found


def filed_again(user: Any, needs: Iterable[TechNeed]) -> Counter[int]:
    """{need: how many others of the pool stand behind it in the list}; one query."""
    open_ones = [need.pk for need in needs if need.visibility != Visibility.HIDDEN_OWNER]
    behind = TechNeed.objects.visible_to(user).filter(same_as__in=open_ones, state__in=IN_POOL)
    return Counter(behind.exclude(visibility=Visibility.HIDDEN_OWNER).values_list("same_as", flat=True))


def linked_with(key: int) -> tuple[set[int], list[NeedPair]]:
    """All needs that links reach from this one, and the links."""
    reached, links, waiting = {key}, {}, deque([key])
    while waiting:
        near = waiting.popleft()
        for pair in NeedPair.objects.filter(Q(first=near) | Q(second=near), state=PairState.MERGED):
            links[pair.pk] = pair
            for other in (pair.first_id, pair.second_id):
                if other not in reached:
                    reached.add(other)
                    waiting.append(other)
    return reached, list(links.values())
