"""What waits for a decision: one open task for each step a record stands at, with its day, deputy and escalation."""

import uuid as uuid_module
from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone

from matchmaking.accounts.models import Organisation
from matchmaking.programmes.models import Programme

WAY = ("unit", "park", "region")  # the steps of a record into the pool; a record waits at one of them at most
CHANGE, APPEAL = "change", "appeal"  # steps that wait beside it


class ReviewTaskQuerySet(models.QuerySet["ReviewTask"]):
    def about(self, kind: str, object_id: uuid_module.UUID):
        return self.filter(object_kind=kind, object_id=object_id)

    def open(self):
        return self.filter(closed_at=None)

    def overdue(self, today: date | None = None):
        """Open tasks whose last day has passed in the portal's zone."""
        return self.open().filter(due_on__lt=today or timezone.localdate())


class ReviewTask(models.Model):
    """A step at which a record waits for an organisation. `due_on` is the last day; `escalates_on` the first day on
    which deputy and next instance are told, `escalated_at` when that happened (once)."""

    object_kind = models.CharField(max_length=20)
    object_id = models.UUIDField()
    step = models.CharField(max_length=20)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    deputy = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField()
    escalates_on = models.DateField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ReviewTaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["object_kind", "object_id", "step"], condition=Q(closed_at=None), name="task_open_once"
            ),
            models.CheckConstraint(condition=Q(escalates_on__gt=models.F("due_on")), name="task_escalates_after_due"),
        ]
        indexes = [
            models.Index(fields=["object_kind", "object_id"], name="task_by_object"),
            models.Index(fields=["due_on"], condition=Q(closed_at=None), name="task_open_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.object_kind} {self.object_id} {self.step}"
