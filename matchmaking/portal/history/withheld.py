"""Whose organisation the history does not tell: that of a hidden owner, whoever reads.

The auditor sees who acted, in which role, and what was done; the key of the organisation stands in the entry and in its
digest. Whose need it is he learns from neither the page nor a search for a name: that belongs to the owner and to those
who check the record.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q

from catalog.models import Achievement
from matchmaking.activity.models import Entry
from matchmaking.matching.models import Match
from matchmaking.programmes.models import Visibility
from needs.models import TalentPost, TechNeed

HIDDEN = Visibility.HIDDEN_OWNER
_OWNED: dict[str, Any] = {
    "need": TechNeed.objects.filter(visibility=HIDDEN),
    "talent_post": TalentPost.objects.filter(visibility=HIDDEN),
    "achievement": Achievement.objects.filter(visibility=HIDDEN),
    "match": Match.objects.filter(Q(need__visibility=HIDDEN) | Q(achievement__visibility=HIDDEN)),
}


def withheld(entries: Iterable[Entry]) -> set[int]:
    """Keys of those entries that name no organisation themselves and are about a record of a hidden owner."""
    silent = [one for one in entries if one.organisation_id is None and one.object_kind in _OWNED]
    found: set[UUID] = set()
    for kind in {one.object_kind for one in silent}:
        about = {one.object_id for one in silent if one.object_kind == kind}
        found.update(_OWNED[kind].filter(uuid__in=about).values_list("uuid", flat=True))
    return {one.pk for one in silent if one.object_id in found}


def telling() -> Q:
    """Entries of which the organisation that acted may be asked for by its name."""
    closed = Q(pk__in=[])
    for kind, records in _OWNED.items():
        closed |= Q(object_kind=kind, object_id__in=records.values("uuid"))
    return ~(Q(organisation_id=None) & closed)
