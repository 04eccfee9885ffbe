"""Grades of matches and disputes of the lines that explain them: what the engine may learn from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Achievement
from experts.models import Team
from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record
from matchmaking.common.workflow import move
from matchmaking.matching import rules
from matchmaking.matching.enums import Fault, GradedAs, Strength
from matchmaking.matching.models import Dispute, Match, MatchGrade
from matchmaking.matching.workflow import DISPUTE

Pair = tuple[str, str, str]  # number of the need, number of the target, its kind

_WEIGHT = {GradedAs.OFFICER: 2, GradedAs.ENTERPRISE: 1, GradedAs.PROVIDER: 1}


class NotAllowed(Exception):
    """The person is neither the officer of this match nor one of its sides."""

    message = _("You cannot say this about this match.")


class UnknownLine(Exception):
    """The match has no such line (any more)."""

    message = _("This line is not part of the explanation any more. Load the page again.")


class AlreadyDecided(Exception):
    """The officer has looked at the person's dispute of this line."""

    message = _("The officer has looked at your remark on this line already.")


@transaction.atomic
def grade(*, by: User, match: Match, grade: int) -> MatchGrade:
    """Take down how well a person finds that a pair fits, in place of what he said before. Raises NotAllowed, and
    ValueError for a grade that is none of the four."""
    capacity = rules.grades_as(by, match)
    if capacity is None:
        raise NotAllowed
    said = {
        "grade": Strength(grade),
        "graded_as": capacity,
        "need_text_version": match.need.text_version,
        "target_text_version": match.target.text_version,
    }
    before = MatchGrade.objects.select_for_update().filter(match=match, by=by).first()
    if before is not None and all(getattr(before, name) == value for name, value in said.items()):
        return before
    found, _created = MatchGrade.objects.update_or_create(match=match, by=by, defaults=said | {"at": timezone.now()})
    record(by=by, verb="match.graded", about=match, kind="match", detail={"side": capacity})
    return found


def graded_pairs() -> list[tuple[str, str, str, int]]:
    """Return (need number, target number, kind, grade) of every graded pair, in the order of the numbers.

    One grade a pair: the weighted median of all its grades, in which an officer's counts twice and a side's once; of
    two middle grades the lower one. Only grades of the present wording of both records count.
    """
    said: dict[Pair, list[int]] = defaultdict(list)
    for kind in ("achievement", "expert"):
        for need, target, capacity, value in _grades(kind, "graded_as", "grade"):
            said[need, target, kind] += [value] * _WEIGHT[GradedAs(capacity)]
    return [(*pair, sorted(grades)[(len(grades) - 1) // 2]) for pair, grades in sorted(said.items())]


def graded_by_one() -> dict[Pair, int]:
    """Return {graded pair: organisation} of the pairs of which nobody but one side has spoken, and no officer."""
    said: dict[Pair, set[int | None]] = defaultdict(set)
    for kind in ("achievement", "expert"):
        owners = ("match__need__body__owner", f"match__{kind}__body__owner")
        for need, target, capacity, asking, answering in _grades(kind, "graded_as", *owners):
            of = {GradedAs.ENTERPRISE: asking, GradedAs.PROVIDER: answering}
            said[need, target, kind].add(of.get(GradedAs(capacity)))
    alone = {pair: next(iter(found)) for pair, found in said.items() if len(found) == 1}
    return {pair: organisation for pair, organisation in alone.items() if organisation is not None}


def _grades(kind: str, *columns: str) -> Iterable[tuple[Any, ...]]:
    """The numbers of need and target and these columns of every grade of the present wording of both."""
    path = f"match__{kind}"
    unchanged = Q(need_text_version=F("match__need__text_version"), target_text_version=F(f"{path}__text_version"))
    return MatchGrade.objects.filter(unchanged).values_list("match__need__public_no", f"{path}__public_no", *columns)


def count_graded() -> int:
    """How many pairs `graded_pairs` returns."""
    of_kind = [Q(target_text_version=F(f"match__{kind}__text_version")) for kind in ("achievement", "expert")]
    unchanged = Q(need_text_version=F("match__need__text_version")) & (of_kind[0] | of_kind[1])
    return MatchGrade.objects.filter(unchanged).values("match").distinct().count()


@transaction.atomic
def dispute(*, by: User, match: Match, signal: str, fault: str, note: str = "") -> Dispute:
    """Take down that a line of the explanation is wrong; said again before the officer looks, it replaces the first.

    Raises NotAllowed, UnknownLine, AlreadyDecided, and ValueError for an unknown fault or one that lacks its note.
    """
    capacity = rules.grades_as(by, match)
    if capacity is None:
        raise NotAllowed
    if Fault(fault) == Fault.OTHER and not note:
        raise ValueError("say what is wrong")
    reason = next((one for one in match.reasons if one["signal"] == signal), None)
    if reason is None:
        raise UnknownLine
    said = {"fault": fault, "note": note, "reason": reason, "disputed_as": capacity,
            "organisation": _organisation(by, match, capacity)}  # fmt: skip
    found, created = Dispute.objects.get_or_create(match=match, signal=signal, by=by, defaults=said)
    if not created:
        open_still = Dispute.objects.filter(pk=found.pk, state="open")
        if not open_still.update(**said, version=F("version") + 1):
            raise AlreadyDecided
        found.refresh_from_db()
    record(by=by, verb="match.line_disputed", about=match, kind="match", detail={"side": capacity})
    return found


def _organisation(by: User, match: Match, capacity: GradedAs) -> Organisation | None:
    """For whom a side speaks: its colleagues see what it has said."""
    if capacity == GradedAs.OFFICER:
        return None
    held: list[Any] = by.organisations_with(f"match.answer_{capacity}")
    if capacity == GradedAs.ENTERPRISE:
        return next((one for one in held if one.pk == match.need.body.owner_id), None)
    target = match.target
    answering = [target.owner_id if isinstance(target, Team) else target.body.owner_id]
    if isinstance(target, Achievement):
        answering += target.completing_units.order_by("position", "pk").values_list("organisation", flat=True)
    named = {one.pk: one for one in held}
    return next((named[key] for key in answering if key in named), held[0] if held else None)


@transaction.atomic
def decide_dispute(*, by: User, dispute: Dispute, state: str) -> Dispute:
    """Note or accept a line that somebody else disputes, as an officer of the match. Raises NotAllowed, IllegalMove or
    StaleState."""
    if not rules.can_decide_dispute(by, dispute):
        raise NotAllowed
    move(dispute, state, workflow=DISPUTE, decided_by=by)
    verb = "match.dispute_accepted" if state == "accepted" else "match.dispute_noted"
    record(by=by, verb=verb, about=dispute.match, kind="match")
    return dispute
