"""Every weight and limit of the engine as one frozen value. Standard library only.

A run stores `as_dict()`; two policies with the same `digest` rank alike.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import Any

from matchmaking.engine.beginning import EXPERTS, OFFERS, Steps

_ONE_WEIGHT_FOR_ALL = frozenset("1234")  # versions


@dataclass(frozen=True, slots=True)
class NeedFields:
    """How much a word of a need counts, by the field it stands in."""

    title: float = 1.0
    keywords: float = 0.9
    goal: float = 0.7
    indicators: float = 0.5
    problem: float = 0.6
    chain: float = 0.3
    background: float = 0.2


@dataclass(frozen=True, slots=True)
class OfferFields:
    """How much an occurrence in an achievement counts, by the field it stands in."""

    title: float = 1.0
    keywords: float = 1.0
    problem_solved: float = 0.6
    summary: float = 0.5
    key_points: float = 0.4
    application_text: float = 0.4
    indicators: float = 0.3


@dataclass(frozen=True, slots=True)
class SignalWeights:
    """How far each structural signal can raise (fit +1) or lower (fit -1) the score, as a share of the text
    score."""

    field: float = 0.15
    industry: float = 0.08
    maturity: float = 0.08
    deadline: float = 0.04
    modes: float = 0.05
    budget: float = 0.05
    region: float = 0.05
    indicators: float = 0.20


@dataclass(frozen=True, slots=True)
class ExpertSignals(SignalWeights):
    """The same for experts, of whom little is stated beside their texts: their fields and industries say more."""

    field: float = 0.30
    industry: float = 0.16


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """How much each reading of the texts counts, in standard deviations: shared words weighed as by BM25 and as by the
    cosine, wording that goes together without being the same, and an encoder from outside where one is plugged in;
    and what a cross-encoder adds, where there is one, for a deviation of what it says."""

    words: float = 0.4
    cosine: float = 0.2
    related: float = 0.4
    outside: float = 1.5
    second: float = 1.0


@dataclass(frozen=True, slots=True)
class Policy:
    """Weights and limits. Change a default only together with `version`.

    `signals` are for achievements, `expert_signals` for experts. `fusion`: the readings of the texts. `hub`,
    `expert_hub`: what a deviation of its hub takes off a target that answers everybody. `single`: weight of a single
    Chinese character beside that of a pair. `latin`: the same of a Latin word, a number or a formula. `rarity`: power
    of the idf. `k1`, `b`: BM25 saturation and length normalisation. `field_reference`: tokens from which on a field
    of a need is damped, so that a long background cannot drown a short title. `own_story`: weight of sentences in
    which the enterprise tells who it is. `best_documents`: an expert counts by this many best documents.
    `half_evidence`, `expert_half_evidence`: evidence that scores one half, see `scoring`. `floor`, `expert_floor`:
    least score that may be proposed, and `least_wording` the least evidence beyond single characters, see `carrying`.
    `quoted_ranks`: candidates of a ranking that get quoted sentences (the rest keeps terms and signals).
    `read_again`: candidates of a need that a cross-encoder reads. `months_per_level`: time one level of maturity
    takes. `calibration`, `expert_calibration`: steps (score, probability, pairs) from a score to the probability of a
    strong fit, see `calibration`; none: no probability is stated. `least_probability`: what has to be stated, beside
    the least score, for a candidate to be proposed.
    """

    version: str = "5"
    need_fields: NeedFields = field(default_factory=NeedFields)
    offer_fields: OfferFields = field(default_factory=OfferFields)
    signals: SignalWeights = field(default_factory=SignalWeights)
    expert_signals: ExpertSignals = field(default_factory=ExpertSignals)
    fusion: FusionWeights = field(default_factory=FusionWeights)
    hub: float = 0.5
    expert_hub: float = 0.7
    single: float = 1.5
    latin: float = 1.0
    rarity: float = 1.0
    k1: float = 1.5
    b: float = 0.75
    field_reference: int = 60
    own_story: float = 0.2
    best_documents: int = 3
    top: int = 20
    half_evidence: float = 5.0
    expert_half_evidence: float = 3.5
    floor: float = 0.55
    expert_floor: float = 0.50
    least_wording: float = 0.35
    shown_terms: int = 9
    quoted_ranks: int = 1_000
    read_again: int = 50
    months_per_level: float = 8.0
    calibration: Steps = OFFERS
    expert_calibration: Steps = EXPERTS
    least_probability: float = 0.1

    def __post_init__(self) -> None:
        for signals in (self.signals, self.expert_signals):
            weights = asdict(signals).values()
            if min(weights) < 0 or sum(weights) > 1:
                raise ValueError("signal weights must not be negative nor add up to more than 1")

    def floor_of(self, kind: str) -> float:
        """The least score at which a target of this kind may be proposed, raised to where `least_probability` is
        stated; infinite where it never is. A team is read as an expert is."""
        from matchmaking.engine.calibration import Calibration  # the only thing here that needs numpy

        alone = kind in ("expert", "team")
        floor, steps = (self.expert_floor, self.expert_calibration) if alone else (self.floor, self.calibration)
        return max(floor, Calibration.from_steps(steps).least_score(self.least_probability)) if steps else floor

    def as_dict(self) -> dict[str, Any]:
        """The policy as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Policy:
        """The reverse of `as_dict`; what is missing keeps its default, but before version 5 experts were weighed by
        the signals of achievements. Raises ValueError for an unknown name."""
        if values.get("version") in _ONE_WEIGHT_FOR_ALL and "signals" in values:
            values = {"expert_signals": values["signals"], **values}
        policy: Policy = _from_dict(cls, values)
        return policy

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of the policy."""
        canonical = json.dumps(self.as_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def _from_dict(kind: type, values: Mapping[str, Any]) -> Any:
    known = {entry.name: entry for entry in fields(kind)}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ValueError(f"unknown policy names: {', '.join(unknown)}")
    built: dict[str, Any] = {}
    for name, value in values.items():
        nested = known[name].default_factory
        built[name] = _from_dict(nested, value) if is_dataclass(nested) else _frozen(value)
    return kind(**built)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(inner) for inner in value) if isinstance(value, (list, tuple)) else value
