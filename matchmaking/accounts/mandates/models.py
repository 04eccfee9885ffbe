"""A mandate: what it allows hangs on `in_force`, which looks at the day by itself and waits for no job."""

import uuid as uuid_module

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.enums import OrganisationState
from matchmaking.accounts.mandates.enums import OPEN, MandateState


class MandateQuerySet(models.QuerySet["Mandate"]):
    def visible_to(self, user):
        """Those of the broker institutions and of the clients whose people the person manages."""
        if not user.is_authenticated:
            return self.none()
        own = [one.pk for one in user.organisations_with("organisation.manage")]
        return self.filter(Q(broker__in=own) | Q(client__in=own))

    def in_force(self):
        """Begun, not over, not revoked, between two organisations that count now."""
        today, active = timezone.localdate(), OrganisationState.ACTIVE
        return self.filter(state=MandateState.ACTIVE, starts_on__lte=today, ends_on__gte=today,
                           broker__state=active, client__state=active)  # fmt: skip


class Mandate(models.Model):
    """A broker institution acts for a client from one day to another. The broker signs by offering."""

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    broker = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="mandates_held")
    client = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="mandates_given")
    subject = models.CharField(_("subject"), max_length=500)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    state = models.CharField(max_length=10, choices=MandateState.choices, default=MandateState.OFFERED)
    state_since = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    offered_at = models.DateTimeField(default=timezone.now)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    signed_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = MandateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=MandateState.values), name="mandate_state_known"),
            models.CheckConstraint(condition=~Q(broker=F("client")), name="mandate_between_two"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="mandate_ends_after_start"),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by=None) | Q(signed_at__isnull=False, signed_by__isnull=False),
                name="mandate_signed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["offered", "revoked"]) | Q(signed_at__isnull=False),
                name="mandate_in_force_is_signed_by_both",
            ),
            models.UniqueConstraint(
                fields=["broker", "client"], condition=Q(state__in=list(OPEN)), name="mandate_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.broker_id} → {self.client_id}"

    def get_absolute_url(self) -> str:
        return reverse("accounts:mandate_detail", args=[self.uuid])
