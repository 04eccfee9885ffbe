"""Reads of the pairs of entries: the officer's page, the question to a unit, and where an entry came from."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from experts import rules, versioning
from experts.models import Expert, ExpertPair
from matchmaking.accounts.models import User
from matchmaking.intake import comparing

_LOADED = tuple(f"{side}__{name}" for side in ("first", "second")
                for name in ("body__owner", "body__user", "organisation", "region", "programme"))  # fmt: skip
# Every reader of the page of an entry in the pool reads these.
OPEN = ("name", "organisation", "title", "position", "education", "expert_kinds", "directions", "fields", "disciplines",
        "industries", "works", "services", "term_from", "term_to")  # fmt: skip


def pairs(user: Any) -> QuerySet[ExpertPair]:
    return ExpertPair.objects.visible_to(user).select_related(*_LOADED)


def compared(user: Any, pair: ExpertPair) -> tuple[list[comparing.Difference], list[Any]]:
    """What every reader of the pool reads, side by side: no personal details, no file."""
    left, right = versioning.snapshot(pair.first), versioning.snapshot(pair.second)
    lines = comparing.differences("expert", left, right, OPEN)
    differ = {line.name for line in lines}
    return lines, [versioning.name_of(name) for name in OPEN if name not in differ and left.get(name)]


def asked_or_404(user: Any, uuid: UUID) -> ExpertPair:
    """A pair about which the person's unit is asked."""
    return get_object_or_404(ExpertPair.objects.asked_of(user).select_related(*_LOADED), uuid=uuid)


def questions(user: Any, expert: Expert) -> list[ExpertPair]:
    """The questions about an entry that the person's unit has not answered."""
    if not rules.is_unit(user, expert):
        return []
    mine = Q(first=expert, first_answer="") | Q(second=expert, second_answer="")
    return list(ExpertPair.objects.asked_of(user).filter(mine).order_by("pk"))


def lineage(user: User, expert: Expert) -> dict[str, Any]:
    """Into what an entry was merged and what was merged into it, as far as the person may see it."""
    seen = Expert.objects.visible_to(user)
    merged = list(seen.filter(merged_into=expert).order_by("pk"))
    if expert.merged_into_id is None:
        return {"merged": merged, "is_merged": False, "into": None, "reason": ""}
    both = sorted([expert.pk, expert.merged_into_id])
    pair = ExpertPair.objects.filter(first=both[0], second=both[1]).first()
    may_read = rules.is_person(user, expert) or rules.sees_file(user, expert)
    return {
        "merged": merged,
        "is_merged": True,
        "into": seen.filter(pk=expert.merged_into_id).first(),
        "reason": pair.reason if pair and may_read else "",
    }
