"""Decisions on records on their way into the pool, with notes per field."""

import uuid as uuid_module

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import Organisation, User


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
