"""Which pairs would be released to somebody who cannot read them: texts shown to invited ones only.

A need shown to invited ones is read by the organisations its owner has named; an achievement or expert shown to
invited ones only by its own side, for nobody can be invited to one. A release opens no text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import AchievementBody
from experts.models import ExpertBody, Team
from matchmaking.matching.models import Assignment, Match
from matchmaking.programmes.models import Visibility
from needs.models import NeedInvitation, TechNeed


@dataclass(frozen=True)
class Closed:
    """What the other side cannot read: the need is closed to the answering unit, or the answer to the enterprise."""

    need: bool
    target: bool

    @property
    def reason(self) -> Any:
        """In one line, for lists and messages."""
        if self.need:
            return _("The need is shown to invited ones only, and the answering unit is not among them.")
        return _("The answer is shown to invited ones only: the enterprise cannot read it.")

    @property
    def short(self) -> Any:
        """As a badge."""
        return _("unit not invited") if self.need else _("closed to the enterprise")


def closed_pairs(rows: Iterable[Match | Assignment]) -> dict[int, Closed]:
    """Return those of these matches or places of which a side could not read the text, by their id.

    Read from the tables as they are now; three queries at most, and none for what stands in the rows already.
    """
    rows = list(rows)
    wanted = {row.need_id for row in rows}
    invited_only = set(
        TechNeed.objects.filter(pk__in=wanted, visibility=Visibility.INVITED).values_list("pk", flat=True)
    )
    guests: set[tuple[int, int | None]] = set(
        NeedInvitation.objects.filter(need__in=invited_only).values_list("need_id", "organisation_id")
    )
    units = _units([row for row in rows if row.need_id in invited_only])
    found = {}
    for row in rows:
        unit = units.get((row.target_kind, row.target.pk))
        closed = Closed(
            need=row.need_id in invited_only and (row.need_id, unit) not in guests,
            target=getattr(row.target, "visibility", "") == Visibility.INVITED,
        )
        if closed.need or closed.target:
            found[row.pk] = closed
    return found


def open_to_both(kind: str) -> Q:
    """The pairs that are not closed, as a condition on rows of a need and an achievement or expert."""
    invited = NeedInvitation.objects.filter(need=OuterRef("need"), organisation=OuterRef(f"{kind}__body__owner"))
    closed_need = Q(need__visibility=Visibility.INVITED) & ~Exists(invited)
    return ~closed_need & ~Q(**{f"{kind}__visibility": Visibility.INVITED})


def closed_pair(row: Match | Assignment) -> Closed | None:
    """The same for one match or place, which need not be stored yet."""
    return closed_pairs([row]).get(row.pk)


def _units(rows: list[Match | Assignment]) -> dict[tuple[str, int], int | None]:
    """The organisation that answers for each target, by kind and id."""
    units: dict[tuple[str, int], int | None] = {}
    for kind, body in (("achievement", AchievementBody), ("expert", ExpertBody)):
        keys = [row.target.pk for row in rows if row.target_kind == kind]
        if keys:
            found = body.objects.filter(**{f"{kind}__in": keys}).values_list(kind, "owner_id")
            units |= {(kind, key): owner for key, owner in found}
    for row in rows:
        if isinstance(row.target, Team):
            units["team", row.target.pk] = row.target.owner_id
    return units
