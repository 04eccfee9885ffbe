"""From the engine's language-free reasons to sentences an officer can defend, in the reader's language.

What a reader may not see of the need is never quoted to him: the caller says whether the need's body is open to
him, and sentences taken from protected fields are left out otherwise (reliability rule 24).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matchmaking.vocabularies.selectors import label, labels, region_label

# The only field of a need whose text stands in the public row.
PUBLIC_NEED_FIELDS = {"title"}
FOR, AGAINST, CAUTION, NEUTRAL = "for", "against", "caution", "neutral"


@dataclass(frozen=True)
class Line:
    """One reason as shown: what it says, for or against, its share of the score (0 to 1), and what is quoted."""

    signal: str
    name: str
    sentence: str
    stance: str
    contribution: float
    terms: tuple[str, ...] = ()
    need_quotes: tuple[dict[str, str], ...] = ()
    offer_quotes: tuple[dict[str, str], ...] = ()
    indicators: tuple[dict[str, Any], ...] = field(default_factory=tuple)


def lines(reasons: list[dict[str, Any]], *, body_open: bool, target_open: bool = True) -> list[Line]:
    """Return the reasons of a candidate or match as lines, in the engine's order."""
    return [line for reason in reasons if (line := _line(reason, body_open, target_open)) is not None]


def shared_terms(reasons: list[dict[str, Any]]) -> list[str]:
    """Return the wordings both texts share, strongest first, to be marked in both."""
    return [term for reason in reasons if reason["signal"] == "text" for term, _weight in reason["params"]["terms"]]


def _line(reason: dict[str, Any], body_open: bool, target_open: bool) -> Line | None:
    signal, params, contribution = reason["signal"], reason["params"], reason["contribution"]
    say = _SENTENCES.get(signal)
    if say is None:
        return None
    if signal in ("missing_terms", "indicators") and not (body_open and target_open):
        return None  # both would tell what stands in a protected text
    name, sentence, terms, rows = say(params, body_open and target_open)
    stance = _stance(signal, params, contribution)
    return Line(
        signal,
        name,
        sentence,
        stance,
        contribution,
        terms,
        tuple(quote for quote in reason["need_quotes"] if body_open or quote["field"] in PUBLIC_NEED_FIELDS),
        tuple(reason["offer_quotes"]) if target_open else (),
        rows,
    )


def _stance(signal: str, params: dict[str, Any], contribution: float) -> str:
    """For or against by what the line says; a shortfall that still scores a little is a caution, not a tick."""
    short = (
        (signal == "maturity" and params["target"] < params["need"])
        or (signal == "budget" and params["target"] > params["need"])
        or (signal in ("field", "industry") and params["level"] == 0)
        or (signal == "indicators" and params.get("missed", 0) > 0)
    )
    if signal == "chance":
        return NEUTRAL
    if signal == "missing_terms" or (short and contribution <= 0):
        return AGAINST
    if short:
        return CAUTION
    return NEUTRAL if abs(contribution) < 1e-9 else FOR if contribution > 0 else AGAINST


def _text(params: dict[str, Any], body_open: bool) -> tuple:
    terms = tuple(term for term, _weight in params["terms"]) if body_open else ()
    if not body_open:
        return _("Wording"), _("The wording of both sides has much in common."), (), ()
    return _("Wording"), _("Both sides speak of the same things."), terms, ()


def _missing(params: dict[str, Any], body_open: bool) -> tuple:
    return _("Not covered"), _("The need also speaks of things this text does not mention."), tuple(params["terms"]), ()


def _related(params: dict[str, Any], body_open: bool) -> tuple:
    return _("Related wording"), _("The texts also use wordings that go together without being the same."), (), ()


def _outside(params: dict[str, Any], body_open: bool) -> tuple:
    sentence = _("A language model from outside (%(name)s) also compares both texts.")
    return _("Language model"), sentence % {"name": params["name"]}, (), ()


def _hub(params: dict[str, Any], body_open: bool) -> tuple:
    return _("Fits many"), _("This record is close to many needs alike, which counts a little less here."), (), ()


