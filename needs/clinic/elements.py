"""The six elements of a need that can be answered: what state each is in, why, and what to add.

Pure functions over plain values (a form's or a stored record's fields, as in `needs.completeness`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from needs.completeness import SCENARIO, is_quantified

MISSING, WEAK, GOOD = "missing", "weak", "good"
PROBLEM, INDICATORS, DEADLINE, IP, FUNDS, CONDITIONS = "problem", "indicators", "deadline", "ip", "funds", "conditions"
NAMES = {
    PROBLEM: gettext_lazy("Problem"),
    INDICATORS: gettext_lazy("Quantified indicators"),
    DEADLINE: gettext_lazy("Deadline"),
    IP: gettext_lazy("IP wish"),
    FUNDS: gettext_lazy("Funds"),
    CONDITIONS: gettext_lazy("Terms of working together"),
}
# The field of the form at which each element is mended.
FIELDS = {PROBLEM: "problem", INDICATORS: "indicators", DEADLINE: "due_months", IP: "ip_terms", FUNDS: "budget_band",
          CONDITIONS: "coop_modes"}  # fmt: skip
_SHORT_PROBLEM, _ENOUGH_PROBLEM, _SHORT_BASIS = 20, 80, 10
_DOUBTFUL_MONTHS = 3
_TO_BE_NEGOTIATED_BAND, _TO_BE_NEGOTIATED_IP = "b0", "negotiate"
_FAULT = re.compile(
    r"不[能稳良均够足合好到准清上下住断行]|无法|难以|容易|经常|总是|老是|裂|断|漏|堵|烂|坏|脆|偏|抖|磨损|失效|超标|报废|返工|退货|投诉|停机|波动|误[差报检]|缺陷|瓶颈"
    r"|太[慢高低大贵长短]|[慢贵]|低于|高于|达不到|跟不上|依赖|卡|只有|仅"
)

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Element:
    """One element: `state` is missing, weak or good; `reason` and `advice` are sentences (no advice when good)."""

    key: str
    state: str
    reason: str
    advice: str = ""

    @property
    def name(self) -> str:
        return str(NAMES[self.key])

    @property
    def field(self) -> str:
        return FIELDS[self.key]


def measure(values: Values, rows: Sequence[Values], *, unread: int = 0, today: date) -> list[Element]:
    """Return the six elements in their order. `unread` counts the figures of the text that are no rows yet."""
    return [
        _problem(values),
        _indicators(values, rows, unread),
        _deadline(values, today),
        _ip(values),
        _funds(values),
        _conditions(values),
    ]


def _problem(values: Values) -> Element:
    text = (values.get("problem") or "").strip()
    if len(text) < _SHORT_PROBLEM:
        return Element(PROBLEM, MISSING, _("What goes wrong today is hardly said."), _(
            "Write what you do today, where it fails, how often, and since when."))  # fmt: skip
    lacks = []
    if len(text) < _ENOUGH_PROBLEM:
        lacks.append(_("where in the process it happens and what it depends on"))
    if not re.search(r"[\d零一二三四五六七八九十百千万半]", text):
        lacks.append(_("a number: how often, how much, at which temperature or speed"))
    if not _FAULT.search(text):
        lacks.append(_("what fails or falls short"))
    if not (values.get("tried") or "").strip():
        lacks.append(_("what you have tried already"))
    if len(lacks) > 1:
        return Element(PROBLEM, WEAK, _("A specialist could not yet tell the cause from this text."),
                       _("Add %(what)s.") % {"what": _listed(lacks)})  # fmt: skip
    reason = ngettext("The problem is described in one character.", "The problem is described in %(count)d characters.",
                      len(text)) % {"count": len(text)}  # fmt: skip
    return Element(PROBLEM, GOOD, reason)


def _indicators(values: Values, rows: Sequence[Values], unread: int) -> Element:
    measured = [row for row in rows if is_quantified(row)]
    waiting = ngettext(
        "The text holds a figure that is no row yet.", "The text holds %(count)d figures that are no rows yet.", unread
    ) % {"count": unread}
    if not measured:
        if values.get("need_kind") == SCENARIO:
            return Element(INDICATORS, GOOD, _("A scenario may do without indicators."))
        if unread:
            return Element(INDICATORS, MISSING, waiting, _("Let them be read out of the text and confirm them."))
        if rows:
            return Element(INDICATORS, WEAK, _("No indicator has a number."), _(
                "Give at least one a number and a unit, for example: service life ≥ 500 h."))  # fmt: skip
        return Element(INDICATORS, MISSING, _("There is no indicator."), _(
            "Say what the answer is measured by, for example: service life ≥ 500 h, today 320 h."))  # fmt: skip
    without_today = [row for row in measured if not row.get("now")]
    if unread:
        return Element(INDICATORS, WEAK, waiting, _("Let them be read out of the text and confirm them."))
    if len(without_today) == len(measured):
        return Element(INDICATORS, WEAK, _("No indicator says where you stand today."), _(
            "Add today's value: it tells a team how long the way is."))  # fmt: skip
    reason = ngettext("One indicator has a number.", "%(count)d indicators have a number.", len(measured))
    return Element(INDICATORS, GOOD, reason % {"count": len(measured)})


def _deadline(values: Values, today: date) -> Element:
    months, until = values.get("due_months"), values.get("open_until")
    if not months:
        return Element(DEADLINE, MISSING, _("It is not said by when the answer must be finished."), _(
            "Give the months from the contract on; maturity is weighed against them."))  # fmt: skip
    if until and until <= today:
        return Element(DEADLINE, WEAK, _("The day until which you take answers has passed."), _("Set a later day."))
    if months < _DOUBTFUL_MONTHS:
        return Element(DEADLINE, WEAK, _("So short a time suits finished products only."), _(
            "Give at least three months if anything is to be developed."))  # fmt: skip
    if not until:
        return Element(DEADLINE, WEAK, _("It is not said until when you take answers."), _("Set the closing date."))
    reason = ngettext("To be finished within one month.", "To be finished within %(count)d months.", months)
    return Element(DEADLINE, GOOD, reason % {"count": months})


def _ip(values: Values) -> Element:
    terms = values.get("ip_terms")
    if not terms:
        return Element(IP, MISSING, _("It is not said who shall own the result."), _(
            "Choose the IP terms; universities ask about them first."))  # fmt: skip
    if terms == _TO_BE_NEGOTIATED_IP and not (values.get("ip_terms_note") or "").strip():
        advice = _("Write in the note what you need at least, for example: sole use in our industry for five years.")
        return Element(IP, WEAK, _("“To be negotiated” leaves open what you cannot do without."), advice)
    return Element(IP, GOOD, _("It is said who shall own the result."))


def _funds(values: Values) -> Element:
    band = values.get("budget_band")
    if not band:
        return Element(FUNDS, MISSING, _("It is not said what you are ready to spend."), _("Choose a budget band."))
    if band == _TO_BE_NEGOTIATED_BAND:
        return Element(FUNDS, WEAK, _("“To be negotiated” cannot be compared with any price."), _(
            "Choose the band in which you would sign; the exact amount stays hidden."))  # fmt: skip
    return Element(FUNDS, GOOD, _("A budget band is given."))


def _conditions(values: Values) -> Element:
    modes = bool(values.get("coop_modes"))
    basis = len((values.get("basis") or "").strip()) >= _SHORT_BASIS
    level = bool(values.get("target_trl"))
    asked = {"eligibility": values.get("open_competition"), "access_conditions": values.get("need_kind") == SCENARIO}
    rules = all((values.get(name) or "").strip() for name, needed in asked.items() if needed)
    if not modes and not basis:
        return Element(CONDITIONS, MISSING, _("A team cannot tell how you would work together."), _(
            "Choose the ways of cooperation and write what you bring: equipment, material, people."))  # fmt: skip
    lacks = []
    if not modes:
        lacks.append(_("the ways of cooperation you accept"))
    if not basis:
        lacks.append(_("what you bring: equipment, material, people"))
    if not level:
        lacks.append(_("the readiness level you expect"))
    if not rules:
        lacks.append(_("who may answer"))
    if lacks:
        return Element(CONDITIONS, WEAK, _("A team does not know yet whether it fits."),
                       _("Add %(what)s.") % {"what": _listed(lacks)})  # fmt: skip
    return Element(CONDITIONS, GOOD, _("A team can tell whether it fits."))


def _listed(parts: Sequence[str]) -> str:
    return _("; ").join(parts)
