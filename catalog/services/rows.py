"""How an achievement is laid out over its tables: public row, protected body, and the rows below it.

`data` of the services names the columns of both halves; everything below comes as separate sequences:
indicators, ip_items and honours as dicts of their columns, completing_units as organisations in their order,
completers as dicts {"name", "organisation"?, "user"?} in their order.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from catalog.models import (
    Achievement,
    AchievementBody,
    AchievementIndicator,
    Completer,
    CompletingUnit,
    Honour,
    IPItem,
)
from matchmaking.accounts.models import Organisation
from matchmaking.common.search import search_vector
from matchmaking.programmes.models import Visibility
from matchmaking.vocabularies.selectors import maturity_of

PUBLIC_FIELDS = (
    "title", "summary", "problem_solved", "key_points", "applications", "application_text", "tech_field", "sei",
    "discipline", "keywords", "trl", "maturity", "source", "grant_no", "ownership", "ownership_note", "rights_pilot",
    "separate_mgmt", "coop_modes", "price_band", "needs_from_partner", "references", "awards", "benefit", "visibility",
)  # fmt: skip
BODY_FIELDS = (
    "price_fen", "finance_stage", "finance_amount_fen", "trl_evidence", "contact", "secrecy_declared", "unit_opinion",
    "unit_opinion_by", "unit_opinion_on",
)  # fmt: skip
# What the engine compares. A change of one of these lets a refused match be proposed again.
READ_BY_ENGINE = (
    "title", "summary", "problem_solved", "key_points", "keywords", "applications", "application_text", "tech_field",
    "discipline", "trl", "coop_modes", "price_band",
)  # fmt: skip
HONOUR_FIELDS = ("kind", "name", "level", "body", "year")
INDICATOR_FIELDS = ("name", "operator", "value", "value_high", "unit", "text", "condition", "evidence")

Rows = Iterable[Mapping[str, Any]]


def split_data(data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return (columns of the public row, columns of the body). Raises TypeError for a name that is neither.

    The maturity word follows from the readiness level unless it is given.
    """
    unknown = set(data) - set(PUBLIC_FIELDS) - set(BODY_FIELDS)
    if unknown:
        raise TypeError(f"not fields of an achievement: {sorted(unknown)}")
    public = {name: data[name] for name in PUBLIC_FIELDS if name in data}
    if "trl" in public and not public.get("maturity"):
        public["maturity"] = maturity_of(public["trl"]) if public["trl"] else ""
    return public, {name: data[name] for name in BODY_FIELDS if name in data}


def text_for_search(achievement: Achievement, units: Iterable[Organisation], people: Iterable[str]) -> Any:
    """Return the search vector expression. A hidden owner is not found by the names of its units and people."""
    named = [] if achievement.visibility == Visibility.HIDDEN_OWNER else [*(unit.name for unit in units), *people]
    return search_vector(
        {
            "A": achievement.title,
            "B": " ".join(achievement.keywords),
            "C": f"{achievement.summary}\n{achievement.problem_solved}",
            "D": "\n".join([achievement.key_points, achievement.application_text, *named]),
        }
    )


def indicator_rows(achievement: Achievement, rows: Rows) -> list[AchievementIndicator]:
    return [AchievementIndicator(achievement=achievement, position=n, **row) for n, row in enumerate(rows, 1)]


def ip_rows(achievement: Achievement, rows: Rows) -> list[IPItem]:
    return [IPItem(achievement=achievement, **row) for row in rows]


def honour_rows(achievement: Achievement, rows: Rows) -> list[Honour]:
    return [Honour(achievement=achievement, position=n, **row) for n, row in enumerate(rows, 1)]


def unit_rows(achievement: Achievement, units: Sequence[Organisation]) -> list[CompletingUnit]:
    """One row for each organisation in its order; a unit that is named twice counts once."""
    once = {unit.pk: unit for unit in units}.values()
    return [CompletingUnit(achievement=achievement, organisation=unit, position=n) for n, unit in enumerate(once, 1)]


def completer_rows(achievement: Achievement, rows: Rows) -> list[Completer]:
    return [Completer(achievement=achievement, position=n, **row) for n, row in enumerate(rows, 1)]


def new_body(achievement: Achievement, owner: Organisation, created_by: Any, data: Mapping[str, Any]) -> Any:
    return AchievementBody(achievement=achievement, owner=owner, created_by=created_by, **data)
