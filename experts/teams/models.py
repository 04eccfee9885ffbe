"""A team, the units it comes from, and its members with their parts in it."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from experts.enums import ExpertState
from experts.teams.enums import MOST_FIELDS, TeamState
from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.rules import is_member
from matchmaking.programmes.models import ListEntry, Visibility
from matchmaking.programmes.reviewing import reviewed_by

KIND = "team"


class TeamQuerySet(models.QuerySet["Team"]):
    def visible_to(self, user):
        """In the pool, while the lead is in it: public ones for all, others for everybody who works for an
        organisation. Else: lead and members, the lead's unit, and officers once the team is handed in."""
        in_pool = Q(state=TeamState.IN_POOL, lead__state=ExpertState.IN_POOL)
        public = in_pool & Q(visibility=Visibility.PUBLIC)
        if not user.is_authenticated:
            return self.filter(public)
        taking_part = TeamMember.objects.filter(expert__body__user=user).values("team")
        seen = public | Q(lead__body__user=user) | Q(pk__in=taking_part) & ~Q(state=TeamState.LEFT)
        if not is_member(user):
            return self.filter(seen)
        seen |= in_pool | Q(owner__in=user.organisations_with("expert.nominate"))
        if user.can("expert.review"):
            handed_in = ~Q(state__in=[TeamState.DRAFT, TeamState.LEFT])
            seen |= handed_in & reviewed_by(user, "expert.review", "team")
        return self.filter(seen)

    def editable_by(self, user):
        """Teams of the units for which the person nominates, and those he leads."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(lead__body__user=user) | Q(owner__in=user.organisations_with("expert.nominate")))

    def kept_by(self, user):
        """Teams that the person edits or takes part in."""
        if not user.is_authenticated:
            return self.none()
        taking_part = TeamMember.objects.filter(expert__body__user=user).values("team")
        mine = Q(lead__body__user=user) | Q(owner__in=user.organisations_with("expert.nominate"))
        return self.filter(mine | Q(pk__in=taking_part) & ~Q(state=TeamState.LEFT))

    def decided_by(self, user):
        """Teams on which the person decides as an officer, once handed in."""
        if not user.is_authenticated:
            return self.none()
        handed_in = ~Q(state__in=[TeamState.DRAFT, TeamState.LEFT])
        return self.filter(reviewed_by(user, "expert.review", KIND), handed_in)

    def waiting_for(self, user):
        return self.decided_by(user).filter(state=TeamState.SUBMITTED)

    def matched(self):
        """Teams that may answer a need."""
        return self.filter(state=TeamState.IN_POOL, lead__state=ExpertState.IN_POOL)


class Team(ListEntry):
    """A team of several disciplines and units; a match may be with a team (target of `matching.Match`).

    `owner`, the unit of the lead, is public like the lead himself; contact data are those of the lead's own entry.
    """

    state = models.CharField(max_length=20, choices=TeamState.choices, default=TeamState.DRAFT)
    name = models.CharField(_("name"), max_length=100)
    summary = models.TextField(_("summary"), max_length=600, blank=True)
    fields = ArrayField(models.CharField(max_length=10), verbose_name=_("technical fields"), default=list, blank=True)
    achievements = models.TextField(_("achievements"), max_length=800, blank=True)
    capacity = models.PositiveSmallIntegerField(_("needs at the same time"), null=True, blank=True)
    # A string: that module imports this one.
    lead = models.ForeignKey("experts.Expert", on_delete=models.PROTECT, related_name="led_teams")
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    units = models.ManyToManyField(Organisation, related_name="+", blank=True)
    search_vector = SearchVectorField(null=True, editable=False)

    objects = TeamQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=TeamState.values), name="team_state_known"),
            models.CheckConstraint(
                condition=Q(visibility__in=[Visibility.PUBLIC, Visibility.MEMBERS]), name="team_visibility_known"
            ),
            models.CheckConstraint(condition=Q(fields__len__lte=MOST_FIELDS), name="team_at_most_five_fields"),
        ]
        indexes = [
            GinIndex(fields=["search_vector"], name="team_search"),
            models.Index(fields=["state", "-id"], name="team_by_state"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("teams:team_detail", args=[self.uuid])


class TeamMember(models.Model):
    """An expert's part in a team, beside the lead. He may leave it by himself at once."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    expert = models.ForeignKey("experts.Expert", on_delete=models.PROTECT, related_name="team_memberships")
    position = models.PositiveSmallIntegerField(default=1)
    role = models.CharField(_("part in the team"), max_length=60, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "expert"], name="team_member_once")]

    def __str__(self) -> str:
        return f"{self.team_id} {self.expert_id}"
