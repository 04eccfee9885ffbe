"""What happens to a record before it is public: uploads, review steps with notes per field.

Records are named by kind and uuid, never by foreign key: the floor does not know the rooms above it.
"""

import uuid as uuid_module

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import Organisation, User
from matchmaking.jobs.models import Job


class StoredFile(models.Model):
    """An uploaded file under a random name; served only through a view that checks who asks."""

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    file = models.FileField(upload_to="stored/%Y/%m/")
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


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


class Decision(models.TextChoices):
    SUBMIT = "submit", _("submitted")
    PASS = "pass", _("passed")
    RETURN = "return", _("returned")
    REJECT = "reject", _("rejected")
    WITHDRAW = "withdraw", _("withdrawn")
    SUSPEND = "suspend", _("suspended")
    RESUME = "resume", _("taken back into the pool")


class ReviewStepQuerySet(models.QuerySet["ReviewStep"]):
    def about(self, kind: str, object_id: uuid_module.UUID):
        return self.filter(object_kind=kind, object_id=object_id)


class ReviewStep(models.Model):
    """One dated decision on a record on its way into the pool or out of it: by whom, at which step, and why."""

    object_kind = models.CharField(max_length=20)
    object_id = models.UUIDField()
    step = models.CharField(max_length=20)
    decision = models.CharField(max_length=10, choices=Decision.choices)
    reason = models.TextField(max_length=500, blank=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    record_version = models.PositiveIntegerField()

    objects = ReviewStepQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(decision__in=Decision.values), name="decision_known"),
            models.CheckConstraint(
                condition=~Q(decision__in=["return", "reject", "suspend"]) | ~Q(reason=""), name="refusal_has_reason"
            ),
        ]
        indexes = [models.Index(fields=["object_kind", "object_id", "-id"], name="review_by_object")]

    def __str__(self) -> str:
        return f"{self.step} {self.decision}"


class FieldNote(models.Model):
    """What is wrong with one field of a returned record; shown to the owner at that field."""

    step = models.ForeignKey(ReviewStep, on_delete=models.CASCADE, related_name="notes")
    field = models.CharField(max_length=40)
    note = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["step", "field"], name="note_once_per_field")]

    def __str__(self) -> str:
        return f"{self.field}: {self.note}"


class FormReceipt(models.Model):
    """A form that was carried out, by the token that stood in it: the same form sent again makes nothing new."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    token = models.UUIDField()
    digest = models.CharField(max_length=64)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "token"], name="form_once_per_person")]

    def __str__(self) -> str:
        return f"{self.token} {self.url}"
