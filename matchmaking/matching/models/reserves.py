"""Candidates that an officer approved for the case that the first ones do not come to talks."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from matchmaking.accounts.models import User
from matchmaking.matching.enums import MatchState
from matchmaking.matching.models.matches import Match
from needs.models import TechNeed


class ReserveQuerySet(models.QuerySet["Reserve"]):
    def waiting(self):
        """Those that may still move up, the next one first. Whatever moved the match since ended the approval."""
        stands = Q(match__state=MatchState.PROPOSED, match__version=F("match_version"))
        return self.filter(stands, moved_up_at=None).order_by("position", "pk")

    def visible_to(self, user):
        """Officers who decide on matches of the need's region."""
        if not user.is_authenticated or not user.can("match.review"):
            return self.none()
        return self.filter(user.in_reach("match.review", "need__region", programme="need__programme"))


class Reserve(models.Model):
    """A place in the reserve of a need: the proposed match that is released by itself when one before it ends."""

    need = models.ForeignKey(TechNeed, on_delete=models.CASCADE, related_name="reserve")
    match = models.OneToOneField(Match, on_delete=models.CASCADE, related_name="reserve")
    position = models.PositiveSmallIntegerField()
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(default=timezone.now)
    match_version = models.PositiveIntegerField()
    need_text_version = models.PositiveIntegerField()  # the texts that the officer read
    target_text_version = models.PositiveIntegerField()
    moved_up_at = models.DateTimeField(null=True, blank=True)

    objects = ReserveQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["need", "position"], condition=Q(moved_up_at=None), name="reserve_place_once"
            ),
            models.CheckConstraint(condition=Q(position__gte=1), name="reserve_position_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.need_id} #{self.position}"
