"""Experts as a kind of pairs, as the floor below is told at start."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from experts.duplicates import rules, selectors, services
from experts.models import Expert, ExpertPair
from experts.workflow import SAME_PERSON
from matchmaking.intake.duplicates import kinds
from matchmaking.intake.duplicates.deciding import APART, KEEP_FIRST, KEEP_SECOND, UNDO
from matchmaking.intake.duplicates.finding import Compared
from matchmaking.intake.duplicates.kinds import Choice, Side

_MERGED = _("The entries are merged; the person and both units are told.")


def register() -> None:
    """Called once, when the app is ready."""
    kinds.register(
        "expert",
        name=_("Experts"),
        icon="users",
        capabilities=("expert.review",),
        model=ExpertPair,
        workflow=SAME_PERSON,
        pairs=selectors.pairs,
        side=_side,
        lines=selectors.compared,
        choices=choices,
        decide=services.decide,
        read_all=_read_all,
        answers=answers,
        gone=ExpertPair.merged,
        closed=closed,
        ended=ExpertPair.objects.ended,
        explanation=_("Ask both units first; you can as soon as both entries are in the pool and open to members. When "
                      "both agree, or ten working days have passed, one entry can be merged into the other: its "
                      "matches are closed, parts in teams go over. The merge can be undone."),
    )  # fmt: skip


def _read_all() -> Compared:
    from experts.duplicates.finding import read_all  # loads a dictionary, which no web process needs

    return read_all()


def _side(expert: Expert) -> Side:
    owner = expert.body.owner
    facts = ((_("Organisation"), expert.organisation or _("independent")), (_("Nominated by"), owner),
             (_("Region"), expert.region), (_("Programme"), expert.programme))  # fmt: skip
    return Side(expert, expert.name, owner.name, facts)


def answers(user: Any, pair: ExpertPair) -> list[tuple[Any, Any]]:
    """(unit, what it said) once the units were asked."""
    if pair.asked_at is None:
        return []
    due = _("no answer yet, until %(day)s") % {"day": rules.answer_due(pair)}
    return [
        (side.body.owner.name, " · ".join(filter(None, (str(said), note))) or due)
        for side, said, note in (
            (pair.first, pair.get_first_answer_display() if pair.first_answer else "", pair.first_note),
            (pair.second, pair.get_second_answer_display() if pair.second_answer else "", pair.second_note),
        )
    ]


def closed(pair: ExpertPair) -> Any:
    """Why a merge cannot be undone by anybody."""
    return services.ConsentGone.message if pair.merged() and not rules.consents_stand(pair) else None


def choices(user: Any, pair: ExpertPair) -> list[Choice]:
    """What the person may decide now."""
    offered = []
    if rules.can_ask(user, pair):
        offered.append(Choice(services.ASK, _("Ask both units"), _("Both units are asked."), main=True))
    if rules.can_merge(user, pair, pair.second):
        offered.append(Choice(KEEP_FIRST, _("Merge: keep the left one"), _MERGED, main=True))
    if rules.can_merge(user, pair, pair.first):
        offered.append(Choice(KEEP_SECOND, _("Merge: keep the right one"), _MERGED, main=True))
    if rules.can_tell_apart(user, pair):
        offered.append(Choice(APART, _("Not the same person"), _("The pair is marked as two different people.")))
    if rules.can_undo(user, pair):
        if pair.merged():
            done = _(
                "The merge is undone. What could not be given back stands with the reason on the page of the pair."
            )
            offered.append(Choice(UNDO, _("Undo the merge"), done))
        else:
            done = _("The decision is undone; the pair waits to be looked at again.")
            offered.append(Choice(UNDO, _("Look at the pair again"), done))
    return offered
