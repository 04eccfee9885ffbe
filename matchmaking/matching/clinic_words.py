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
        "best": best and _("Fill in “%(name)s”, and %(changes)s.") % {"name": best.name, "changes": changes(best)},
        "least": least
        and _("Of what you wrote, “%(name)s” matters most: without it, %(changes)s.")
        % {"name": least.name, "changes": changes(least)},
        "idle": _(", ").join(effect.name for effect in outlook.idle),
        "lines": [{"name": effect.name, "words": _line(effect)} for effect in outlook.effects],
    }


def _line(effect: Effect) -> str:
    if not effect.given and not effect.tried:
        return _("your text has no figure yet to try it with.")
    if not effect.moves:
        return _("changes nothing in what matches now.")
    words = {"changes": changes(effect)}
    return (_("without it, %(changes)s.") if effect.given else _("once it is filled in, %(changes)s.")) % words


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
        return _("matching achievements grow from %(now)d to %(most)d") % words
    if reach.most < reach.now:
        return _("matching achievements narrow from %(now)d to between %(fewest)d and %(most)d, depending on what you "
                 "choose") % words  # fmt: skip
    if reach.most == reach.now:
        return (
            _("matching achievements narrow from %(now)d to as few as %(fewest)d, depending on what you choose") % words
        )
    if reach.fewest == reach.now:
        return _("matching achievements grow from %(now)d to as many as %(most)d, depending on what you choose") % words
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
        return _("experts grow from %(now)d to %(most)d") % words
    if reach.most < reach.now:
        return _("experts narrow from %(now)d to between %(fewest)d and %(most)d") % words
    if reach.most == reach.now:
        return _("experts narrow from %(now)d to as few as %(fewest)d") % words
    if reach.fewest == reach.now:
        return _("experts grow from %(now)d to as many as %(most)d") % words
    return _("experts go from %(now)d to between %(fewest)d and %(most)d") % words


def _others(reach: Reach, sentence: str) -> str:
    return sentence % {"count": reach.others, "first": TOP} if reach.others else ""
