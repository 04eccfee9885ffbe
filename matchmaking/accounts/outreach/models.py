"""A list of enterprises that a support body invites, and what became of each row."""

import uuid as uuid_module

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from matchmaking.accounts.enums import OrganisationState
from matchmaking.jobs.models import Job


class InvitationListQuerySet(models.QuerySet["InvitationList"]):
    def visible_to(self, user):
        """Lists of the support bodies for which the person invites."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(organisation__in=[one.pk for one in user.organisations_with("enterprise.invite")])

    def with_counts(self):
        return self.annotate(
            total=models.Count("rows", distinct=True),
            opened=models.Count("rows", filter=Q(rows__opened_at__isnull=False), distinct=True),
        )


class InvitationList(models.Model):
    """One list, sent by one job."""

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = InvitationListQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.made_at:%Y-%m-%d}"


class ListedEnterpriseQuerySet(models.QuerySet["ListedEnterprise"]):
    def visible_to(self, user):
        return self.filter(list__in=InvitationList.objects.visible_to(user))

    def with_arrival(self):
        """`came`: an enterprise with this credit code stands in the public directory. Nothing else is told: whether an
        application is under way, or an address has an account, is not the business of who invites.
        """
        from matchmaking.accounts.models import Organisation  # it imports this module

        here = Organisation.objects.filter(uscc=OuterRef("uscc"), state=OrganisationState.ACTIVE)
        return self.annotate(came=Exists(here))


class ListedEnterprise(models.Model):
    """A row: the enterprise, and the address that is invited. The token of its link exists only in the mail."""

    list = models.ForeignKey(InvitationList, on_delete=models.PROTECT, related_name="rows")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    uscc = models.CharField(max_length=18)
    email = models.EmailField()
    token_hash = models.CharField(max_length=64, null=True, blank=True, unique=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)

    objects = ListedEnterpriseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "uscc"], name="listed_enterprise_once"),
            models.CheckConstraint(
                condition=Q(sent_at=None, token_hash=None) | Q(sent_at__isnull=False, token_hash__isnull=False),
                name="listed_enterprise_sent_with_token",
            ),
            models.CheckConstraint(
                condition=Q(opened_at=None) | Q(sent_at__isnull=False), name="listed_enterprise_opened_after_sent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.list_id} {self.number}"
