"""What people say of matches: a grade of the whole pair, and lines of its explanation that they dispute.

Both are labels: the engine learns from them, and nothing of them changes a match by itself.
"""

import uuid as uuid_module

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.matching.enums import DisputeState, Fault, GradedAs, Strength
from matchmaking.matching.models.matches import Match


class MatchGrade(models.Model):
    """How well a person finds that the two records of a match fit, with the versions of the texts he read."""

    match = models.ForeignKey(Match, on_delete=models.CASCADE, related_name="grades")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    graded_as = models.CharField(max_length=10, choices=GradedAs.choices)
    grade = models.PositiveSmallIntegerField(choices=Strength.choices)
    need_text_version = models.PositiveIntegerField()
    target_text_version = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["match", "by"], name="grade_once_a_person"),
            models.CheckConstraint(condition=Q(grade__in=Strength.values), name="grade_of_four"),
            models.CheckConstraint(condition=Q(graded_as__in=GradedAs.values), name="grade_capacity_known"),
        ]

    def __str__(self) -> str:
        return f"{self.match_id} {self.grade}"


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def in_reach_of(self, user):
        """Disputes of the matches the person reviews as an officer."""
        if not user.is_authenticated or not user.can("match.review"):
            return self.none()
        return self.filter(user.in_reach("match.review", "match__need__region", programme="match__need__programme"))

    def visible_to(self, user):
        """One's own, those that people of one's organisations filed on the same side, and those one decides on."""
        if not user.is_authenticated:
            return self.none()
        own_side = Q(organisation__in=user.organisation_ids, match__in=Match.objects.visible_to(user).values("pk"))
        return self.filter(Q(by=user) | own_side | Q(pk__in=self.in_reach_of(user).values("pk")))


class Dispute(models.Model):
    """A line of an explanation that a person says is wrong. `reason` keeps the line as it stood that day."""

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    match = models.ForeignKey(Match, on_delete=models.CASCADE, related_name="disputes")
    signal = models.CharField(max_length=30)
    reason = models.JSONField(default=dict)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    disputed_as = models.CharField(max_length=10, choices=GradedAs.choices)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    fault = models.CharField(_("what is wrong"), max_length=20, choices=Fault.choices)
    note = models.TextField(_("note"), max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=DisputeState.choices, default=DisputeState.OPEN)
    state_since = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["match", "signal", "by"], name="dispute_once_a_person_and_line"),
            models.CheckConstraint(condition=Q(state__in=DisputeState.values), name="dispute_state_known"),
            models.CheckConstraint(condition=Q(fault__in=Fault.values), name="dispute_fault_known"),
            models.CheckConstraint(condition=~Q(fault="other") | ~Q(note=""), name="dispute_other_has_note"),
        ]
        indexes = [models.Index(fields=["state", "-created_at"], name="dispute_newest")]

    def __str__(self) -> str:
        return f"{self.match_id} {self.signal} {self.state}"
