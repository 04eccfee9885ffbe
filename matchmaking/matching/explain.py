"""From the engine's language-free reasons to sentences an officer can defend, in the reader's language.

What a reader may not see is never told through an explanation (reliability rule 24). Who may read both texts reads
every line with its points. Anybody else reads in words what the public rows of both records say of each other, and no
points at all: a number that moves with a word would tell whether that word stands in the text that is closed to him.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from matchmaking.matching.telling import telling
from matchmaking.vocabularies.selectors import label, labels, region_label

FOR, AGAINST, CAUTION, NEUTRAL = "for", "against", "caution", "neutral"
# Signals that compare facts of the public rows; every other one is made of the texts.
OF_PUBLIC_ROWS = {"field", "industry", "maturity", "deadline", "modes", "budget", "region"}
# Lines about how points are counted, which say nothing of the two records that somebody could know better.
_COUNTING = {"chance", "hub", "learned"}
# What the engine makes of the two texts as such; together they say how much alike these are.
_OF_TEXTS = {"text", "related", "outside", "second", "hub", "chance"}
# From here on two texts speak of the same things by themselves. Read off the sample data (docs/matching.md): 5 % of the
# pairs that are not proposed come over .39.
ALIKE = 0.36


@dataclass(frozen=True)
class Line:
    """One reason as shown: what it says, for or against, its share of the score (0 to 1; None where it is not open),
    the shared wordings with what each adds, and what is quoted."""

    signal: str
    name: str
    sentence: str
    stance: str
    contribution: float | None
    terms: tuple[str, ...] = ()
    parts: tuple[tuple[str, float], ...] = ()
    need_quotes: tuple[dict[str, str], ...] = ()
    offer_quotes: tuple[dict[str, str], ...] = ()
    indicators: tuple[dict[str, Any], ...] = field(default_factory=tuple)

    @property
    def is_claim(self) -> bool:
        """It says something of the two records, so it may be disputed."""
        return self.signal not in _COUNTING


@dataclass(frozen=True)
class Said:
    """What one signal says: its name and sentence, wordings with what each adds, and rows of indicators."""

    name: str
    sentence: str
    parts: tuple[tuple[str, float], ...] = ()
    terms: tuple[str, ...] = ()
    rows: tuple[dict[str, Any], ...] = ()


def lines(
    reasons: Iterable[Mapping[str, Any]],
    *,
    body_open: bool,
    target_open: bool = True,
    need_open: bool | None = None,
    strong: bool = False,
    among: Iterable[Mapping[str, Any]] | None = None,
) -> list[Line]:
    """Return the reasons of a candidate or match as lines, in the engine's order.

    `need_open`: the public row of the need is open to the reader; it is wherever its body is. `strong`: the pair is one
    that would be proposed. `among`: all reasons of the pair, where `reasons` are only some of them: what is said of the
    wording depends on the others.
    """
    reasons = list(reasons)
    if body_open and target_open:
        alike = strong or are_alike(reasons if among is None else among)
        return [line for reason in reasons if (line := _line(reason, alike)).signal != "missing_terms" or line.terms]
    if not target_open or not (body_open or need_open):
        return []
    return [_public_fact(reason) for reason in reasons if reason["signal"] in OF_PUBLIC_ROWS]


def are_alike(reasons: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the two texts speak of the same things by themselves, by all reasons of a pair: what any record would get
    is taken off from what they share."""
    return bool(sum(reason["contribution"] for reason in reasons if reason["signal"] in _OF_TEXTS) >= ALIKE)


