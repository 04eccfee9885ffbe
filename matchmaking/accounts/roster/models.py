"""The people of a transfer office and their grades."""

import uuid as uuid_module

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.enums import Role
from matchmaking.accounts.roster.enums import BrokerGrade


class RosterQuerySet(models.QuerySet["RosterEntry"]):
    def visible_to(self, user):
        """A roster names people: their own organisation reads it. Everybody else reads how many there are, and so do
        its students."""
        if not user.is_authenticated:
            return self.none()
        works_for = [held.organisation_id for held in user.active_memberships if held.role != Role.STUDENT]
        return self.filter(organisation__in=works_for)

    def highest_first(self):
        """Those who work there by grade, then those who left."""
        highest = list(reversed(BrokerGrade.values))
        placed = Case(*(When(grade=grade, then=place) for place, grade in enumerate(highest)))
        return self.order_by(F("left_on").desc(nulls_first=True), placed, "name", "pk")

    def working(self):
        return self.filter(Q(left_on=None) | Q(left_on__gt=timezone.localdate()))


class RosterEntry(models.Model):
    """Somebody who transfers technology for an organisation, with or without an account. Nobody is deleted: he left."""

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="roster")
    name = models.CharField(_("name"), max_length=100)
    grade = models.CharField(_("grade"), max_length=20, choices=BrokerGrade.choices, default=BrokerGrade.NONE)
    certificate_no = models.CharField(_("certificate number"), max_length=60, blank=True)
    certified_on = models.DateField(_("certified on"), null=True, blank=True)
    specialities = models.CharField(_("fields of work"), max_length=200, blank=True)
    joined_on = models.DateField(_("works here since"))
    left_on = models.DateField(_("last day"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = RosterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(grade__in=BrokerGrade.values), name="roster_grade_known"),
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(left_on__gte=F("joined_on")), name="roster_leaves_after_joining"
            ),
            models.CheckConstraint(
                condition=Q(grade=BrokerGrade.NONE) | ~Q(certificate_no=""), name="roster_grade_has_certificate"
            ),
            models.UniqueConstraint(
                fields=["organisation", "certificate_no"],
                condition=Q(left_on=None) & ~Q(certificate_no=""),
                name="roster_certificate_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.grade}"
