"""What a need must hold before it may be handed in, and what may never stand in it.

All functions take plain values (a form's cleaned data or a stored record's fields) and return {field: sentence}, so
that the form, the service and the owner's page say the same thing in the same words. Contact data are named
`contact_<part>`, a cell of an indicator row `indicators-<place>-<field>`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import Organisation
from matchmaking.accounts.names import is_named_in, recognisable
from matchmaking.common.indicators import Operator
from matchmaking.common.marks import MARKED, secret_mark
from matchmaking.programmes.models import Visibility
from needs.models import NeedBody, NeedIndicator, TechNeed

Values = Mapping[str, Any]
Problems = dict[str, Any]

ROW_FIELDS = (
    "title", "need_kind", "tech_field", "industry", "target_trl", "coop_modes", "budget_band", "open_competition",
    "due_months", "open_until", "visibility",
)  # fmt: skip
# What an application scenario says besides: the place it opens and on what conditions. All of it is needed to submit.
SCENARIO_FIELDS = ("site", "scale", "open_data", "trial_window", "support_offered", "access_conditions")
BODY_FIELDS = (
    "background", "problem", "goal", "tried", "basis", "chain_link", "chokepoint", "import_substitution",
    "national_project", "budget_fen", "eligibility", "ip_terms", "ip_terms_note", "wished_partners", "contact",
    *SCENARIO_FIELDS,
)  # fmt: skip
INDICATOR_FIELDS = ("name", "operator", "value", "value_high", "unit", "text", "now", "must")
REQUIRED = (
    "title", "need_kind", "background", "problem", "goal", "basis", "tech_field", "industry", "coop_modes",
    "budget_band", "due_months", "ip_terms", "open_until", "visibility",
)  # fmt: skip
# Everything a person writes in words; searched for the owner's name and for marks of state secrets.
PROSE = (
    "title", "background", "problem", "goal", "tried", "basis", "chain_link", "eligibility", "ip_terms_note",
    "wished_partners", *SCENARIO_FIELDS,
)  # fmt: skip
_INDICATOR_PROSE = ("name", "unit", "text", "now")
SCENARIO = "scenario"


def values_of(need: TechNeed, body: NeedBody) -> dict[str, Any]:
    """Return the stored fields of both halves of a need."""
    return {name: getattr(need, name) for name in ROW_FIELDS} | {name: getattr(body, name) for name in BODY_FIELDS}


def contact_of(body: NeedBody) -> dict[str, str]:
    """Return the decrypted contact data; only for the owner's pages and for the two sides once contact is open."""
    return cast("dict[str, str]", body.contact or {})


def indicator_values(rows: Iterable[NeedIndicator]) -> list[dict[str, Any]]:
    """Return stored indicator rows as plain values."""
    return [{name: getattr(row, name) for name in INDICATOR_FIELDS} for row in rows]


def is_quantified(indicator: Values) -> bool:
    """Whether the indicator can be measured: an operator with a number."""
    return indicator.get("operator") != Operator.TEXT and indicator.get("value") is not None


def missing(values: Values, indicators: Iterable[Values]) -> Problems:
    """Return what is still missing before the need may be handed in (records.md §3.3: R and r)."""
    scenario = values.get("need_kind") == SCENARIO
    required = (*REQUIRED, *SCENARIO_FIELDS) if scenario else REQUIRED
    found: Problems = {name: _("Please fill this in before submitting.") for name in required if not values.get(name)}
    if values.get("open_competition") and not values.get("eligibility"):
        found["eligibility"] = _("An open competition needs conditions for the answering side.")
    if values.get("open_until") and values["open_until"] <= timezone.localdate():
        found["open_until"] = _("This date has passed; please give a day after today.")
    contact = values.get("contact") or {}
    if not contact.get("name"):
        found["contact_name"] = _("Please name a contact person.")
    if not contact.get("phone") and not contact.get("email"):
        found["contact_phone"] = _("Please give a telephone number or an e-mail address.")
    if not scenario and not any(is_quantified(row) for row in indicators):
        found["indicators"] = _("Please give at least one indicator with a number, for example: service life ≥ 500 h.")
    return found


def names_owner(values: Values, indicators: Iterable[Values], owner: Organisation) -> Problems:
    """Return the fields of a need with a hidden owner in which the owner can be recognised by name, alias or code."""
    if values.get("visibility") != Visibility.HIDDEN_OWNER:
        return {}
    names = recognisable(owner)
    sentence = _("The owner of this need is hidden, but this text names your organisation. Please write “our company”.")
    return {field: sentence for field, text in prose(values, indicators) if is_named_in(text, names)}


def secret_marks(values: Values, indicators: Iterable[Values]) -> Problems:
    """Return the fields that carry a mark of a state secret. Such text must not be stored here at all."""
    return {field: MARKED % {"mark": mark} for field, text in prose(values, indicators) if (mark := secret_mark(text))}


def prose(values: Values, indicators: Iterable[Values]) -> list[tuple[str, str]]:
    """Return (field, text) of everything that is written in words, indicator cells included."""
    written = [(name, values[name]) for name in PROSE if values.get(name)]
    contact = values.get("contact") or {}
    if contact.get("position"):
        written.append(("contact_position", contact["position"]))
    for place, row in enumerate(indicators):
        written += [(f"indicators-{place}-{name}", row[name]) for name in _INDICATOR_PROSE if row.get(name)]
    return written
