"""Matches people decide on: both sides with their clocks, the talks, what was shown to whom."""

import uuid as uuid_module

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Achievement, Completer
from experts.models import Expert
from matchmaking.accounts.models import User
from matchmaking.matching.enums import (
    LIVE,
    SHOWN_TO_SIDES,
    Answer,
    DeclineReason,
    MatchState,
    Origin,
    Side,
)
from matchmaking.matching.models.runs import Candidate, MatchRun, Target, exactly_one_target
from needs.models import TechNeed


class MatchQuerySet(models.QuerySet["Match"]):
    def visible_to(self, user):
        """Both sides see a match from its release on; officers of the need's region see all of theirs."""
        if not user.is_authenticated:
            return self.none()
        seen = Q(state__in=SHOWN_TO_SIDES) & (self._enterprise_side(user) | self._provider_side(user))
        if user.can("match.propose"):
            # Whoever said that a confidential need interests him has seen nothing of it, and sees nothing yet.
            seen |= Q(proposed_by=user) & ~Q(origin=Origin.SEALED)
        if user.can("match.review"):
            seen |= user.in_reach("match.review", "need__region", programme="need__programme")
        return self.filter(seen)

    def for_enterprise_of(self, user):
        """Released matches of the needs of the person's enterprises."""
        return self.filter(self._enterprise_side(user), state__in=SHOWN_TO_SIDES)

    def for_provider_of(self, user):
        """Released matches with the achievements and experts the person answers for."""
        return self.filter(self._provider_side(user), state__in=SHOWN_TO_SIDES)

    def on_provider_side(self, user):
        """Matches, in any state, with the achievements, experts and teams the person answers for."""
        return self.filter(self._provider_side(user))

    def live(self):
        return self.filter(state__in=LIVE)

    @staticmethod
    def _enterprise_side(user) -> Q:
        return Q(need__body__owner__in=user.organisation_ids)

    @staticmethod
    def _provider_side(user) -> Q:
        officer_of = user.organisations_with("achievement.unit_review")
        side = Q(achievement__body__owner__in=officer_of) | Q(expert__body__owner__in=officer_of)
        side |= Q(achievement__in=Completer.objects.filter(user=user).values("achievement"))
        created = Q(achievement__body__created_by=user, achievement__body__owner__in=user.organisation_ids)
        side |= Q(team__owner__in=officer_of) | Q(team__lead__body__user=user)
        return side | created | Q(expert__body__user=user) | MatchQuerySet._handed_to(user)

    @staticmethod
    def _handed_to(user) -> Q:
        """Requests that were handed to the person, as long as he works for the unit that was asked."""
        handed = Q(pk__in=MatchSide.objects.filter(side=Side.PROVIDER, handed_to=user).values("match"))
        unit = Q(achievement__body__owner__in=user.organisation_ids)
        unit |= Q(expert__body__owner__in=user.organisation_ids) | Q(team__owner__in=user.organisation_ids)
        return handed & unit


