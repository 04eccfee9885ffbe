"""Enterprise demand lists: the public row of a technical need, its protected body, the indicator rows.

The problem, the indicators and the owner's identity stand in the body only. The public row of a need whose owner is
hidden or whose text is for members names neither: `shown_enterprise` and the text in `search_vector` are written by
the service according to the visibility.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.enums import Track
from matchmaking.accounts.models import Organisation
from matchmaking.common.crypto import EncryptedJSONField
from matchmaking.common.indicators import IndicatorBase
from matchmaking.programmes.models import ListEntry, Programme, ProgrammeTrack, ProtectedBody, Visibility
from matchmaking.vocabularies.models import Region
from needs.enums import IN_POOL, MATCHED, NeedState


class TechNeedQuerySet(models.QuerySet["TechNeed"]):
    def visible_to(self, user):
        """The public row. In the pool: public and hidden-owner needs for all, members' ones after sign-in,
        invited ones for the invited. Before: the owner, its park, officers of the region."""
        public = Q(state__in=IN_POOL, visibility__in=[Visibility.PUBLIC, Visibility.HIDDEN_OWNER])
        if not user.is_authenticated:
            return self.filter(public)
        seen = Q(state__in=IN_POOL) & ~Q(visibility=Visibility.INVITED)
        seen |= Q(body__owner__in=user.organisation_ids)
        seen |= Q(state__in=IN_POOL, pk__in=NeedInvitation.objects.filter(
            organisation__in=user.organisation_ids).values("need"))  # fmt: skip
        handed_in = ~Q(state=NeedState.DRAFT)
        if user.can("need.check_park"):
            seen |= handed_in & Q(body__owner__park__in=user.organisations_with("need.check_park"))
        if user.can("need.publish"):
            seen |= handed_in & user.in_reach("need.publish", "region")
        return self.filter(seen)

    def editable_by(self, user):
        if not user.is_authenticated:
            return self.none()
        return self.filter(body__owner__in=user.organisations_with("need.edit"))

    def matched(self):
        """Needs that the engine may answer."""
        return self.filter(state__in=MATCHED)

    def checked_by_parks_of(self, user):
        """Needs of tenants of the parks for which the person checks, in any state but draft."""
        parks = user.organisations_with("need.check_park")
        return self.filter(~Q(state=NeedState.DRAFT), body__owner__park__in=parks)

    def waiting_for_park(self, user):
        """Handed in by a tenant, not yet seen by the park."""
        return self.checked_by_parks_of(user).filter(state=NeedState.SUBMITTED)

    def reviewed_for(self, organisations):
        """Needs on which officers of these departments decide: reviewing track of the programme, region in reach.

        A body without a region (the secretariat) reviews everything. Drafts are nobody's but the owner's.
        """
        reach = Q(pk__in=[])
        for organisation in organisations:
            place = organisation.region
            if place is None:
                reach = ~Q(pk__in=[])
                break
            within = Q(region__path__contains=[place.code], programme__in=_programmes_reviewed_by(organisation.track))
            if place.kind == Region.Kind.PROVINCE:
                within &= ~Q(region__separately_planned=True)
            reach |= within
        return self.filter(reach & ~Q(state=NeedState.DRAFT))

    def reviewed_by(self, user):
        return self.reviewed_for(user.organisations_with("need.publish"))

    def waiting_for_region(self, user):
        """Passed by the park, or handed in by an enterprise outside any park."""
        ready = Q(state=NeedState.CHECKED) | Q(state=NeedState.SUBMITTED, body__owner__park=None)
        return self.reviewed_by(user).filter(ready)

    def with_file_open_to(self, user):
        """Needs whose review notes and history the person reads: own, of the park's tenants, of the region."""
        mine = Q(body__owner__in=user.organisation_ids)
        if user.can("need.check_park"):
            mine |= Q(body__owner__park__in=user.organisations_with("need.check_park"))
        if user.can("need.publish"):
            mine |= user.in_reach("need.publish", "region")
        return self.visible_to(user).filter(mine)


def _programmes_reviewed_by(track: str):
    """Programmes whose data give the check of needs to this track; without such data it is the 工信 track's."""
    said = ProgrammeTrack.objects.filter(reviews__contains=["need"])
    mine = Q(pk__in=said.filter(code=track).values("programme"))
    if track == Track.MIIT:
        mine |= ~Q(pk__in=said.values("programme"))
    return Programme.objects.filter(mine).values("pk")


def reviewing_tracks(programme_id: int) -> list[str]:
    """The tracks that check needs of a programme."""
    said = ProgrammeTrack.objects.filter(programme=programme_id, reviews__contains=["need"])
    return list(said.values_list("code", flat=True)) or [Track.MIIT]


