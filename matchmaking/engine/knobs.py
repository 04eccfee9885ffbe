"""The numbers of a policy that grades may move: how far each is plausibly off, and where it has to stay.

No weight changes its sign: a signal can be learned to say more or nothing, never the contrary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from matchmaking.engine.fields import need_texts, offer_texts
from matchmaking.engine.indicators import spans
from matchmaking.engine.model import Model
from matchmaking.engine.policy import NeedFields, OfferFields, Policy, SignalWeights
from matchmaking.engine.signals import SIGNALS
from matchmaking.engine.types import ExpertProfile, NeedProfile, OfferProfile, Target

_MOST_SAID = 1.0 - 1e-5  # a policy allows 1, and sums are rounded
_MOST_OF_SIGNAL = {"signals": 0.3, "expert_signals": 0.5}


@dataclass(frozen=True, slots=True)
class Knob:
    """A number of the policy. `scale` is one standard deviation of how far it may be off: of its logarithm, or of the
    number itself for a `shift`. It stays from `least` to `most`."""

    name: str
    scale: float = 0.5
    shift: bool = False
    least: float = 0.0
    most: float = math.inf

    def of(self, policy: Policy) -> float:
        """The number as it stands in a policy."""
        head, _, tail = self.name.partition(".")
        return float(getattr(getattr(policy, head), tail) if tail else getattr(policy, head))

    def turned(self, policy: Policy, by: float) -> Policy:
        """The policy with the number moved by so many scales."""
        value = self.of(policy)
        wanted = value + by * self.scale if self.shift else value * math.exp(by * self.scale)
        head, _, tail = self.name.partition(".")
        most = self.most
        if head in _MOST_OF_SIGNAL:  # together they may not say more than the texts
            most = min(most, _MOST_SAID - sum(asdict(getattr(policy, head)).values()) + value)
        value = round(float(min(max(wanted, self.least), most)), 6)
        changed: dict[str, Any] = {head: replace(getattr(policy, head), **{tail: value}) if tail else value}
        return replace(policy, **changed)


_WORDS = (
    Knob("fusion.words"),
    Knob("fusion.cosine"),
    Knob("single", 0.3),
    Knob("latin", 0.3),
    Knob("rarity", 0.2, shift=True, least=0.2, most=2.0),
    Knob("k1", 0.3, least=0.1),
    Knob("b", 0.15, shift=True, most=1.0),
)
_HUB = {False: Knob("hub", 0.25, shift=True), True: Knob("expert_hub", 0.25, shift=True)}


def knobs_for(model: Model, needs: Sequence[NeedProfile], targets: Sequence[Target]) -> list[Knob]:
    """The numbers that these records can teach: of readings that the model has, of fields and signals that are
    stated."""
    offers = [target for target in targets if isinstance(target, OfferProfile)]
    asked = {name for need in needs for name, _ in need_texts(need)}
    told = {name for offer in offers for name, _ in offer_texts(offer)}
    kinds = {isinstance(target, ExpertProfile) for target in targets}
    found = [*_WORDS, *(_HUB[kind] for kind in sorted(kinds))]
    found += [Knob("fusion.related")] if model.encoder else []
    found += [Knob("fusion.outside")] if model.outside else []
    found += _of_fields("need_fields", NeedFields, asked)
    found += _of_fields("offer_fields", OfferFields, told)
    if asked & {"background", "problem"}:
        found.append(Knob("own_story"))
    if len(asked) > 1:
        found.append(Knob("field_reference", least=1.0))
    experts = [target for target in targets if isinstance(target, ExpertProfile)]
    for head, listed in (("signals", offers), ("expert_signals", experts)):
        found += [
            Knob(f"{head}.{one.name}", 0.05, shift=True, most=_MOST_OF_SIGNAL[head])
            for one in fields(SignalWeights)
            if listed and _stated(one.name, needs, listed)
        ]
    return found


def turned(policy: Policy, knobs: Sequence[Knob], by: Sequence[float]) -> Policy:
    """The policy with every number moved, those that are lowered first: they make room for others."""
    for steps, knob in sorted(zip(by, knobs, strict=True), key=lambda pair: (pair[0] > 0.0, pair[1].name)):
        policy = knob.turned(policy, float(steps)) if steps else policy
    return policy


def _of_fields(head: str, kind: type, present: set[str]) -> list[Knob]:
    """Weights of fields count beside each other only: one field alone teaches nothing."""
    found = [Knob(f"{head}.{one.name}") for one in fields(kind) if one.name in present]
    return found if len(found) > 1 else []


def _stated(name: str, needs: Sequence[NeedProfile], targets: Sequence[Target]) -> bool:
    if name == "indicators":
        wanted = any(True for need in needs for _ in spans(need.indicators))
        offers = (target for target in targets if isinstance(target, OfferProfile))
        return wanted and any(True for offer in offers for _ in spans(offer.indicators))
    signal = next(one for one in SIGNALS if one.name == name)
    return any(signal.need_key(need) is not None for need in needs) and any(
        signal.target_key(target) is not None for target in targets
    )
