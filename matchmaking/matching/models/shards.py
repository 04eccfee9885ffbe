"""What a run has read and how it is divided: its targets, the list of every need, and the blocks workers take."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from matchmaking.matching.enums import ShardTask
from matchmaking.matching.models.runs import MatchRun
from needs.models import TechNeed


class RunShard(models.Model):
    """A block of a run's needs, carried out whole in one transaction by whichever worker holds its row.

    `needs` are ids in the order of public numbers. `done_at` commits with the rows of the block, so that a block that
    is run twice, late or by a worker that dies leaves the rows of one.
    """

    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="shards")
    number = models.PositiveIntegerField()
    task = models.CharField(max_length=10, choices=ShardTask.choices, default=ShardTask.RANK)
    needs = ArrayField(models.BigIntegerField())
    counts = models.JSONField(default=dict)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="shard_once"),
            models.CheckConstraint(condition=Q(task__in=ShardTask.values), name="shard_task_known"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} #{self.number}"


class RunNeed(models.Model):
    """The need as a run has read it, and where its list stands.

    `source` is the run that ranked the list: the run itself, or the earlier one from which an incremental run takes it
    over unchanged. `refused` holds the pairs that had been decided against, as [kind, id of the target].
    """

    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="lists")
    need = models.ForeignKey(TechNeed, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(MatchRun, on_delete=models.PROTECT, related_name="+")
    stamp = models.CharField(max_length=80)
    text_version = models.PositiveIntegerField()
    refused = models.JSONField(default=list)

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
