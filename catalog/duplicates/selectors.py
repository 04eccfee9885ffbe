"""Reads of the pairs of achievements: what the officer's page shows, and where a record came from."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from catalog import rules as record_rules
from catalog import versioning
from catalog.duplicates import rules
from catalog.models import Achievement, DuplicatePair
from catalog.presenting import all_items
from catalog.services.checking import names_owner, prospect
from catalog.services.rows import PUBLIC_FIELDS
from matchmaking.accounts.models import User
from matchmaking.intake import comparing

# Texts that may be taken over from a merged record where the kept one says nothing.
FILLABLE = ("summary", "problem_solved", "key_points", "application_text", "needs_from_partner", "references", "awards",
            "benefit")  # fmt: skip
OWNERS = ("first__body__owner", "first__region", "first__programme", "second__body__owner", "second__region",
          "second__programme")  # fmt: skip


def pairs(user: Any) -> QuerySet[DuplicatePair]:
    return DuplicatePair.objects.visible_to(user).select_related(*OWNERS)


def compared(user: Any, pair: DuplicatePair) -> tuple[list[comparing.Difference], list[Any]]:
    """The public fields that differ, side by side, and the names of those that are filled in alike."""
    rows = set(versioning.ROWS)
    shown = [item.name for item in all_items() if item.name in rows or item.name in PUBLIC_FIELDS]
    shown.remove("visibility")
    left, right = versioning.snapshot(pair.first), versioning.snapshot(pair.second)
    lines = comparing.differences("achievement", left, right, shown)
    differ = {line.name for line in lines}
    return lines, [versioning.label_of(name) for name in shown if name not in differ and left.get(name)]


def fillable(kept: Achievement, dropped: Achievement) -> list[tuple[str, Any]]:
    """(name, label) of the texts that the kept record lacks and the other one has.

    Where the owner of the kept record is hidden, a text of another owner that names him is not among them.
    """
    texts = {
        name: getattr(dropped, name)
        for name in FILLABLE
        if getattr(dropped, name).strip() and not getattr(kept, name).strip()
    }
    named = names_owner(prospect(kept, texts), kept.indicators.all(), kept.body.owner) if texts else {}
    return [(name, versioning.label_of(name)) for name in texts if name not in named]


def lineage(user: User, achievement: Achievement) -> dict[str, Any]:
    """Into what a record was merged and what was merged into it, as far as the person may see it."""
    seen = Achievement.objects.visible_to(user)
    merged = list(seen.filter(merged_into=achievement).order_by("pk"))
    if achievement.merged_into_id is None:
        return {"merged": merged, "into": None, "is_merged": False, "objectable": None, "reason": ""}
    pair = _pair_of(achievement)
    reason = pair.reason if pair and record_rules.can_see_protected(user, achievement) else ""
    objectable = pair if pair and rules.can_object(user, pair) else None
    into = seen.filter(pk=achievement.merged_into_id).first()
    return {"merged": merged, "into": into, "is_merged": True, "objectable": objectable, "reason": reason}


def _pair_of(merged: Achievement) -> DuplicatePair | None:
    """The pair by which a record was merged."""
    both = sorted([merged.pk, merged.merged_into_id or 0])
    return DuplicatePair.objects.select_related(*OWNERS).filter(first=both[0], second=both[1]).first()


def objectable_or_404(user: Any, uuid: UUID) -> DuplicatePair:
    """The pair by which a record was merged that the person's own organisation keeps."""
    mine = Achievement.objects.editable_by(user).filter(merged_into__isnull=False).values("pk")
    found = DuplicatePair.objects.filter(Q(first__in=mine) | Q(second__in=mine)).select_related(*OWNERS)
    return get_object_or_404(found, uuid=uuid)
