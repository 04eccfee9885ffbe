"""Runs of the engine, what they have read, and the candidates they found."""

import uuid as uuid_module

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from catalog.models import Achievement
from experts.models import Expert, Team
from matchmaking.accounts.models import User
from matchmaking.jobs.models import Job
from matchmaking.matching.enums import (
    RunScope,
)
from matchmaking.programmes.models import Programme
from matchmaking.vocabularies.models import Region
from needs.models import TechNeed


def exactly_one_target(name: str) -> models.CheckConstraint:
    """The target of a candidate or a match is an achievement, an expert or a team."""
    only = {"achievement": (False, True, True), "expert": (True, False, True), "team": (True, True, False)}
    condition = Q(pk__in=[])
    for absent in only.values():
        parts = zip(("achievement__isnull", "expert__isnull", "team__isnull"), absent, strict=True)
        one = Q(**dict(parts))
        condition = one if condition == Q(pk__in=[]) else condition | one
    return models.CheckConstraint(condition=condition, name=name)


class Target(models.Model):
    """Three nullable keys of which exactly one is set."""

    achievement = models.ForeignKey(Achievement, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True

    @property
    def target(self) -> Achievement | Expert | Team:
        found = self.achievement or self.expert or self.team
        assert found is not None  # the CHECK constraint
        return found

    @property
    def target_kind(self) -> str:
        return "achievement" if self.achievement_id else "expert" if self.expert_id else "team"


# How the engine writes down what it has fitted: `FORMAT` of its model, which is compared in a test.
STORED_FORM = 3


class StatisticsVersionQuerySet(models.QuerySet["StatisticsVersion"]):
    def readable_by(self, engine_version: str):
        """What this engine has fitted and still holds, the newest first; it does not read what older ones have left,
        nor what was written down in another form."""
        here = self.filter(engine_version=engine_version, form=STORED_FORM)
        return here.exclude(payload=b"").order_by("-created_at", "-pk")  # a fit made again is new

    def standing(self, engine_version: str) -> "StatisticsVersion | None":
        """The fit by which the matches that stand were scored, that of the newest finished run over everything; before
        the first the newest fit. What a later fit says compares only once everything was scored by it."""
        kept = self.readable_by(engine_version).defer("payload")
        over_all = MatchRun.objects.filter(
            scope=RunScope.ALL, finished_at__isnull=False, statistics__in=kept.values("pk")
        )
        newest = over_all.order_by("-pk").values_list("statistics", flat=True).first()
        return kept.filter(pk=newest).first() or kept.first()


class StatisticsVersion(models.Model):
    """What the engine has fitted and frozen: statistics, encoder, references. Scores compare only under one version.

    The payload of one that nothing reads any more is emptied; its name stays with its runs.
    """

    engine_version = models.CharField(max_length=20)
    form = models.PositiveSmallIntegerField(default=STORED_FORM)
    digest = models.CharField(max_length=64, unique=True)
    payload = models.BinaryField()
    documents = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    objects = StatisticsVersionQuerySet.as_manager()

    def __str__(self) -> str:
        return self.digest[:12]


class MatchRunQuerySet(models.QuerySet["MatchRun"]):
    def visible_to(self, user):
        """Runs concern whole regions: those who may start one may see them."""
        return self.all() if user.is_authenticated and user.can("match.run") else self.none()


class MatchRun(models.Model):
    """One run of the engine over a scope, with everything needed to repeat it. Progress is its job's.

    An incremental run ranks only what has changed since `base`, the last full run, and shares the other lists with it.
    `indexes` names the files of the pools by kind; `stopped_at` says that nothing more of it may be written.
    """

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    scope = models.CharField(max_length=15, choices=RunScope.choices)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    need = models.ForeignKey(TechNeed, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    achievement = models.ForeignKey(Achievement, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    incremental = models.BooleanField(default=False)
    base = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    statistics = models.ForeignKey(StatisticsVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    engine_version = models.CharField(max_length=20, blank=True)
    policy = models.JSONField(default=dict)
    input_digest = models.CharField(max_length=64, blank=True)
    indexes = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    error_rows = models.JSONField(default=list)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    superseded_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = MatchRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(scope__in=RunScope.values), name="run_scope_known"),
            models.CheckConstraint(condition=~Q(scope="need") | Q(need__isnull=False), name="run_of_need_names_it"),
            models.CheckConstraint(
                condition=~Q(scope="achievement") | Q(achievement__isnull=False),
                name="run_of_achievement_names_it",
            ),
            models.CheckConstraint(
                condition=~Q(scope="expert") | Q(expert__isnull=False), name="run_of_expert_names_it"
            ),
        ]
        indexes = [models.Index(fields=["-created_at"], name="run_newest")]

    def __str__(self) -> str:
        return f"{self.scope} {self.created_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("matching:run_detail", args=[self.uuid])


class CandidateQuerySet(models.QuerySet["Candidate"]):
    def of_run(self, run: MatchRun):
        """The candidates of all needs of a run, those it shares with an earlier run included."""
        from matchmaking.matching.models.shards import RunNeed  # it points at runs itself

        if run.base_id is None:
            return self.filter(run=run)
        lists = RunNeed.objects.filter(run=run, need=OuterRef("need"))
        experts = Exists(lists.standing("expert").filter(stands=OuterRef("run")))
        others = Exists(lists.filter(source=OuterRef("run")))
        there = Q(others, expert=None) | Q(experts, expert__isnull=False)
        return self.filter(there, run__in=[run.pk, run.base_id])


class Candidate(Target):
    """What a run found for a need, in order, with the reasons. Old runs are pruned; matches stay.

    Read the candidates of a run through `of_run`: an incremental run shares lists with the run it is based on.
    """

    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="candidates")
    need = models.ForeignKey(TechNeed, on_delete=models.PROTECT, related_name="candidates")
    rank = models.PositiveSmallIntegerField()
    score = models.FloatField()
    probability = models.FloatField(null=True, blank=True)
    above_floor = models.BooleanField()
    reasons = models.JSONField(default=list)

    objects = CandidateQuerySet.as_manager()

    class Meta:
        constraints = [
            exactly_one_target("candidate_one_target"),
            models.UniqueConstraint(
                fields=["run", "need", "achievement"],
                condition=Q(achievement__isnull=False),
                name="candidate_achievement",
            ),
            models.UniqueConstraint(
                fields=["run", "need", "expert"], condition=Q(expert__isnull=False), name="candidate_expert"
            ),
        ]
        indexes = [models.Index(fields=["need", "run", "rank"], name="candidate_by_need")]

    def __str__(self) -> str:
        return f"{self.need_id} #{self.rank}"
