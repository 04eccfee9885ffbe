"""Achievements as a kind of pairs, as the floor below is told at start."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.duplicates import rules, selectors, services
from catalog.models import Achievement, DuplicatePair
from catalog.workflow import DUPLICATE
from matchmaking.intake.duplicates import kinds
from matchmaking.intake.duplicates.deciding import APART, KEEP_FIRST, KEEP_SECOND, UNDO
from matchmaking.intake.duplicates.enums import PairState
from matchmaking.intake.duplicates.finding import Compared
from matchmaking.intake.duplicates.kinds import Choice, Fills, Side

_MERGED, _STANDS = _("The records are merged; both owners are told."), _("The merge stands; the owner is told.")


def register() -> None:
    """Called once, when the app is ready."""
    kinds.register(
        "achievement",
        name=_("Achievements"),
        icon="flask",
        capabilities=("achievement.review",),
        model=DuplicatePair,
        workflow=DUPLICATE,
        pairs=selectors.pairs,
        side=_side,
        fills=fills,
        lines=selectors.compared,
        choices=choices,
        hindered=hindered,
        decide=services.decide,
        read_all=_read_all,
        gone=DuplicatePair.merged,
        edition=3,
        explanation=_("The merged record leaves the pool and points to the kept one; its matches are closed and both "
                      "owners are told. Nothing is deleted, and the merge can be undone."),
    )  # fmt: skip


def _read_all() -> Compared:
    from catalog.duplicates.finding import read_all  # loads a dictionary, which no web process needs

    return read_all()


def _side(record: Achievement) -> Side:
    owner = record.body.owner
    facts = ((_("Owner"), owner), (_("Region"), record.region), (_("Programme"), record.programme))
    return Side(record, record.title, owner.name, facts)


def fills(user: Any, pair: DuplicatePair) -> tuple[Fills, Fills]:
    """The texts that the left record could give to the right one, and the other way round."""
    if pair.state != PairState.FOUND or pair.merged() is not None:
        return (), ()

    def given(dropped: Achievement, kept: Achievement) -> Fills:
        may = rules.can_merge(user, pair, dropped) and rules.can_fill(user, kept, dropped)
        return selectors.fillable(kept, dropped) if may else ()

    return given(pair.first, pair.second), given(pair.second, pair.first)


def hindered(user: Any, pair: DuplicatePair) -> list[str]:
    """Why one of the records cannot be kept instead of the other."""
    return [why for one in (pair.second, pair.first) if (why := rules.merge_hindrance(user, pair, one))]


def choices(user: Any, pair: DuplicatePair) -> list[Choice]:
    """What the person may decide now."""
    merged = pair.merged()
    offered = []
    for value, dropped, label in (
        (KEEP_FIRST, pair.second, _("Merge: keep the left one")),
        (KEEP_SECOND, pair.first, _("Merge: keep the right one")),
    ):
        if rules.can_merge(user, pair, dropped):
            stands = merged is not None
            offered.append(Choice(value, _("The merge stands") if stands else label, _STANDS if stands else _MERGED,
                                  main=True))  # fmt: skip
    if rules.can_tell_apart(user, pair):
        label = _("Not the same: lift the merge") if merged else _("Not the same")
        offered.append(Choice(APART, label, _("The pair is marked as two different achievements.")))
    if rules.can_undo(user, pair):
        label = _("Undo the merge") if merged else _("Look at the pair again")
        offered.append(Choice(UNDO, label, _("The decision is undone; the pair waits to be looked at again.")))
    return offered
