"""Who gets whom when everybody can take only so many: the assignment of a run, what every need got, every load."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from matchmaking.matching.enums import AssignedBecause, Kind, Uncovered, Variant
from matchmaking.matching.models.runs import MatchRun, Target, exactly_one_target
from needs.models import TechNeed


def _known(name: str, **fields: list[str]) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__in": names for field, names in fields.items()}), name=name)


class AssignmentPlan(models.Model):
    """A run was assigned: under which limits, which variant the officers see, and the figures of all three lists.

    `limits`: {"places": per need, "least" and "most": load}, each by kind. `figures`: by kind, then by list (best,
    assigned, fair): see `services.assigning`. The rows of old runs are pruned, this stays.
    """

    run = models.OneToOneField(MatchRun, on_delete=models.CASCADE, primary_key=True, related_name="plan")
    variant = models.CharField(
        max_length=10,
        choices=[(one, label) for one, label in Variant.choices if one in Variant.assigned()],
        default=Variant.BEST,
    )
    limits = models.JSONField(default=dict)
    figures = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [_known("plan_known", variant=list(Variant.assigned()))]

    def __str__(self) -> str:
        return f"{self.run_id} {self.variant}"


class Assignment(Target):
    """A place of a need given to a target, in the order of the need's list. `score` is None for a match proposed by
    hand that the engine has not found."""

    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="assignments")
    variant = models.CharField(max_length=10, choices=Variant.choices)
    need = models.ForeignKey(TechNeed, on_delete=models.PROTECT, related_name="assignments")
    position = models.PositiveSmallIntegerField()
    score = models.FloatField(null=True)
    because = models.CharField(max_length=10, choices=AssignedBecause.choices)

    class Meta:
        constraints = [
            exactly_one_target("assignment_one_target"),
            _known("assignment_known", variant=Variant.values, because=AssignedBecause.values),
            *(
                models.UniqueConstraint(
                    fields=["run", "variant", "need", kind],
                    condition=Q(**{f"{kind}__isnull": False}),
                    name=f"assignment_{kind}",
                )
                for kind in Kind.values
            ),
        ]
        indexes = [models.Index(fields=["need", "run", "variant"], name="assignment_by_need")]

    def __str__(self) -> str:
        return f"{self.need_id} {self.variant} #{self.position}"


class NeedOutcome(models.Model):
    """What a need of a run got of one kind: the total score of its best list and of its list under load.

    `held` counts the live matches that keep their places. An empty reason: the need has somebody on its list.
    """

    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="outcomes")
    kind = models.CharField(max_length=11, choices=Kind.choices)
    need = models.ForeignKey(TechNeed, on_delete=models.PROTECT, related_name="+")
    held = models.PositiveSmallIntegerField()
    best = models.FloatField()
    assigned = models.FloatField()
    fair = models.FloatField()
    why_uncovered = models.CharField(max_length=12, blank=True, choices=Uncovered.choices)
    why_uncovered_fair = models.CharField(max_length=12, blank=True, choices=Uncovered.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "kind", "need"], name="outcome_once"),
            _known(
                "outcome_known",
                kind=Kind.values,
                why_uncovered=["", *Uncovered.values],
                why_uncovered_fair=["", *Uncovered.values],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.need_id} {self.kind}"


class TargetLoad(Target):
    """How often a target of the pool stands on the lists of a run, and how much it may bear.

    `elsewhere` are its live matches with needs the run does not cover; `held` those with needs of the run, which are
    part of `assigned` and `fair`.
    """

    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="loads")
    most = models.PositiveSmallIntegerField()
    elsewhere = models.PositiveSmallIntegerField()
    held = models.PositiveSmallIntegerField()
    best = models.PositiveIntegerField()
    assigned = models.PositiveIntegerField()
    fair = models.PositiveIntegerField()

    class Meta:
        constraints = [
            exactly_one_target("load_one_target"),
            *(
                models.UniqueConstraint(
                    fields=["run", kind], condition=Q(**{f"{kind}__isnull": False}), name=f"load_{kind}"
                )
                for kind in Kind.values
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target_kind} {self.assigned}/{self.most}"
