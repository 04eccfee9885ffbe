"""Uploads of workbooks: the batch and its rows."""

import uuid as uuid_module

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import Organisation, User
from matchmaking.intake.models.files import StoredFile
from matchmaking.jobs.models import Job


class BatchState(models.TextChoices):
    UPLOADED = "uploaded", _("being checked")
    CHECKED = "checked", _("checked")
    COMMITTING = "committing", _("being imported")
    COMMITTED = "committed", _("imported")
    REFUSED = "refused", _("refused")
    ABANDONED = "abandoned", _("abandoned")


class ImportBatchQuerySet(models.QuerySet["ImportBatch"]):
    def visible_to(self, user):
        """Uploads of the organisations in which the person may import."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(owner__in=user.organisations_with("achievement.import"))


class ImportBatch(models.Model):
    """One upload of one workbook: checked row by row, then committed whole or not at all."""

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=20)
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    programme = models.ForeignKey("programmes.Programme", on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=BatchState.choices, default=BatchState.UPLOADED)
    state_since = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    refusal = models.JSONField(null=True, blank=True)
    counts = models.JSONField(default=dict)
    remarks = models.JSONField(default=list)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=BatchState.values), name="batch_state_known"),
        ]
        indexes = [models.Index(fields=["owner", "-created_at"], name="batch_by_owner")]

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"


class RowGroup(models.TextChoices):
    NEW = "new", _("new")
    CHANGED = "changed", _("changed")
    UNCHANGED = "unchanged", _("unchanged")
    INVALID = "invalid", _("invalid")


class ImportRow(models.Model):
    """One row of the file: what stood in it, what it would become, and what is wrong with which cell."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rows")
    row_no = models.PositiveIntegerField()
    group = models.CharField(max_length=10, choices=RowGroup.choices)
    values = models.JSONField(default=dict)
    cleaned = models.JSONField(default=dict)
    errors = models.JSONField(default=list)
    missing = models.JSONField(default=list)
    target_id = models.UUIDField(null=True, blank=True)
    target_no = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "row_no"], name="row_once_per_batch"),
            models.CheckConstraint(condition=Q(group__in=RowGroup.values), name="row_group_known"),
            models.CheckConstraint(condition=~Q(group="invalid") | ~Q(errors=[]), name="row_invalid_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} row {self.row_no}"
