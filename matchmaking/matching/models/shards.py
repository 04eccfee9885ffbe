"""What a run has read and how it is divided: its targets, the list of every need, and the blocks workers take."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from matchmaking.matching.enums import ShardTask
from matchmaking.matching.models.runs import MatchRun
from needs.models import TechNeed


class RunShard(models.Model):
    """A block of a run's needs, carried out whole in one transaction by whichever worker holds its row.

    `needs` are ids in the order of public numbers. `done_at` commits with the rows of the block, so that a block that
    is run twice, late or by a worker that dies leaves the rows of one. `weighed` names the file that keeps its needs as
    they were weighed, for runs that are based on this one.
    """

    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="shards")
    number = models.PositiveIntegerField()
    task = models.CharField(max_length=10, choices=ShardTask.choices, default=ShardTask.RANK)
    needs = ArrayField(models.BigIntegerField())
    counts = models.JSONField(default=dict)
    weighed = models.CharField(max_length=100, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="shard_once"),
            models.CheckConstraint(condition=Q(task__in=ShardTask.values), name="shard_task_known"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} #{self.number}"


class RunNeedQuerySet(models.QuerySet["RunNeed"]):
    def standing(self, kind: str):
        """With `stands`: the id of the run that wrote the list of this kind."""
        return self.annotate(stands=Coalesce("expert_source", "source") if kind == "expert" else F("source"))


class RunNeed(models.Model):
    """The need as a run has read it, and where its lists stand.

    `source` is the run that wrote the lists: the run itself, or the earlier one from which an incremental run takes
    them over unchanged; `expert_source` is that of the experts, where it is another one than that of the achievements.
    `refused` holds the pairs that had been decided against, as [kind, id of the target].
    """

    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="lists")
    need = models.ForeignKey(TechNeed, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(MatchRun, on_delete=models.PROTECT, related_name="+")
    expert_source = models.ForeignKey(MatchRun, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    stamp = models.CharField(max_length=80)
    text_version = models.PositiveIntegerField()
    refused = models.JSONField(default=list)

    objects = RunNeedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "need"], name="list_once")]
        indexes = [models.Index(fields=["source", "need"], name="list_by_source")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.need_id}"


class RunTarget(models.Model):
    """A target as a run has read it; `target` is the id of an achievement or an expert."""

    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="targets")
    kind = models.CharField(max_length=11)
    target = models.BigIntegerField()
    public_no = models.CharField(max_length=20)
    stamp = models.CharField(max_length=80)
    text_version = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "kind", "target"], name="run_target_once")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.public_no}"
