"""Enterprise demand lists: the public row of a technical need, its protected body, the indicator rows.

The problem, the indicators and the owner's identity stand in the body only. The public row of a need whose owner is
hidden or whose text is for members names neither: `shown_enterprise` and the text in `search_vector` are written by
the service according to the visibility.
"""

import uuid as uuid_module

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.rules import is_member
from matchmaking.common.crypto import EncryptedJSONField
from matchmaking.common.indicators import IndicatorBase, unit_beside
from matchmaking.intake.duplicates.enums import PairState
from matchmaking.intake.models.duplicates import PairBase, pair_constraints
from matchmaking.intake.selectors import has_left_its_owner, is_escalated
from matchmaking.programmes.models import ListEntry, ProtectedBody, Visibility
from matchmaking.programmes.reviewing import reviewed_by
from needs.enums import COMPARED, IN_POOL, MATCHED, NeedState, RewriteAnswer
from needs.talent.models import TalentInvitation, TalentPost, TalentPostBody  # noqa: F401  (models of this app)


class TechNeedQuerySet(models.QuerySet["TechNeed"]):
    def visible_to(self, user):
        """The public row. In the pool: public and hidden-owner needs for all, members' ones for everybody who works
        for an organisation, invited ones for the invited. Out of the pool: the owner; from the day it is handed in
        its park and the officers who decide on it (`reviewed_by`).

        Departments whose track does not review needs, and national readers, read what members read. Officers who
        decide on matches also see the invited needs of their region: without the text they could not judge a match.
        """
        public = Q(state__in=IN_POOL, visibility__in=[Visibility.PUBLIC, Visibility.HIDDEN_OWNER])
        if not is_member(user):
            return self.filter(public)
        in_pool = Q(state__in=IN_POOL)
        invitations = NeedInvitation.objects.filter(organisation__in=user.organisation_ids)
        seen = in_pool & ~Q(visibility=Visibility.INVITED)
        # A client's needs are its broker's to read and to draft, as long as the mandate is in force.
        seen |= Q(body__owner__in=[*user.organisation_ids, *user.client_ids])
        seen |= in_pool & Q(pk__in=invitations.values("need"))
        if user.can("match.review"):
            seen |= in_pool & user.in_reach("match.review", "region", programme="programme")
        return self.filter(seen | self._checked_by(user) & self._handed_in())

    @staticmethod
    def _handed_in() -> Q:
        """Needs that left their enterprise; one withdrawn as a draft never did."""
        not_yet = [NeedState.DRAFT, NeedState.WITHDRAWN]
        return ~Q(state__in=not_yet) | Q(has_left_its_owner("need"), state=NeedState.WITHDRAWN)

    @staticmethod
    def _checked_by(user) -> Q:
        """Needs of the tenants of the person's parks, and those on which the person decides as an officer."""
        checked = Q(pk__in=[])
        if user.can("need.check_park"):
            checked |= Q(body__owner__park__in=user.organisations_with("need.check_park"))
        if user.can("need.publish"):
            checked |= reviewed_by(user, "need.publish", "need")
        return checked

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

    def reviewed_by(self, user):
        """Needs on which the person decides as an officer, once handed in: region and reviewing track."""
        return self.filter(reviewed_by(user, "need.publish", "need"), ~Q(state=NeedState.DRAFT))

    def waiting_for_region(self, user):
        """Passed by the park, handed in by an enterprise outside any park, or left lying by the park too long."""
        ready = Q(state=NeedState.CHECKED) | Q(state=NeedState.SUBMITTED, body__owner__park=None)
        ready |= Q(is_escalated("need", "park"), state=NeedState.SUBMITTED)
        return self.reviewed_by(user).filter(ready)

    def with_file_open_to(self, user):
        """Needs whose review notes and history the person reads: own, of the park's tenants, those he decides on."""
        mine = Q(body__owner__in=user.organisation_ids) | self._checked_by(user)
        return self.visible_to(user).filter(mine)


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
    # An officer marked both as one challenge: the other one stands for it in the lists (needs/duplicates).
    same_as = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="filed_again"
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
        """Problem and indicators: those of public needs for all who see the need, others for members."""
        seen = TechNeed.objects.visible_to(user)
        if not is_member(user):
            seen = seen.filter(visibility=Visibility.PUBLIC)
        return self.filter(need__in=seen.values("pk"))

    def owner_known_to(self, user):
        """Bodies whose owner the person may know: not hidden, own, or checked by the person as officer or park.

        An officer who only decides on matches judges the text; a hidden owner stays hidden from him.
        """
        visible = self.filter(need__in=TechNeed.objects.visible_to(user).values("pk"))
        if not is_member(user):
            return visible.filter(need__visibility=Visibility.PUBLIC)
        known = ~Q(need__visibility=Visibility.HIDDEN_OWNER) | Q(owner__in=[*user.organisation_ids, *user.client_ids])
        files = TechNeed.objects.with_file_open_to(user).filter(visibility=Visibility.HIDDEN_OWNER)
        return visible.filter(known | Q(need__in=files.values("pk")))


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
    # An application scenario offers a place of use and asks who can serve it; empty for every other kind of need.
    site = models.CharField(_("site"), max_length=200, blank=True)
    scale = models.TextField(_("scale"), max_length=500, blank=True)
    open_data = models.TextField(_("open data"), max_length=500, blank=True)
    trial_window = models.CharField(_("trial window"), max_length=200, blank=True)
    support_offered = models.TextField(_("support offered"), max_length=500, blank=True)
    access_conditions = models.TextField(_("access conditions"), max_length=500, blank=True)
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

    @property
    def today(self) -> str:
        """Today's value with its unit, which is written once in the row."""
        return f"{self.now} {unit_beside(self.now, self.unit)}".strip() if self.now else ""


