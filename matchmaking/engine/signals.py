"""The structural signals: what the codes of the two records say beside their words.

Every signal has one shape: it reads a small key from the need and one from the target and compares the two
keys to a fit in [-1, 1], with the codes that explain it. A key of None means "not stated", and the signal is
absent. Keys repeat across records, so an index compares each pair of different keys once and looks the rest
up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from matchmaking.engine.policy import Policy
from matchmaking.engine.types import ExpertProfile, NeedProfile, Target


@dataclass(frozen=True, slots=True)
class Fit:
    """A fit in [-1, 1] and the language-free codes and numbers behind it."""

    value: float
    params: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Signal:
    """One structural signal; `name` is also its weight in the policy. Keys are hashable or None."""

    name: str
    need_key: Callable[[NeedProfile], Any]
    target_key: Callable[[Target], Any]
    compare: Callable[[Any, Any, Policy], Fit | None]


def _fields(target: Target) -> tuple[str, ...] | None:
    if isinstance(target, ExpertProfile):
        return target.fields or None
    return (target.tech_field,) if target.tech_field else None


def _industries(target: Target) -> tuple[str, ...] | None:
    return (target.industries if isinstance(target, ExpertProfile) else target.applications) or None


def _regions(target: Target) -> tuple[str, ...] | None:
    if isinstance(target, ExpertProfile):
        return target.regions or None
    return (target.region,) if target.region else None


def _offer(name: str) -> Callable[[Target], Any]:
    """A field that only achievements have."""
    return lambda target: None if isinstance(target, ExpertProfile) else getattr(target, name) or None


def _closest(code: str, others: tuple[str, ...], broad: int) -> tuple[int, str]:
    """How close a hierarchical code comes to any of the others: 2 same, 1 same up to `broad` characters, 0
    apart."""
    best = (0, others[0])
    for other in others:
        if code == other:
            return 2, other
        if code[:broad] == other[:broad]:
            best = max(best, (1, other), key=lambda found: found[0])
    return best


def compare_field(need: str, target: tuple[str, ...], policy: Policy) -> Fit | None:
    """HNTE8: the same level-2 field, the same level-1 field, or another one."""
    level, code = _closest(need, target, broad=2)
    return Fit((-0.5, 0.3, 1.0)[level], {"level": level, "need": need, "target": code})


def compare_industry(need: str, target: tuple[str, ...], policy: Policy) -> Fit | None:
    """GB/T 4754: the need's industry among the applications, or not. A letter alone stands for its
    section."""
    level, code = _closest(need, target, broad=1 if need[0].isalpha() else 2)
    return Fit((-0.3, 0.4, 1.0)[level], {"level": level, "need": need, "target": code})


def compare_maturity(need: int, target: int, policy: Policy) -> Fit | None:
    """Technology readiness: as mature as wanted or more is a full fit, every missing level costs."""
    return Fit(max(-1.0, 1.0 - 0.5 * max(0, need - target)), {"need": need, "target": target})


def compare_deadline(need: tuple[int, int], target: int, policy: Policy) -> Fit | None:
    """Whether the missing levels of maturity can be made up in time; only ever speaks against a pair."""
    wanted, months = need
    required = max(0, wanted - target) * policy.months_per_level
    if required <= months:
        return None
    return Fit(-min(1.0, (required - months) / 12), {"months": months, "required": required})


def compare_modes(need: tuple[str, ...], target: tuple[str, ...], policy: Policy) -> Fit | None:
    """Cooperation modes: some in common, open to talk, or none in common."""
    common = tuple(sorted(set(need) & set(target)))
    if common and common != ("open",):
        return Fit(1.0, {"common": common})
    if "open" in need or "open" in target:
        return Fit(0.3, {"common": ("open",)})
    return Fit(-0.6, {"common": (), "need": need, "target": target})


def compare_budget(need: str, target: str, policy: Policy) -> Fit | None:
    """The budget band against the price band; every band that is missing costs. Band 0 is negotiable: says
    nothing."""
    budget, price = _band(need), _band(target)
    if not budget or not price:
        return None
    return Fit(max(-1.0, 1.0 - 0.75 * max(0, price - budget)), {"need": need, "target": target})


def compare_region(need: str, target: tuple[str, ...], policy: Policy) -> Fit | None:
    """GB/T 2260: the same region, the same province, or neither, which is no fault."""
    level, code = _closest(need, target, broad=2)
    return Fit((0.0, 0.6, 1.0)[level], {"level": level, "need": need, "target": code})


def _band(code: str) -> int:
    digits = code.removeprefix("b")
    return int(digits) if digits.isascii() and digits.isdigit() else 0


def _deadline_key(need: NeedProfile) -> tuple[int, int] | None:
    return (need.trl, need.due_months) if need.trl and need.due_months else None


SIGNALS: tuple[Signal, ...] = (
    Signal("field", lambda need: need.tech_field or None, _fields, compare_field),
    Signal("industry", lambda need: need.industry or None, _industries, compare_industry),
    Signal("maturity", lambda need: need.trl or None, _offer("trl"), compare_maturity),
    Signal("deadline", _deadline_key, _offer("trl"), compare_deadline),
    Signal("modes", lambda need: need.coop_modes or None, _offer("coop_modes"), compare_modes),
    Signal("budget", lambda need: need.budget_band or None, _offer("price_band"), compare_budget),
    Signal("region", lambda need: need.region or None, _regions, compare_region),
)
