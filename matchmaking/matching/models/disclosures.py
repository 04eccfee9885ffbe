"""What one side of a match opens to the other: steps, the agreement on confidentiality, questions, contact data."""

import uuid as uuid_module

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.rules import is_member
from matchmaking.matching.enums import LADDER, Side, Step
from matchmaking.matching.models.matches import Match


class DisclosureQuerySet(models.QuerySet["Disclosure"]):
    def visible_to(self, user):
        """A side reads what it has opened itself."""
        if not is_member(user):
            return self.none()
        enterprise, provider = Match.objects.for_enterprise_of(user), Match.objects.for_provider_of(user)
        return self.filter(
            Q(side=Side.ENTERPRISE, match__in=enterprise.values("pk"))
            | Q(side=Side.PROVIDER, match__in=provider.values("pk"))
        )

    def standing(self):
        """Not taken back, and opened since the match was last released: a new round begins with closed texts."""
        return self.filter(revoked_at=None, opened_at__gte=F("match__released_at"))


class Disclosure(models.Model):
    """A step that a side of a match has opened to the other side, until it takes it back. Rows are never removed."""

    match = models.ForeignKey(Match, on_delete=models.PROTECT, related_name="disclosures")
    side = models.CharField(max_length=10, choices=Side.choices)
    step = models.CharField(max_length=10, choices=Step.choices)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = DisclosureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["match", "side", "step"], condition=Q(revoked_at=None), name="disclosure_open_once"
            ),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="disclosure_side_known"),
            models.CheckConstraint(condition=Q(step__in=[str(step) for step in LADDER]), name="disclosure_step_known"),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(revoked_at__gte=F("opened_at")), name="disclosure_revoked_after"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.match_id} {self.side} {self.step}"


class NdaAcceptanceQuerySet(models.QuerySet["NdaAcceptance"]):
    def visible_to(self, user):
        """Both sides of the match and the officer who decides on it."""
        return self.filter(match__in=readers_of_talks(user).values("pk"))

    def standing(self):
        return self.filter(withdrawn_at=None)


class NdaAcceptance(models.Model):
    """A side's agreement to keep confidential what it reads in a match: which text, word by word, who and when."""

    match = models.ForeignKey(Match, on_delete=models.PROTECT, related_name="ndas")
    side = models.CharField(max_length=10, choices=Side.choices)
    text_version = models.CharField(max_length=20)
    text_hash = models.CharField(max_length=64)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = NdaAcceptanceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["match", "side"], condition=Q(withdrawn_at=None), name="nda_stands_once"),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="nda_side_known"),
            models.CheckConstraint(
                condition=~Q(text_version="") & Q(text_hash__regex=r"^[0-9a-f]{64}$"), name="nda_names_its_text"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.match_id} {self.side} {self.text_version}"


class QuestionQuerySet(models.QuerySet["Question"]):
    def visible_to(self, user):
        """Both sides of the match and the officer who decides on it; not who has merely proposed it."""
        return self.filter(match__in=readers_of_talks(user).values("pk"))


class Question(models.Model):
    """A question of one side to the other, without names, before both have said yes; and its answer."""

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    match = models.ForeignKey(Match, on_delete=models.PROTECT, related_name="questions")
    side = models.CharField(max_length=10, choices=Side.choices)
    text = models.TextField(_("question"), max_length=500)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    answer = models.TextField(_("answer"), max_length=1000, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(side__in=Side.values), name="question_side_known"),
            models.CheckConstraint(condition=~Q(text=""), name="question_asks_something"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None, answered_by=None)
                | (~Q(answer="") & Q(answered_at__isnull=False, answered_by__isnull=False)),
                name="question_answer_is_dated",
            ),
        ]
        indexes = [models.Index(fields=["match", "asked_at"], name="question_by_match")]

    def __str__(self) -> str:
        return f"{self.match_id} {self.side}"


class ContactReveal(models.Model):
    """A ledger of contact data shown: whose, to whom, for which match, when (data protection duty)."""

    match = models.ForeignKey(Match, on_delete=models.PROTECT, related_name="contact_reveals")
    side = models.CharField(max_length=10, choices=Side.choices)
    shown_to = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.match_id} {self.side}"


def readers_of_talks(user) -> models.QuerySet[Match]:
    """Matches whose two sides talk in front of this person: a side of it, or the officer who decides; nobody who works
    for no organisation here any more."""
    if not is_member(user):
        return Match.objects.none()
    found = Match.objects.for_enterprise_of(user) | Match.objects.for_provider_of(user)
    if user.can("match.review"):
        found |= Match.objects.filter(user.in_reach("match.review", "need__region", programme="need__programme"))
    return found