class NeedInvitation(models.Model):
    """An organisation that may see a need published to invited ones only."""

    need = models.ForeignKey(TechNeed, on_delete=models.CASCADE, related_name="invitations")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["need", "organisation"], name="need_invitation_once")]

    def __str__(self) -> str:
        return f"{self.need_id} {self.organisation_id}"


class NeedRewriteQuerySet(models.QuerySet["NeedRewrite"]):
    def visible_to(self, user):
        """Proposals for the own enterprise's needs, those the own organisation made, those of needs one checks."""
        if not user.is_authenticated:
            return self.none()
        seen = Q(need__body__owner__in=user.organisation_ids) | Q(organisation__in=user.organisation_ids)
        files = TechNeed.objects.with_file_open_to(user)
        needs = TechNeed.objects.visible_to(user)
        return self.filter(seen | Q(need__in=files.values("pk")), need__in=needs.values("pk"))


class NeedRewrite(models.Model):
    """Another wording of one field of a need, proposed by an officer, a park or a broker, sentence by sentence."""

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    need = models.ForeignKey(TechNeed, on_delete=models.CASCADE, related_name="rewrites")
    field = models.CharField(max_length=20)
    original = models.TextField()
    proposed = models.TextField()
    note = models.CharField(_("note"), max_length=300, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = NeedRewriteQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["need", "-created_at"], name="need_rewrite_newest")]

    def __str__(self) -> str:
        return f"{self.need_id} {self.field}"

    def get_absolute_url(self) -> str:
        return reverse("needs:need_rewrites", args=[self.need.uuid])


class NeedRewriteSentence(models.Model):
    """One sentence before and after; `old` is empty where one is added, `new` where one is taken out.

    `before` is the sentence in front of it, by which the place is found when the words stand there twice.
    """

    rewrite = models.ForeignKey(NeedRewrite, on_delete=models.CASCADE, related_name="sentences")
    position = models.PositiveSmallIntegerField()
    before = models.TextField(blank=True)
    old = models.TextField(blank=True)
    new = models.TextField(blank=True)
    answer = models.CharField(max_length=10, choices=RewriteAnswer.choices, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rewrite", "position"], name="rewrite_sentence_place"),
            models.CheckConstraint(condition=~Q(old="", new=""), name="rewrite_sentence_says_something"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None)
                | (Q(answer__in=RewriteAnswer.values) & Q(answered_at__isnull=False)),
                name="rewrite_answer_is_dated",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rewrite_id}.{self.position} {self.answer}"


class NeedPairQuerySet(models.QuerySet["NeedPair"]):
    def visible_to(self, user):
        """Pairs of which the officer decides on one need at least, and may know the owners of both."""
        if not user.is_authenticated or not user.can("need.publish"):
            return self.none()
        known = NeedBody.objects.owner_known_to(user).values("pk")
        mine = TechNeed.objects.reviewed_by(user).values("pk")
        return self.filter(Q(first__in=mine) | Q(second__in=mine), first__in=known, second__in=known)

    def waiting(self):
        """Pairs on which somebody has to decide: both needs still stand."""
        return self.filter(first__state__in=COMPARED, second__state__in=COMPARED, state=PairState.FOUND)


class NeedPair(PairBase):
    """Two needs that may be one challenge. Once linked, both stay with their owners; `leads_first` says which of both
    stands for it in the lists (`TechNeed.same_as`)."""

    first = models.ForeignKey(TechNeed, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(TechNeed, on_delete=models.CASCADE, related_name="+")
    leads_first = models.BooleanField(default=True)

    objects = NeedPairQuerySet.as_manager()

    class Meta:
        constraints = pair_constraints("need_pair")
        indexes = [models.Index(fields=["state", "-score", "-id"], name="need_pair_by_score")]

    def get_absolute_url(self) -> str:
        return reverse("duplicates:detail", args=["need", self.uuid])
