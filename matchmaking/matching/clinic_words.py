"""What the counts of the clinic say, in sentences for whoever writes the need: only numbers that were counted."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matchmaking.matching.clinic import TOP, Effect, Outlook, Reach


def said(outlook: Outlook) -> dict[str, Any]:
    """The sentences: the missing element that does most, the given one that does most, those that change nothing, and
    a line for each element."""
    best, least = outlook.sharpest, outlook.strongest
    return {
        "best": best and _best(best),
        "least": least and _least(least),
        "idle": _(", ").join(effect.name for effect in outlook.idle),
        "lines": [{"name": effect.name, "words": _line(effect)} for effect in outlook.effects],
    }


def _best(effect: Effect) -> str:
    if not effect.unread:
        return _("Fill in “%(name)s”, and %(changes)s.") % {"name": effect.name, "changes": changes(effect)}
    adopt = ngettext("Adopt the figure that stands in your text already into the indicators",
                     "Adopt the %(count)d figures that stand in your text already into the indicators",
                     effect.unread) % {"count": effect.unread}  # fmt: skip
    if not effect.moves:
        return _("%(adopt)s: the other side answers by them.") % {"adopt": adopt}
    return _("%(adopt)s: %(changes)s.") % {"adopt": adopt, "changes": changes(effect)}


def _least(effect: Effect) -> str:
    """What the given element that matters most does, as a fact about the choice and not as advice to leave it out."""
    words = {"name": effect.name, "achievements": effect.achievements.now, "experts": effect.experts.now}
    if effect.achievements.most > effect.achievements.now or effect.experts.most > effect.experts.now:
        return _("“%(name)s” narrows the choice to those that fit what you wrote: %(achievements)d achievements and "
                 "%(experts)d experts. Keep it: the more precise, the better they fit.") % words  # fmt: skip
    return _("Of what you wrote, “%(name)s” carries the match most. Keep it and be precise there.") % words


def _line(effect: Effect) -> str:
    if effect.unread:
        return _best(effect)
    if not effect.given and not effect.tried:
        return _("your text has no figure yet to try it with.")
    if not effect.moves:
        return _("changes nothing in what matches now.")
    words = {"changes": changes(effect)}
    if effect.given:
        wider = effect.achievements.most > effect.achievements.now or effect.experts.most > effect.experts.now
        return _("narrows the choice to what fits.") if wider else _("without it, %(changes)s.") % words
    return _("once it is filled in, %(changes)s.") % words


def changes(effect: Effect) -> str:
    """What becomes of both pools, as a part of a sentence; a pool in which nothing changes is left out."""
    parts = [_achievements(effect.achievements), _experts(effect.experts)]
    found = [part for part in parts if part]
    if not found and effect.moves:
        return _("the same ones match, in another order")
    return _(", ").join(found)


def _achievements(reach: Reach) -> str:
    words = {"now": reach.now, "fewest": reach.fewest, "most": reach.most, "first": TOP}
    if reach.fewest == reach.most == reach.now:
        return _others(reach, ngettext("up to %(count)d of the first %(first)d achievements becomes another",
                                       "up to %(count)d of the first %(first)d achievements become others",
                                       reach.others))  # fmt: skip
    if reach.fewest == reach.most:
        if reach.most < reach.now:
            return _("matching achievements narrow from %(now)d to %(most)d") % words
        return _("matching achievements grow from %(now)d to at most %(most)d") % words
    if reach.most < reach.now:
        return _("matching achievements narrow from %(now)d to between %(fewest)d and %(most)d, depending on what you "
                 "choose") % words  # fmt: skip
    if reach.most == reach.now:
        return (
            _("matching achievements narrow from %(now)d to as few as %(fewest)d, depending on what you choose") % words
        )
    if reach.fewest == reach.now:
        return _("matching achievements grow from %(now)d to at most %(most)d, depending on what you choose") % words
    return _("matching achievements go from %(now)d to between %(fewest)d and %(most)d, depending on what you "
             "choose") % words  # fmt: skip


def _experts(reach: Reach) -> str:
    words = {"now": reach.now, "fewest": reach.fewest, "most": reach.most, "first": TOP}
    if reach.fewest == reach.most == reach.now:
        return _others(reach, ngettext("up to %(count)d of the first %(first)d experts becomes another",
                                       "up to %(count)d of the first %(first)d experts become others",
                                       reach.others))  # fmt: skip
    if reach.fewest == reach.most:
        if reach.most < reach.now:
            return _("experts narrow from %(now)d to %(most)d") % words
        return _("experts grow from %(now)d to at most %(most)d") % words
    if reach.most < reach.now:
        return _("experts narrow from %(now)d to between %(fewest)d and %(most)d") % words
    if reach.most == reach.now:
        return _("experts narrow from %(now)d to as few as %(fewest)d") % words
    if reach.fewest == reach.now:
        return _("experts grow from %(now)d to at most %(most)d") % words
    return _("experts go from %(now)d to between %(fewest)d and %(most)d") % words


def _others(reach: Reach, sentence: str) -> str:
    return sentence % {"count": reach.others, "first": TOP} if reach.others else ""
