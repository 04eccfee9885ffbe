"""Needs as a kind of pairs, as the floor below is told at start."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from matchmaking.intake.duplicates import kinds
from matchmaking.intake.duplicates.deciding import APART, KEEP_FIRST, KEEP_SECOND, UNDO
from matchmaking.intake.duplicates.enums import PairState
from matchmaking.intake.duplicates.finding import Compared
from matchmaking.intake.duplicates.kinds import Choice, Side
from needs.duplicates import rules, selectors, services
from needs.models import NeedPair, TechNeed
from needs.workflow import SAME_CHALLENGE

_LINKED = _("Both needs are marked as one challenge; both owners are told.")


def register() -> None:
    """Called once, when the app is ready."""
    kinds.register(
        "need",
        name=_("Technical needs"),
        icon="bulb",
        capabilities=("need.publish",),
        model=NeedPair,
        workflow=SAME_CHALLENGE,
        pairs=selectors.pairs,
        side=_side,
        lines=selectors.compared,
        choices=choices,
        decide=services.decide,
        read_all=_read_all,
        merged=_("same challenge"),
        explanation=_("Nothing is merged: both needs stay with their owners and are matched. The lists show one of "
                      "them, officers see the link, and it can be undone."),
    )  # fmt: skip


def _read_all() -> Compared:
    from needs.duplicates.finding import read_all  # loads a dictionary, which no web process needs

    return read_all()


def _side(need: TechNeed) -> Side:
    owner = need.body.owner
    facts = ((_("Enterprise"), owner), (_("Region"), need.region), (_("Programme"), need.programme))
    return Side(need, need.title, owner.name, facts)


def choices(user: Any, pair: NeedPair) -> list[Choice]:
    """What the person may decide now."""
    offered = []
    if rules.can_link(user, pair):
        offered.append(Choice(KEEP_FIRST, _("Same challenge: list the left one"), _LINKED, main=True))
        offered.append(Choice(KEEP_SECOND, _("Same challenge: list the right one"), _LINKED, main=True))
    if rules.can_tell_apart(user, pair):
        offered.append(Choice(APART, _("Not the same"), _("The pair is marked as two different needs.")))
    if rules.can_undo(user, pair):
        label = _("Undo the link") if pair.state == PairState.MERGED else _("Look at the pair again")
        offered.append(Choice(UNDO, label, _("The decision is undone; the pair waits to be looked at again.")))
    return offered