class Match(Target):
    """A need and one possible answer, unique and kept across runs. Decisions are never overwritten by a run."""

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    need = models.ForeignKey(TechNeed, on_delete=models.PROTECT, related_name="matches")
    state = models.CharField(max_length=20, choices=MatchState.choices, default=MatchState.PROPOSED)
    state_since = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.RUN)
    candidate = models.ForeignKey(Candidate, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    score = models.FloatField(null=True, blank=True)
    probability = models.FloatField(null=True, blank=True)
    reasons = models.JSONField(default=list)
    need_text_version = models.PositiveIntegerField()
    target_text_version = models.PositiveIntegerField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    proposal_note = models.TextField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    drop_reason = models.CharField(max_length=20, blank=True, choices=DeclineReason.choices)
    drop_note = models.CharField(max_length=300, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    contact_opened_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=300, blank=True)

    objects = MatchQuerySet.as_manager()

    class Meta:
        constraints = [
            exactly_one_target("match_one_target"),
            models.CheckConstraint(condition=Q(state__in=MatchState.values), name="match_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=["contact_opened", "meeting", "negotiation", "signed"])
                | Q(contact_opened_at__isnull=False),
                name="match_contact_is_dated",
            ),
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="match_origin_known"),
            models.CheckConstraint(
                condition=~Q(origin="sealed") | Q(proposed_by__isnull=False), name="match_sealed_is_wished"
            ),
            models.CheckConstraint(
                condition=~Q(state="dropped") | ~Q(drop_reason=""), name="match_dropped_with_reason"
            ),
            models.UniqueConstraint(
                fields=["need", "achievement"],
                condition=Q(achievement__isnull=False),
                name="match_need_achievement",
            ),
            models.UniqueConstraint(
                fields=["need", "expert"], condition=Q(expert__isnull=False), name="match_need_expert"
            ),
            models.UniqueConstraint(fields=["need", "team"], condition=Q(team__isnull=False), name="match_need_team"),
        ]
        indexes = [
            models.Index(fields=["state", "-state_since"], name="match_by_state"),
            models.Index(fields=["achievement", "state"], name="match_by_achievement"),
            models.Index(fields=["expert", "state"], name="match_by_expert"),
        ]

    def __str__(self) -> str:
        return f"{self.need_id} × {self.target_kind}"

    def get_absolute_url(self) -> str:
        return reverse("matching:match_detail", args=[self.uuid])

    @property
    def unit_id(self) -> int:
        """The organisation that answers for the provider side."""
        target = self.target
        return target.body.owner_id if isinstance(target, (Achievement, Expert)) else target.owner_id


class MatchSide(models.Model):
    """One side's clock and answer. A side that proposed has thereby said yes (it is created as answered).

    The answer is due at the end of the `workdays`-th working day after `asked_at`, or after the day until which it was
    put off. `handed_to` answers in the place of whoever was asked first; the clock runs on.
    """

    match = models.ForeignKey(Match, on_delete=models.CASCADE, related_name="sides")
    side = models.CharField(max_length=10, choices=Side.choices)
    asked_at = models.DateTimeField(default=timezone.now)
    workdays = models.PositiveSmallIntegerField(default=10)
    due_at = models.DateTimeField()
    handed_to = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answer = models.CharField(max_length=12, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=20, choices=DeclineReason.choices, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    ask_again_on = models.DateField(_("ask again on"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["match", "side"], name="side_once_per_match"),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="side_known"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None, answered_by=None)
                | (Q(answer__in=Answer.values) & Q(answered_at__isnull=False)),
                name="side_answer_is_dated",
            ),
            models.CheckConstraint(condition=~Q(answer="no") | ~Q(reason=""), name="side_no_has_reason"),
            models.CheckConstraint(
                condition=~Q(answer="later") | Q(ask_again_on__isnull=False), name="side_later_has_date"
            ),
            models.CheckConstraint(condition=Q(workdays__range=(1, 60)), name="side_workdays"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(answer__in=["", "later"]), name="side_due")]

    def __str__(self) -> str:
        return f"{self.match_id} {self.side} {self.answer}"


class Contact(models.Model):
    """A dated step of the talks with what came of it; read by the two sides and the officer, never in the history."""

    match = models.ForeignKey(Match, on_delete=models.PROTECT, related_name="contacts")
    step = models.CharField(max_length=20, choices=MatchState.choices)
    summary = models.TextField(_("summary"), max_length=300, blank=True)
    side = models.CharField(max_length=10, choices=Side.choices, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(step__in=MatchState.values), name="contact_step_known")]
        indexes = [models.Index(fields=["match", "-at"], name="contact_by_match")]

    def __str__(self) -> str:
        return f"{self.match_id} {self.step}"


class Exposure(models.Model):
    """A candidate or match that was shown to somebody, where in the list: learning corrects for it later."""

    match = models.ForeignKey(Match, on_delete=models.CASCADE, related_name="exposures")
    run = models.ForeignKey(MatchRun, on_delete=models.SET_NULL, null=True, related_name="+")
    viewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    shown_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["match", "viewer", "shown_on"], name="exposure_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.match_id} {self.viewer_id}"
