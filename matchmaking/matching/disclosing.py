"""What of a pair is open to a reader beyond the pools: the one place where the ladder is read.

Pages, lists, explanations, exports and mails all ask through `selectors.shown_needs` and `presenting.shown_targets`,
which ask here. Whatever does not stand as a row, in the right order and, of identity and data, under an agreement of
both sides, is closed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from experts.models import Team
from matchmaking.accounts.models import User
from matchmaking.accounts.rules import is_member
from matchmaking.matching.closed import closed_pairs
from matchmaking.matching.enums import DISCLOSING, LADDER, UNDER_NDA, Side, Step
from matchmaking.matching.models import Disclosure, Match, NdaAcceptance
from matchmaking.programmes.models import Visibility
from needs.models import NeedInvitation

TEXT = frozenset({Step.PROBLEM, Step.INDICATORS})  # what the engine reads, and an explanation may quote


@dataclass(frozen=True)
class Opened:
    """The steps that the other side has opened to this reader, of the need and of what answers it."""

    need: frozenset[str] = frozenset()
    target: frozenset[str] = frozenset()


NOTHING = Opened()


def opened(rows: Iterable[Any], user: Any) -> dict[int, Opened]:
    """Return what the ladder opens to a reader of these rows, by id of the match; rows of other kinds open nothing.

    One query where nothing was ever opened, five at most. A side reads what the other one has opened; nobody else
    reads anything through the ladder: officers and guests read what the pools show them.
    """
    matches = {row.pk: row for row in rows if isinstance(row, Match) and row.pk and row.state in DISCLOSING}
    if not matches or not is_member(user):
        return {}  # whoever works for nobody here any more reads nothing of what is opened to his side
    standing = _standing(matches)
    if not standing:
        return {}
    found = {pk: match for pk, match in matches.items() if pk in standing}
    provider = _ids(Match.objects.for_provider_of(user), found)
    enterprise = _ids(Match.objects.for_enterprise_of(user), found)
    agreed, guests = agreements(found), _guests(found.values())
    reads: dict[int, Opened] = {}
    for pk, match in found.items():
        bound = len(agreed[pk]) < len(Side)
        by_side = {side: reached(match, side, standing[pk][side], bound=bound, guests=guests) for side in Side}
        reads[pk] = Opened(
            by_side[Side.ENTERPRISE] if pk in provider else frozenset(),
            by_side[Side.PROVIDER] if pk in enterprise else frozenset(),
        )
    return reads


def reached(
    match: Match, side: str, rows: Collection[str], *, bound: bool, guests: Collection[int] | None = None
) -> frozenset[str]:
    """The steps of a side that count: each stands as a row, and so does every earlier one that the pool does not show
    anyway. `bound`: the agreement of both sides is missing; `guests` as of `in_the_pool`."""
    known, counted = in_the_pool(match, side, guests), set()
    for step in LADDER:
        if step in known:
            counted |= {step} & set(rows)
        elif step in rows and not (bound and step in UNDER_NDA):
            counted.add(step)
        else:
            break
    return frozenset(counted)


def in_the_pool(match: Match, side: str, guests: Collection[int] | None = None) -> frozenset[str]:
    """The steps of a side that its pool shows the other side without any disclosure.

    `guests` are the matches, by id, whose provider is invited to the need, where a caller with many has asked once.
    """
    record = match.need if side == Side.ENTERPRISE else match.target
    if isinstance(record, Team):
        return frozenset(LADDER)
    if record.visibility == Visibility.INVITED:
        guests = _guests([match]) if guests is None else guests
        if side != Side.ENTERPRISE or match.pk not in guests:
            return frozenset()
    if record.visibility == Visibility.HIDDEN_OWNER:
        return TEXT
    return TEXT | {Step.IDENTITY}


def steps_of(match: Match, side: str) -> frozenset[str]:
    """The steps that a side has opened in this match and not taken back, whether or not they count yet."""
    return frozenset(Disclosure.objects.standing().filter(match=match, side=side).values_list("step", flat=True))


def next_step(match: Match, side: str) -> str | None:
    """The step that a side may open next; None at the top of the ladder."""
    known = in_the_pool(match, side) | steps_of(match, side)
    return next((str(step) for step in LADDER if step not in known), None)


def needs_agreement(match: Match) -> bool:
    """Whether one of the two sides has not signed: what the pool does not show of names and data waits for both."""
    return len(agreements([match.pk])[match.pk]) < len(Side)


def agreements(matches: Collection[int]) -> dict[int, set[str]]:
    """The sides whose agreement on confidentiality stands, by id of the match."""
    found: dict[int, set[str]] = defaultdict(set)
    for pk, side in NdaAcceptance.objects.standing().filter(match__in=list(matches)).values_list("match", "side"):
        found[pk].add(side)
    return found


def identity_is_open(match: Match, side: str) -> bool:
    """Whether a side may be named to the other one: by its pool, or because it has opened that step of a confidential
    pair. Contact data name whoever they belong to."""
    if not closed_pairs([match]):
        return True
    rows = steps_of(match, side)
    known = in_the_pool(match, side)
    return Step.IDENTITY in known | reached(match, side, rows, bound=needs_agreement(match))


def _guests(matches: Iterable[Match]) -> set[int]:
    """The ids of those whose provider is invited to the need."""
    asked = {one.pk: (one.need_id, one.unit_id) for one in matches if one.need.visibility == Visibility.INVITED}
    if not asked:
        return set()
    invitations = NeedInvitation.objects.filter(need__in={need for need, _ in asked.values()})
    invited = set(invitations.values_list("need", "organisation"))
    return {pk for pk, pair in asked.items() if pair in invited}


def _standing(matches: Collection[int]) -> dict[int, dict[str, set[str]]]:
    found: dict[int, dict[str, set[str]]] = {}
    rows = Disclosure.objects.standing().filter(match__in=list(matches)).values_list("match", "side", "step")
    for pk, side, step in rows:
        found.setdefault(pk, {one: set() for one in Side})[side].add(step)
    return found


def _ids(rows: Any, among: Collection[int]) -> set[int]:
    return set(rows.filter(pk__in=list(among)).values_list("pk", flat=True))


def is_side(user: User, match: Match) -> bool:
    """Whether the person reads a match as one of its sides."""
    if not is_member(user):
        return False
    return bool(_ids(Match.objects.for_enterprise_of(user) | Match.objects.for_provider_of(user), [match.pk]))
