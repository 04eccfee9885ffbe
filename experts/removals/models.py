"""A request not to be listed. Anybody may write one; only the link sent to the entry's own address acts by itself."""

import uuid as uuid_module
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.rules import is_secretary
from matchmaking.common.crypto import EncryptedJSONField

LINK_LASTS = timedelta(days=14)


class RemovalOutcome(models.TextChoices):
    TAKEN_OFF = "taken_off", _("taken off the list")
    REFUSED = "refused", _("stays on the list")


class RemovalQuerySet(models.QuerySet["Removal"]):
    def visible_to(self, user):
        """The unit that nominated the expert, and the secretariat."""
        if not user.is_authenticated:
            return self.none()
        if is_secretary(user):
            return self
        return self.filter(expert__body__owner__in=user.organisations_with("removal.answer"))

    def open(self):
        return self.filter(outcome="")

    def of_link(self, digest):
        """The open request whose link has this digest and is not too old."""
        return self.open().exclude(link_digest="").filter(
            link_digest=digest, mailed_at__gt=timezone.now() - LINK_LASTS
        )  # fmt: skip


class Removal(models.Model):
    """Somebody asks that an expert be no longer listed; `words` is what he writes to the unit, if anything.

    `outcome` is empty while it waits. `confirmed_at`: by the link in the mail to the entry's address; else
    `answered_by` decided.
    """

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    expert = models.ForeignKey("experts.Expert", on_delete=models.PROTECT, related_name="+")
    words = EncryptedJSONField(null=True, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField()
    link_digest = models.CharField(max_length=64, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=RemovalOutcome.choices, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)

    objects = RemovalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["expert"], condition=Q(outcome=""), name="removal_one_open"),
            models.CheckConstraint(
                condition=Q(outcome="", closed_at=None, confirmed_at=None, answered_by=None)
                | Q(outcome="taken_off", closed_at__isnull=False, confirmed_at__isnull=False, answered_by=None)
                | Q(outcome="taken_off", closed_at__isnull=False, confirmed_at=None, answered_by__isnull=False)
                | (Q(outcome="refused", closed_at__isnull=False, confirmed_at=None, answered_by__isnull=False)
                   & ~Q(reason="")),
                name="removal_ends_once",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["due_on"], condition=Q(outcome=""), name="removal_due")]

    def __str__(self) -> str:
        return f"{self.expert_id} {self.outcome}"

    @property
    def is_late(self) -> bool:
        return not self.outcome and self.due_on < timezone.localdate()