class TechNeed(ListEntry):
    """A technical need or challenge (技术攻关清单 entry), public half. A scenario is a need kind."""

    state = models.CharField(max_length=20, choices=NeedState.choices, default=NeedState.DRAFT)
    title = models.CharField(_("title"), max_length=60)
    need_kind = models.CharField(_("kind of need"), max_length=20, blank=True)
    tech_field = models.CharField(_("technical field"), max_length=10, blank=True)
    industry = models.CharField(_("industry"), max_length=4, blank=True)
    target_trl = models.PositiveSmallIntegerField(
        _("expected readiness level"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(9)],
    )
    coop_modes = ArrayField(
        models.CharField(max_length=20), verbose_name=_("cooperation modes"), default=list, blank=True
    )
    budget_band = models.CharField(_("budget band"), max_length=5, blank=True)
    open_competition = models.BooleanField(_("open competition"), default=False)
    due_months = models.PositiveSmallIntegerField(
        _("to be finished in (months)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(36)],
    )
    open_until = models.DateField(_("open until"), null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    shown_enterprise = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    search_vector = SearchVectorField(null=True, editable=False)

    objects = TechNeedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=NeedState.values), name="need_state_known"),
            models.CheckConstraint(condition=Q(visibility__in=Visibility.values), name="need_visibility_known"),
            models.CheckConstraint(condition=Q(due_months=None) | Q(due_months__range=(1, 36)), name="need_due_range"),
            models.CheckConstraint(
                condition=Q(target_trl=None) | Q(target_trl__range=(1, 9)), name="need_target_trl_range"
            ),
            models.CheckConstraint(
                condition=~Q(visibility="hidden_owner") | Q(shown_enterprise=None), name="need_hidden_owner_not_shown"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "returned", "withdrawn", "rejected", "archived"])
                | (~Q(need_kind="") & ~Q(tech_field="") & ~Q(industry="") & ~Q(budget_band="")
                   & Q(due_months__isnull=False)),
                name="need_submitted_is_complete",
            ),
        ]  # fmt: skip
        indexes = [
            GinIndex(fields=["search_vector"], name="need_search"),
            models.Index(fields=["state", "-id"], name="need_by_state"),
            models.Index(fields=["state", "tech_field", "-id"], name="need_by_field"),
            models.Index(fields=["state", "region", "-id"], name="need_by_region"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("needs:need_detail", args=[self.uuid])


class NeedBodyQuerySet(models.QuerySet["NeedBody"]):
    def readable_by(self, user):
        """Problem and indicators: those of public needs for all who see the need, others after sign-in."""
        seen = TechNeed.objects.visible_to(user)
        if not user.is_authenticated:
            seen = seen.filter(visibility=Visibility.PUBLIC)
        return self.filter(need__in=seen.values("pk"))

    def owner_known_to(self, user):
        """Bodies whose owner the person may know: not hidden, own, or checked by the person as officer or park."""
        if not user.is_authenticated:
            return self.filter(
                need__visibility=Visibility.PUBLIC, need__in=TechNeed.objects.visible_to(user).values("pk")
            )
        known = ~Q(need__visibility=Visibility.HIDDEN_OWNER) | Q(owner__in=user.organisation_ids)
        if user.can("need.check_park"):
            known |= Q(owner__park__in=user.organisations_with("need.check_park"))
        if user.can("need.publish"):
            known |= user.in_reach("need.publish", "need__region")
        return self.filter(known, need__in=TechNeed.objects.visible_to(user).values("pk"))


class NeedBody(ProtectedBody):
    """The protected half of a need: owner (the enterprise), problem, goal, money, bottleneck and IP fields."""

    need = models.OneToOneField(TechNeed, on_delete=models.CASCADE, primary_key=True, related_name="body")
    background = models.TextField(_("background"), max_length=800, blank=True)
    problem = models.TextField(_("present process and problem"), max_length=2000, blank=True)
    goal = models.TextField(_("expected goal"), max_length=800, blank=True)
    tried = models.TextField(_("what was tried and why it failed"), max_length=1000, blank=True)
    basis = models.TextField(_("existing basis"), max_length=1000, blank=True)
    chain_link = models.CharField(_("link of the industrial chain"), max_length=60, blank=True)
    chokepoint = models.BooleanField(_("bottleneck technology"), default=False)
    import_substitution = models.BooleanField(_("import substitution"), default=False)
    national_project = models.CharField(_("national project"), max_length=10, blank=True)
    budget_fen = models.BigIntegerField(_("budget"), null=True, blank=True)
    eligibility = models.TextField(_("conditions for the answering side"), max_length=1000, blank=True)
    ip_terms = models.CharField(_("IP terms"), max_length=20, blank=True)
    ip_terms_note = models.CharField(_("note on IP terms"), max_length=300, blank=True)
    wished_partners = models.CharField(_("wished partners"), max_length=300, blank=True)
    contact = EncryptedJSONField(null=True, blank=True)
    search_vector = SearchVectorField(null=True, editable=False)

    objects = NeedBodyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(budget_fen=None) | Q(budget_fen__gte=0), name="need_budget_positive"),
        ]
        indexes = [GinIndex(fields=["search_vector"], name="need_body_search")]

    def __str__(self) -> str:
        return f"body {self.need_id}"


class NeedIndicator(IndicatorBase):
    """An indicator the answer is measured by: must or wish, with today's value."""

    body = models.ForeignKey(NeedBody, on_delete=models.CASCADE, related_name="indicators")
    now = models.CharField(_("today's value"), max_length=60, blank=True)
    must = models.BooleanField(_("must be met"), default=True)

    @property
    def figure(self) -> str:
        """The wanted value without the name of the indicator."""
        return str(self).removeprefix(self.name).strip()


class NeedInvitation(models.Model):
    """An organisation that may see a need published to invited ones only."""

    need = models.ForeignKey(TechNeed, on_delete=models.CASCADE, related_name="invitations")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["need", "organisation"], name="need_invitation_once")]

    def __str__(self) -> str:
        return f"{self.need_id} {self.organisation_id}"
