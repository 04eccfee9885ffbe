"""Decisions on records on their way into the pool, with notes per field."""

import uuid as uuid_module

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
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
    APPEAL = "appeal", _("appealed")
    UPHOLD = "uphold", _("appeal upheld")
    DISMISS = "dismiss", _("appeal dismissed")


class ReviewStepQuerySet(models.QuerySet["ReviewStep"]):
    def about(self, kind: str, object_id: uuid_module.UUID):
        return self.filter(object_kind=kind, object_id=object_id)


class ReviewStep(models.Model):
    """One dated decision on a record on its way into the pool or out of it: by whom, at which step, and why.

    `reasons` are codes of REVIEW_REASON, `reason` says it in words.
    """

    object_kind = models.CharField(max_length=20)
    object_id = models.UUIDField()
    step = models.CharField(max_length=20)
    decision = models.CharField(max_length=10, choices=Decision.choices)
    reasons = ArrayField(models.CharField(max_length=20), default=list, blank=True)
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
                condition=~Q(decision__in=["return", "reject", "suspend", "dismiss"]) | ~Q(reason=""),
                name="refusal_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["object_kind", "object_id", "-id"], name="review_by_object"),
            models.Index(fields=["object_kind", "decision", "at"], name="review_by_decision"),
            GinIndex(fields=["reasons"], name="review_by_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.decision}"


class AppealState(models.TextChoices):
    OPEN = "open", _("waits for the secretariat")
    UPHELD = "upheld", _("upheld")
    DISMISSED = "dismissed", _("dismissed")
    DROPPED = "dropped", _("dropped")


class Appeal(models.Model):
    """The owner's one objection to a rejection; the next instance decides. Upheld: the record is submitted again."""

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    object_kind = models.CharField(max_length=20)
    object_id = models.UUIDField()
    rejection = models.OneToOneField(ReviewStep, on_delete=models.PROTECT, related_name="appeal")
    state = models.CharField(max_length=10, choices=AppealState.choices, default=AppealState.OPEN)
    text = models.TextField(max_length=1000)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=AppealState.values), name="appeal_state_known"),
            models.CheckConstraint(
                condition=Q(state="open") ^ Q(closed_at__isnull=False), name="appeal_closed_is_dated"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="appeal_says_why"),
        ]
        indexes = [models.Index(fields=["object_kind", "state"], name="appeal_by_state")]

    def __str__(self) -> str:
        return f"{self.object_kind} {self.object_id} {self.state}"


class FieldNote(models.Model):
    """What is wrong with one field of a returned record; shown to the owner at that field."""

    step = models.ForeignKey(ReviewStep, on_delete=models.CASCADE, related_name="notes")
    field = models.CharField(max_length=40)
    note = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["step", "field"], name="note_once_per_field")]

    def __str__(self) -> str:
        return f"{self.field}: {self.note}"
