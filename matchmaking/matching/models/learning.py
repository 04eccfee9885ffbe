"""What the engine has learned from grades: weights to rank by, one of them in use."""

import uuid as uuid_module

from django.db import models
from django.db.models import Q
from django.utils import timezone

from matchmaking.matching.enums import RankingState, Verdict


class RankingModelQuerySet(models.QuerySet["RankingModel"]):
    def live(self, engine_version: str):
        """The one in use, if this engine has made it: weights of another engine mean something else."""
        return self.filter(state=RankingState.LIVE, engine_version=engine_version)


class RankingModel(models.Model):
    """Weights and calibration as a policy of the engine, and what they were worth on needs they had not seen.

    `outcomes`: for each kind of target {kind, needs, pairs, before, after, low, high, chance}; `moved`: what changed
    against the weights of the engine {name: [before, after]}. `input_digest` names what was learned from.
    """

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    engine_version = models.CharField(max_length=20)
    policy = models.JSONField()
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    pairs = models.PositiveIntegerField()
    needs = models.PositiveIntegerField()
    outcomes = models.JSONField(default=list)
    moved = models.JSONField(default=dict)
    input_digest = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=RankingState.choices, default=RankingState.CANDIDATE)
    state_since = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)

    objects = RankingModelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="live"), name="ranking_one_live"),
            models.CheckConstraint(condition=Q(state__in=RankingState.values), name="ranking_state_known"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="ranking_verdict_known"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"
