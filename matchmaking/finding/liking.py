"""Search “like this”: which pools can be asked with a whole text, and the text of a record that the reader may read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from catalog.models import Achievement
from experts.models import Expert
from matchmaking.common.pool_registry import Hit, Pool, find_pool
from matchmaking.matching.likeness import KINDS, LONGEST, Like, Likeness, like
from needs.models import NeedBody, TechNeed


@dataclass(frozen=True)
class Source:
    """A record whose text is asked with."""

    kind: str
    number: str
    title: str
    url: str
    text: str


@dataclass(frozen=True)
class Shown:
    """A record that is like the text, as a line of the result."""

    hit: Hit
    like: Like


def like_pools() -> list[Pool]:
    """The pools in which the engine ranks, in their order."""
    return [pool for pool in map(find_pool, KINDS) if pool is not None]


def first_kind(user: Any, source: Source | None) -> str:
    """Where a person probably wants to look: whoever offers, among the needs; whoever asks, among the achievements."""
    if source is not None:
        return "achievement" if source.kind == "need" else "need"
    offers = user.is_authenticated and (user.can("achievement.edit") or user.can("expert.own"))
    return "need" if offers else "achievement"


def ranked(user: Any, kind: str, text: str, *, but: str = "") -> tuple[Likeness, list[Shown]]:
    """What the person sees of a pool, ranked by its likeness to the text."""
    pool = find_pool(kind)
    assert pool is not None  # the form offers pools only
    likeness = like(text, kind, user=user, rows=pool.rows(user), but=but)
    hits = pool.hits(user, [one.record for one in likeness.found], "")
    return likeness, [Shown(hit, one) for hit, one in zip(hits, likeness.found, strict=True)]


def source_of(user: Any, named: str) -> Source | None:
    """The record that an address names as `kind:uuid`, with as much of its text as the person may read."""
    kind, _colon, key = named.partition(":")
    try:
        uuid = UUID(key)
    except ValueError:
        return None
    readers: dict[str, Any] = {"achievement": _achievement, "need": _need, "expert": _expert}
    return readers[kind](user, uuid) if kind in readers else None


def _achievement(user: Any, uuid: UUID) -> Source | None:
    row = Achievement.objects.visible_to(user).filter(uuid=uuid).first()
    if row is None:
        return None
    parts = (row.title, row.problem_solved, row.summary, row.key_points, " ".join(row.keywords))
    return Source("achievement", row.public_no, row.title, row.get_absolute_url(), _text(parts))


def _need(user: Any, uuid: UUID) -> Source | None:
    row = TechNeed.objects.visible_to(user).filter(uuid=uuid).first()
    if row is None:
        return None
    body = NeedBody.objects.readable_by(user).filter(pk=row.pk).values_list("goal", "problem").first() or ()
    return Source("need", row.public_no, row.title, row.get_absolute_url(), _text((row.title, *body)))


def _expert(user: Any, uuid: UUID) -> Source | None:
    row = Expert.objects.visible_to(user).filter(uuid=uuid).prefetch_related("works").first()
    if row is None:
        return None
    works = sorted(row.works.all(), key=lambda work: work.position)
    parts = (row.directions, *(work.title for work in works))
    return Source("expert", row.public_no, row.name, row.get_absolute_url(), _text(parts))


def _text(parts: Iterable[str]) -> str:
    return "\n".join(part for part in parts if part)[:LONGEST]
