"""What goes into the engine and what comes out of it: frozen values, no behaviour that depends on anything
else.

An empty field means "not stated": the signal that reads it is absent, never bad. Codes are opaque
hierarchical strings (HNTE8 level 2 as four digits, GB/T 4754 divisions as two, GB/T 2260 regions as two to
six); the tables behind them are data of the platform and never known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Operator = Literal["ge", "le", "gt", "lt", "eq", "between", "text"]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One line of a list of indicators: `name operator value unit`, or free text under the operator
    "text"."""

    name: str
    operator: Operator = "text"
    value: Decimal | None = None
    value_high: Decimal | None = None
    unit: str = ""
    text: str = ""
    must: bool = True


@dataclass(frozen=True, slots=True)
class NeedProfile:
    """A technical need. `key` is its public number; `owner` the credit code of the enterprise behind it."""

    key: str
    title: str
    goal: str = ""
    indicators: tuple[Indicator, ...] = ()
    keywords: tuple[str, ...] = ()
    problem: str = ""
    background: str = ""
    chain: tuple[str, ...] = ()
    tech_field: str = ""
    industry: str = ""
    trl: int | None = None
    region: str = ""
    coop_modes: tuple[str, ...] = ()
    budget_band: str = ""
    due_months: int | None = None
    owner: str = ""


@dataclass(frozen=True, slots=True)
class OfferProfile:
    """An achievement. `applications` are industry codes, `units` the credit codes of those who completed
    it."""

    key: str
    title: str
    summary: str = ""
    key_points: str = ""
    problem_solved: str = ""
    keywords: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()
    application_text: str = ""
    indicators: tuple[Indicator, ...] = ()
    tech_field: str = ""
    discipline: str = ""
    trl: int | None = None
    region: str = ""
    coop_modes: tuple[str, ...] = ()
    price_band: str = ""
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpertProfile:
    """An expert is what he has written: one text a document (directions, works, projects), never joined.

    `regions` are the regions served, `units` the credit codes of the employers, `conflicts` those declared.
    """

    key: str
    documents: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()


Target = OfferProfile | ExpertProfile


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence taken word for word from a record, with the name of the profile field it stands in.

    The field lets the reader of a reason hide what this viewer may not see.
    """

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of an explanation, free of language: a signal, what it adds to the score, and codes and
    numbers.

    The contributions of a candidate's reasons add up to its score within 1e-9. `params` holds strings,
    numbers, None and (nested) tuples of them only; which names each signal uses is said at the signal.
    """

    signal: str
    contribution: float
    params: Mapping[str, object] = field(default_factory=dict)
    need_quotes: tuple[Quote, ...] = ()
    offer_quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A target for a need. `score` lies in [0, 1] and depends on this pair, the statistics and the policy
    alone.

    `rank` counts from 1 (0: a pair that was scored without being ranked). `probability` stays None until a
    calibration exists. `excluded` names the hard constraint a named pair breaks; ranked candidates never have
    one.
    """

    target: str
    rank: int
    score: float
    above_floor: bool
    reasons: tuple[Reason, ...] = ()
    probability: float | None = None
    excluded: str = ""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The candidates of one need, best first; when none is above the floor, `empty_reason` says why.

    `excluded` counts the targets that a hard constraint kept out, by constraint.
    """

    need: str
    candidates: tuple[Candidate, ...] = ()
    empty_reason: str = ""
    excluded: Mapping[str, int] = field(default_factory=dict)
