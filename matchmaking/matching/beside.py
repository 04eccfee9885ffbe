"""The engine beside its batches: pairs that people name. With `snapshot` the only importer of the engine.

The engine is imported inside the functions, because it loads numerical libraries that no web process needs at start.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from catalog.models import Achievement
from experts.models import Conflict, Expert, Team, TeamMember
from matchmaking.matching import snapshot
from needs.models import TechNeed

if TYPE_CHECKING:
    from matchmaking.engine.model import Model
    from matchmaking.engine.policy import Policy
    from matchmaking.engine.ranking import Index
    from matchmaking.engine.types import ExpertProfile

Answer = Achievement | Expert | Team


def score_pairs(pairs: Sequence[tuple[TechNeed, Answer]], model: Model, policy: Policy) -> list[dict[str, Any]]:
    """Return score, probability and reasons of named pairs, in their order: what a run stores for them, whatever their
    rank would be. The needs are loaded with their bodies and owners."""
    needs = {need.pk: need for need, _target in pairs}
    profiles = dict(zip(needs, snapshot.need_profiles(list(needs.values())), strict=True))
    found: list[dict[str, Any]] = [{} for _pair in pairs]
    for model_of_kind in (Achievement, Expert, Team):
        asked = [(at, need, target) for at, (need, target) in enumerate(pairs) if isinstance(target, model_of_kind)]
        if not asked:
            continue
        index = _index({target.pk: target for _at, _need, target in asked}, model, policy)
        scored = index.score_pairs([(profiles[need.pk], target.public_no) for _at, need, target in asked])
        for (at, _need, _target), one in zip(asked, scored, strict=True):
            reasons = snapshot.reasons_as_json(one.reasons)
            found[at] = {"score": one.score, "probability": one.probability, "reasons": reasons}
    return found


def _index(targets: dict[int, Any], model: Model, policy: Policy) -> Index:
    """An index over a few targets of one kind."""
    from matchmaking.engine.ranking import Index  # numerical libraries stay out of the web process

    rows = list(targets.values())
    if isinstance(rows[0], Team):
        index = Index.build(team_profiles(rows), model, policy)
        return index.calibrated(model.calibrations.get(index.terms.kind))
    return snapshot.build_pool(
        "achievement" if isinstance(rows[0], Achievement) else "expert", rows, model, policy
    ).index


def team_profiles(teams: Sequence[Team]) -> list[ExpertProfile]:
    """Return the engine's view of the teams (with their owners): what they say of themselves, and the conflicts of
    whoever takes part. What a member wrote is the member's own and is matched under his own name."""
    from matchmaking.engine.types import ExpertProfile  # numerical libraries stay out of the web process

    people = {team.pk: {team.lead_id} for team in teams}
    for team_id, expert_id in TeamMember.objects.filter(team__in=people).values_list("team_id", "expert_id"):
        people[team_id].add(expert_id)
    declared: dict[int, list[str]] = defaultdict(list)
    rows = Conflict.objects.filter(expert__in=set().union(*people.values()))
    for expert_id, uscc, pk in rows.values_list("expert_id", "organisation__uscc", "organisation_id"):
        declared[expert_id].append(uscc or str(pk))
    return [
        ExpertProfile(
            key=team.public_no,
            documents=tuple(text for text in (f"{team.name}\n{team.summary}", team.achievements) if text),
            fields=tuple(team.fields),
            regions=(team.region_id,) if team.region_id else (),
            units=(team.owner.uscc or str(team.owner_id),),
            conflicts=tuple(sorted({unit for expert in people[team.pk] for unit in declared[expert]})),
        )
        for team in teams
    ]
