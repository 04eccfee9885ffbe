"""The smallest changes in words: “If the maturity were level 7 instead of 6, it would pass the line.”"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from matchmaking.vocabularies.selectors import label, labels

if TYPE_CHECKING:
    from matchmaking.engine.changing import Change


def said(change: Change, *, up: bool) -> str:
    """One change as a whole sentence; `up`: it takes the pair over the line."""
    condition = {"condition": _CONDITIONS[change.kind](change, up)}
    if up:
        return _("%(condition)s, it would pass the line.") % condition
    return _("%(condition)s, it would fall below the line.") % condition


def _maturity(change: Change, up: bool) -> str:
    words = {"before": change.before, "after": change.after}
    if change.before is None:
        return _("If it stated maturity level %(after)s") % words
    return _("If its maturity were level %(after)s instead of %(before)s") % words


def _price(change: Change, up: bool) -> str:
    words = {"before": label("PRICE_BAND", str(change.before)), "after": label("PRICE_BAND", str(change.after))}
    if change.before in ("", "b0"):
        return _("If it stated a price of %(after)s") % words
    return _("If its price were %(after)s instead of %(before)s") % words


def _budget(change: Change, up: bool) -> str:
    words = {"before": label("PRICE_BAND", str(change.before)), "after": label("PRICE_BAND", str(change.after))}
    if change.before in ("", "b0"):
        return _("If the need stated a budget of %(after)s") % words
    return _("If the budget of the need were %(after)s instead of %(before)s") % words


def _deadline(change: Change, up: bool) -> str:
    words = {"before": change.before, "after": change.after}
    return _("If the need left %(after)s months instead of %(before)s") % words


def _modes(change: Change, up: bool) -> str:
    added, dropped = (list(codes) if isinstance(codes, tuple) else [] for codes in (change.after, change.before))
    if added:
        return _("If it also offered this way of cooperation: %(modes)s") % {
            "modes": "、".join(labels("COOP_MODE", added))
        }
    return _("If it did not offer these ways of cooperation: %(modes)s") % {
        "modes": "、".join(labels("COOP_MODE", dropped))
    }


def _indicator(change: Change, up: bool) -> str:
    name, wanted = change.after if isinstance(change.after, tuple) else ("", "")
    words = {"name": name, "wanted": wanted, "before": change.before}
    if not up:
        return _("If it did not reach the indicator %(name)s (%(wanted)s)") % words
    if change.before:
        return _("If its indicator %(name)s were %(wanted)s instead of %(before)s") % words
    return _("If it also stated the indicator %(name)s (%(wanted)s)") % words


def _region(change: Change, up: bool) -> str:
    return {
        2: _("If it were in the same region"),
        1: _("If it were in the same province"),
        0: _("If it were in another province"),
    }[_level(change)]


def _industry(change: Change, up: bool) -> str:
    return {
        2: _("If its applications included the industry of the need"),
        1: _("If its applications lay near the industry of the need"),
        0: _("If its applications lay in other industries"),
    }[_level(change)]


def _field(change: Change, up: bool) -> str:
    return {
        2: _("If it stood in the same technical field"),
        1: _("If it stood in a neighbouring technical field"),
        0: _("If it stood in another technical field"),
    }[_level(change)]


def _level(change: Change) -> int:
    return change.after if isinstance(change.after, int) else 0


_CONDITIONS: dict[str, Callable[[Change, bool], str]] = {
    "maturity": _maturity,
    "price": _price,
    "budget": _budget,
    "deadline": _deadline,
    "modes": _modes,
    "indicator": _indicator,
    "region": _region,
    "industry": _industry,
    "field": _field,
}