def shared_terms(reasons: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the wordings both texts share, strongest first, to be marked in both."""
    shared = [term for reason in reasons if reason["signal"] == "text" for term, _weight in reason["params"]["terms"]]
    return list(telling(shared))


def carrying_sentences(lines: Iterable[Line]) -> tuple[list[str], list[str]]:
    """The sentences of the need and of the other text that carry the match, to be lifted out in both."""
    lines = list(lines)
    return (
        [quote["text"] for line in lines for quote in line.need_quotes],
        [quote["text"] for line in lines for quote in line.offer_quotes if line.signal != "limits"],
    )


def _public_fact(reason: Mapping[str, Any]) -> Line:
    """A line for a reader who may read both public rows and not both texts: of their wording nothing is said."""
    signal, contribution = reason["signal"], reason["contribution"]
    said = _SAY[signal](reason["params"], contribution)
    return Line(signal, said.name, said.sentence, _stance(signal, reason["params"], contribution), None)


def _line(reason: Mapping[str, Any], alike: bool) -> Line:
    signal, params, contribution = reason["signal"], reason["params"], reason["contribution"]
    said = _SAY.get(signal, _unknown)(params, contribution)
    line = Line(
        signal,
        said.name,
        said.sentence,
        _stance(signal, params, contribution),
        contribution,
        said.terms,
        said.parts,
        tuple(reason["need_quotes"]),
        tuple(reason["offer_quotes"]),
        said.rows,
    )
    if signal == "text" and not params["terms"]:
        return replace(line, stance=CAUTION, need_quotes=(), offer_quotes=())
    return line if alike else _toned_down(line)


def _toned_down(line: Line) -> Line:
    """What is said of the wording of a pair whose texts are not much alike: a few shared words are no reason."""
    if line.signal == "text":
        sentence = _("Some wording is shared, but on the whole the two texts have too little in common.")
        return replace(line, sentence=sentence, stance=CAUTION)
    if line.signal == "related" and line.stance == FOR:
        sentence = _("Some wordings go together without being the same; that alone says little.")
        return replace(line, sentence=sentence, stance=NEUTRAL)
    return line


def _stance(signal: str, params: Mapping[str, Any], contribution: float) -> str:
    """For or against by what the line says; a shortfall that still scores a little is a caution, not a tick."""
    short = (
        (signal == "maturity" and params["target"] < params["need"])
        or (signal == "budget" and params["target"] > params["need"])
        or (signal in ("field", "industry") and params["level"] == 0)
        or (signal == "indicators" and params.get("missed", 0) > 0)
    )
    if signal in ("chance", "hub"):
        return NEUTRAL
    if signal in ("limits", "missing_terms"):
        return CAUTION
    if short:
        return AGAINST if contribution <= 0 else CAUTION
    if signal == "indicators" and not params.get("met", 0):
        return CAUTION  # none missed, but none known to be met either
    return NEUTRAL if abs(contribution) < 1e-9 else FOR if contribution > 0 else AGAINST


def _text(params: Mapping[str, Any], contribution: float) -> Said:
    parts = tuple((term, weight) for term, weight in params["terms"])
    terms = telling(term for term, _weight in parts)
    further = params.get("further", 0)
    if params.get("rest") and further:
        others = ngettext("%(count)s further shared wording, and single characters",
                          "%(count)s further shared wordings, and single characters", further)  # fmt: skip
        parts = (*parts, (others % {"count": further}, params["rest"]))
    elif params.get("rest"):
        rest = _("other shared wording") if parts else _("single characters and words of every record")
        parts = (*parts, (rest, params["rest"]))
    if not params["terms"]:
        return Said(_("Wording"), _("Only single characters and words of every record are shared."), parts, terms)
    return Said(_("Wording"), _("Both sides speak of the same things."), parts, terms)


def _missing(params: Mapping[str, Any], contribution: float) -> Said:
    sentence = _("The need also asks for this; the other text may say it in other words.")
    return Said(_("Not mentioned word for word"), sentence, terms=telling(params["terms"]))


def _limits(params: Mapping[str, Any], contribution: float) -> Said:
    return Said(_("Limits it states itself"), _("The offer itself says where it does not apply or what is still open."))


def _related(params: Mapping[str, Any], contribution: float) -> Said:
    if contribution < 0:
        return Said(_("Related wording"), _("Beyond the shared words, the two texts are about different things."))
    sentence = _("The texts also use wordings that go together without being the same.")
    return Said(_("Related wording"), sentence)


def _outside(params: Mapping[str, Any], contribution: float) -> Said:
    sentence = _("A language model from outside (%(name)s) also compares both texts.")
    return Said(_("Language model"), sentence % {"name": params["name"]})


def _learned(params: Mapping[str, Any], contribution: float) -> Said:
    sentence = _("What people said of earlier matches moves this pair up or down.")
    return Said(_("Learned from grades"), sentence)


def _unknown(params: Mapping[str, Any], contribution: float) -> Said:
    return Said(_("Another part"), _("A further part of the comparison, for which there are no words yet."))


def _second(params: Mapping[str, Any], contribution: float) -> Said:
    sentence = _("A language model from outside (%(name)s) has read both texts together.")
    return Said(_("Second reading"), sentence % {"name": params["name"]})


def _hub(params: Mapping[str, Any], contribution: float) -> Said:
    if contribution > 0:
        sentence = _("Records that are close to few needs count a little more here.")
    else:
        sentence = _(
            "Records that are close to many needs count less here, so that not the same ones stand everywhere."
        )
    return Said(_("Adjusted for breadth"), sentence)


def _chance(params: Mapping[str, Any], contribution: float) -> Said:
    if contribution > 0:
        sentence = _("The texts have less in common than usual. No pair falls below zero, which is made up for here.")
    else:
        sentence = _("What any record would get is taken off, so that the lines add up to the score.")
    return Said(_("Zero point"), sentence)


def _field(params: Mapping[str, Any], contribution: float) -> Said:
    need, target = label("HNTE8", params["need"]), label("HNTE8", params["target"])
    sentence = {
        2: _("Same technical field: %(need)s."),
        1: _("Neighbouring technical fields: need %(need)s, offer %(target)s."),
        0: _("Different technical fields: need %(need)s, offer %(target)s."),
    }[params["level"]]
    return Said(_("Technical field"), sentence % {"need": need, "target": target})


def _industry(params: Mapping[str, Any], contribution: float) -> Said:
    need, target = label("GB4754", params["need"]), label("GB4754", params["target"])
    sentence = {
        2: _("The industry of the need (%(need)s) is among the applications."),
        1: _("The applications lie near the industry of the need (%(need)s)."),
        0: _("The industry of the need (%(need)s) is not among the applications (%(target)s)."),
    }[params["level"]]
    return Said(_("Industry"), sentence % {"need": need, "target": target})


def _maturity(params: Mapping[str, Any], contribution: float) -> Said:
    need, target = params["need"], params["target"]
    if target >= need:
        sentence = _("Mature enough: level %(target)s, level %(need)s is expected.")
    else:
        sentence = ngettext(
            "One readiness level short: level %(target)s, level %(need)s is expected.",
            "%(gap)s readiness levels short: level %(target)s, level %(need)s is expected.",
            need - target,
        )
    return Said(_("Maturity"), sentence % {"need": need, "target": target, "gap": need - target})


def _deadline(params: Mapping[str, Any], contribution: float) -> Said:
    sentence = _("The missing maturity needs about %(required)s months, the need leaves %(months)s.")
    return Said(_("Time"), sentence % {"required": round(params["required"]), "months": params["months"]})


def _modes(params: Mapping[str, Any], contribution: float) -> Said:
    common = params["common"]
    if not common:
        return Said(_("Cooperation"), _("No way of cooperation in common."))
    if list(common) == ["open"]:
        return Said(_("Cooperation"), _("The way of cooperation is open to talks."))
    named = {"modes": "、".join(labels("COOP_MODE", list(common)))}
    return Said(_("Cooperation"), _("Ways of cooperation in common: %(modes)s.") % named)


def _budget(params: Mapping[str, Any], contribution: float) -> Said:
    need, target = label("PRICE_BAND", params["need"]), label("PRICE_BAND", params["target"])
    within = params["need"] >= params["target"]
    sentence = (
        _("The price (%(target)s) lies within the budget (%(need)s).")
        if within
        else _("The price (%(target)s) lies above the budget (%(need)s).")
    )
    return Said(_("Money"), sentence % {"need": need, "target": target})


def _region(params: Mapping[str, Any], contribution: float) -> Said:
    sentence = {
        2: _("Same region: %(need)s."),
        1: _("Same province: %(need)s and %(target)s."),
        0: _("Different regions: %(need)s and %(target)s."),
    }[params["level"]]
    places = {"need": region_label(params["need"]), "target": region_label(params["target"])}
    return Said(_("Region"), sentence % places)


def _indicators(params: Mapping[str, Any], contribution: float) -> Said:
    keys = ("name", "outcome", "wanted", "offered", "must")
    rows = tuple(dict(zip(keys, line, strict=True)) for line in params.get("lines", ()))
    by_hand = sum(row["outcome"] == "unknown" and bool(row["offered"]) for row in rows)
    counts = (
        (params.get("met", 0), _("%(n)s met")),
        (params.get("missed", 0), _("%(n)s missed")),
        (by_hand, _("%(n)s to be compared by hand")),
        (params.get("unknown", 0) - by_hand, _("%(n)s not stated")),
    )
    said = [text % {"n": number} for number, text in counts if number]
    sentence = _("Indicators: %(counts)s.") % {"counts": pgettext("between counts", ", ").join(said)}
    return Said(_("Indicators"), sentence, rows=rows)


_SAY: dict[str, Callable[[Mapping[str, Any], float], Said]] = {
    "text": _text,
    "missing_terms": _missing,
    "limits": _limits,
    "related": _related,
    "outside": _outside,
    "second": _second,
    "hub": _hub,
    "chance": _chance,
    "learned": _learned,
    "field": _field,
    "industry": _industry,
    "maturity": _maturity,
    "deadline": _deadline,
    "modes": _modes,
    "budget": _budget,
    "region": _region,
    "indicators": _indicators,
}