def _chance(params: dict[str, Any], body_open: bool) -> tuple:
    return _("Zero point"), _("What any record would get is taken off, so that the lines add up to the score."), (), ()


def _field(params: dict[str, Any], body_open: bool) -> tuple:
    need, target = label("HNTE8", params["need"]), label("HNTE8", params["target"])
    sentence = {
        2: _("Same technical field: %(need)s."),
        1: _("Neighbouring technical fields: need %(need)s, offer %(target)s."),
        0: _("Different technical fields: need %(need)s, offer %(target)s."),
    }[params["level"]]
    return _("Technical field"), sentence % {"need": need, "target": target}, (), ()


def _industry(params: dict[str, Any], body_open: bool) -> tuple:
    need, target = label("GB4754", params["need"]), label("GB4754", params["target"])
    sentence = {
        2: _("The industry of the need (%(need)s) is among the applications."),
        1: _("The applications lie near the industry of the need (%(need)s)."),
        0: _("The industry of the need (%(need)s) is not among the applications (%(target)s)."),
    }[params["level"]]
    return _("Industry"), sentence % {"need": need, "target": target}, (), ()


def _maturity(params: dict[str, Any], body_open: bool) -> tuple:
    need, target = params["need"], params["target"]
    if target >= need:
        sentence = _("Mature enough: level %(target)s, level %(need)s is expected.")
    else:
        sentence = ngettext(
            "One readiness level short: level %(target)s, level %(need)s is expected.",
            "%(gap)s readiness levels short: level %(target)s, level %(need)s is expected.",
            need - target,
        )
    return _("Maturity"), sentence % {"need": need, "target": target, "gap": need - target}, (), ()


def _deadline(params: dict[str, Any], body_open: bool) -> tuple:
    sentence = _("The missing maturity needs about %(required)s months, the need leaves %(months)s.")
    return _("Time"), sentence % {"required": round(params["required"]), "months": params["months"]}, (), ()


def _modes(params: dict[str, Any], body_open: bool) -> tuple:
    common = params["common"]
    if not common:
        return _("Cooperation"), _("No way of cooperation in common."), (), ()
    if list(common) == ["open"]:
        return _("Cooperation"), _("The way of cooperation is open to talks."), (), ()
    return _("Cooperation"), _("Ways of cooperation in common: %(modes)s.") % {
        "modes": "、".join(labels("COOP_MODE", list(common)))
    }, (), ()  # fmt: skip


def _budget(params: dict[str, Any], body_open: bool) -> tuple:
    need, target = label("PRICE_BAND", params["need"]), label("PRICE_BAND", params["target"])
    within = params["need"] >= params["target"]
    sentence = (
        _("The price (%(target)s) lies within the budget (%(need)s).")
        if within
        else _("The price (%(target)s) lies above the budget (%(need)s).")
    )
    return _("Money"), sentence % {"need": need, "target": target}, (), ()


def _region(params: dict[str, Any], body_open: bool) -> tuple:
    sentence = {
        2: _("Same region: %(need)s."),
        1: _("Same province: %(need)s and %(target)s."),
        0: _("Different regions: %(need)s and %(target)s."),
    }[params["level"]]
    return _("Region"), sentence % {
        "need": region_label(params["need"]), "target": region_label(params["target"])
    }, (), ()  # fmt: skip


def _indicators(params: dict[str, Any], body_open: bool) -> tuple:
    sentence = _("Indicators: %(met)s met, %(missed)s missed, %(unknown)s not stated.") % {
        "met": params.get("met", 0),
        "missed": params.get("missed", 0),
        "unknown": params.get("unknown", 0),
    }
    keys = ("name", "outcome", "wanted", "offered", "must")
    rows = tuple(dict(zip(keys, line, strict=True)) for line in params.get("lines", ()))
    return _("Indicators"), sentence, (), rows


_SENTENCES = {
    "text": _text,
    "missing_terms": _missing,
    "related": _related,
    "outside": _outside,
    "hub": _hub,
    "chance": _chance,
    "field": _field,
    "industry": _industry,
    "maturity": _maturity,
    "deadline": _deadline,
    "modes": _modes,
    "budget": _budget,
    "region": _region,
    "indicators": _indicators,
}
