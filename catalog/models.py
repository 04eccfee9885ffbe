"""The achievements catalogue: the public row, its protected body, indicators and intellectual property."""

from datetime import timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.enums import COMPARED, IN_POOL, MATCHED, AchievementState
from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.rules import is_member
from matchmaking.common.crypto import EncryptedJSONField
from matchmaking.common.indicators import IndicatorBase
from matchmaking.intake.duplicates.enums import PairState
from matchmaking.intake.models import Decision, ReviewStep
from matchmaking.intake.models.duplicates import PairBase, pair_constraints
from matchmaking.programmes.models import ListEntry, ProtectedBody, Visibility
from matchmaking.programmes.reviewing import reviewed_by


def codes_field(label: Any, **kwargs):
    """An array of vocabulary codes."""
    return ArrayField(models.CharField(max_length=20), verbose_name=label, default=list, blank=True, **kwargs)


class AchievementQuerySet(models.QuerySet["Achievement"]):
    def visible_to(self, user):
        """In the pool: public ones for all, members' ones for everybody who works for an organisation. Before: owner,
        completers, its officers."""
        public = Q(state__in=IN_POOL, visibility=Visibility.PUBLIC)
        if not is_member(user):
            return self.filter(public)
        seen = Q(state__in=IN_POOL, visibility__in=[Visibility.PUBLIC, Visibility.MEMBERS, Visibility.HIDDEN_OWNER])
        seen |= Q(body__owner__in=user.organisations_with("achievement.unit_review"))
        # Whoever left the owner no longer reads what he wrote there; a completer reads it wherever he works now.
        seen |= Q(body__created_by=user, body__owner__in=user.organisations_with("achievement.edit"))
        seen |= Q(pk__in=Completer.objects.filter(user=user).values("achievement"))
        # A client's records of any visibility in the pool are its broker's to read, while the mandate is in force.
        seen |= Q(state__in=IN_POOL, body__owner__in=user.client_ids)
        if user.can("achievement.review"):
            seen |= self._handed_in() & reviewed_by(user, "achievement.review", "achievement")
        return self.filter(seen)

    @staticmethod
    def _handed_in() -> Q:
        """Records that left their unit. A withdrawn one was perhaps never handed in: then no step has passed it."""
        within_unit = [AchievementState.DRAFT, AchievementState.UNIT_REVIEW, AchievementState.WITHDRAWN]
        passed = ReviewStep.objects.filter(object_kind="achievement", decision=Decision.PASS).values("object_id")
        left = Q(uuid__in=passed) | Q(merged_into__isnull=False)
        return ~Q(state__in=within_unit) | Q(left, state=AchievementState.WITHDRAWN)

    def reviewable_by(self, user):
        """Submitted records that wait for this officer: in his region, on a track that reviews achievements."""
        if not user.is_authenticated:
            return self.none()
        mine = reviewed_by(user, "achievement.review", "achievement")
        return self.filter(mine, state=AchievementState.SUBMITTED)

    def in_unit_review_of(self, user):
        """Records that wait for the transfer officers of the own organisation."""
        if not user.is_authenticated:
            return self.none()
        own = Q(body__owner__in=user.organisations_with("achievement.unit_review"))
        return self.filter(own, state=AchievementState.UNIT_REVIEW)

    def editable_by(self, user):
        """The own organisation's records for its transfer officers; a researcher's own ones."""
        if not user.is_authenticated:
            return self.none()
        own = Q(body__owner__in=user.organisations_with("achievement.unit_review"))
        own |= Q(body__created_by=user, body__owner__in=user.organisations_with("achievement.edit"))
        return self.filter(own)

    def matched(self):
        """Records that the engine may propose."""
        return self.filter(state__in=MATCHED)


class Achievement(ListEntry):
    """An achievement offered for transformation (成果转化清单 entry), public half."""

    state = models.CharField(max_length=20, choices=AchievementState.choices, default=AchievementState.DRAFT)
    title = models.CharField(_("title"), max_length=100)
    summary = models.TextField(_("summary"), max_length=600, blank=True)
    problem_solved = models.TextField(_("problem solved"), max_length=300, blank=True)
    key_points = models.TextField(_("key points and innovation"), max_length=1000, blank=True)
    applications = codes_field(_("application industries"))
    application_text = models.CharField(_("application scenarios"), max_length=300, blank=True)
    tech_field = models.CharField(_("technical field"), max_length=10, blank=True)
    sei = models.CharField(_("strategic emerging industry"), max_length=10, blank=True)
    discipline = models.CharField(_("discipline"), max_length=10, blank=True)
    keywords = ArrayField(models.CharField(max_length=40), verbose_name=_("keywords"), default=list, blank=True)
    trl = models.PositiveSmallIntegerField(
        _("technology readiness level"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(9)],
    )
    maturity = models.CharField(_("maturity"), max_length=20, blank=True)
    source = models.CharField(_("source of the achievement"), max_length=20, blank=True)
    grant_no = models.CharField(_("grant number"), max_length=60, blank=True)
    ownership = models.CharField(_("ownership"), max_length=20, blank=True)
    ownership_note = models.CharField(_("note on ownership"), max_length=200, blank=True)
    rights_pilot = models.BooleanField(_("rights-granting pilot"), default=False)
    separate_mgmt = models.BooleanField(_("separately managed"), default=False)
    coop_modes = codes_field(_("cooperation modes"))
    price_band = models.CharField(_("price band"), max_length=5, blank=True)
    needs_from_partner = models.TextField(_("conditions needed"), max_length=1000, blank=True)
    references = models.TextField(_("existing applications"), max_length=1000, blank=True)
    awards = models.TextField(_("awards and evaluations"), max_length=1000, blank=True)
    benefit = models.TextField(_("economic and social benefit"), max_length=1000, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="merged_from"
    )
    units = models.ManyToManyField(Organisation, through="CompletingUnit", related_name="achievements")
    search_vector = SearchVectorField(null=True, editable=False)

    objects = AchievementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=AchievementState.values), name="achievement_state_known"),
            models.CheckConstraint(condition=Q(trl=None) | Q(trl__range=(1, 9)), name="achievement_trl_range"),
            models.CheckConstraint(condition=Q(visibility__in=Visibility.values), name="achievement_visibility_known"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "unit_review", "returned", "withdrawn", "rejected", "archived"])
                | (~Q(ownership="unclear") & ~Q(tech_field="") & ~Q(discipline="") & Q(trl__isnull=False)),
                name="achievement_submitted_is_complete",
            ),
        ]
        indexes = [
            GinIndex(fields=["search_vector"], name="achievement_search"),
            models.Index(fields=["state", "-id"], name="achievement_by_state"),
            models.Index(fields=["state", "tech_field", "-id"], name="achievement_by_field"),
            models.Index(fields=["state", "region", "-id"], name="achievement_by_region"),
            models.Index(fields=["state", "trl", "-id"], name="achievement_by_trl"),
            GinIndex(fields=["applications"], name="achievement_by_industry"),
            GinIndex(fields=["coop_modes"], name="achievement_by_mode"),
            models.Index(fields=["maturity", "-id"], name="achievement_by_maturity"),
            models.Index(fields=["price_band", "-id"], name="achievement_by_price"),
            models.Index(fields=["source", "-id"], name="achievement_by_source"),
            models.Index(fields=["ownership", "-id"], name="achievement_by_ownership"),
            models.Index(fields=["-id"], name="achievement_invited", condition=Q(visibility="invited")),
        ]

    def get_absolute_url(self) -> str:
        return reverse("catalog:achievement_detail", args=[self.uuid])


class AchievementBody(ProtectedBody):
    """The protected half of an achievement: owner, contacts, asking price, financing wish, the unit's declaration."""

    achievement = models.OneToOneField(Achievement, on_delete=models.CASCADE, primary_key=True, related_name="body")
    price_fen = models.BigIntegerField(_("asking price"), null=True, blank=True)
    finance_stage = models.CharField(_("financing stage"), max_length=10, blank=True)
    finance_amount_fen = models.BigIntegerField(_("financing wish"), null=True, blank=True)
    trl_evidence = models.TextField(_("evidence of maturity"), max_length=1000, blank=True)
    contact = EncryptedJSONField(null=True, blank=True)
    secrecy_declared = models.BooleanField(_("declared free of state secrets"), default=False)
    unit_opinion = models.TextField(_("opinion of the unit"), max_length=500, blank=True)
    unit_opinion_by = models.CharField(_("person of the opinion"), max_length=50, blank=True)
    unit_opinion_on = models.DateField(_("date of the opinion"), null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(price_fen=None) | Q(price_fen__gte=0), name="achievement_price_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"body {self.achievement_id}"

    @property
    def opinion_signed(self) -> str:
        """Who gave the unit's opinion, and when."""
        return " · ".join(str(part) for part in (self.unit_opinion_by, self.unit_opinion_on) if part)


class AchievementIndicator(IndicatorBase):
    """A measured indicator of an achievement, with condition and evidence."""

    achievement = models.ForeignKey(Achievement, on_delete=models.CASCADE, related_name="indicators")
    condition = models.CharField(_("test condition"), max_length=200, blank=True)
    evidence = models.CharField(_("evidence"), max_length=200, blank=True)

    @property
    def figure(self) -> str:
        """The value without the name, as a table shows it."""
        return str(self).removeprefix(self.name).strip()


class CompletingUnit(models.Model):
    """A completing unit in its order; the first one leads."""

    achievement = models.ForeignKey(Achievement, on_delete=models.CASCADE, related_name="completing_units")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["achievement", "organisation"], name="completing_unit_once"),
            models.UniqueConstraint(
                fields=["achievement", "position"],
                name="completing_unit_order",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.achievement_id} {self.position}"


class Completer(models.Model):
    """A person who completed the achievement, in order; linked to a user when he has an account."""

    achievement = models.ForeignKey(Achievement, on_delete=models.CASCADE, related_name="completers")
    position = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(_("name"), max_length=50)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["user", "achievement"], name="completer_by_user")]

    def __str__(self) -> str:
        return self.name


# Codes of IP_STATUS after which a right is no longer there.
ENDED_RIGHTS = ("rejected", "withdrawn", "invalidated", "expired", "lapsed")
SOON = timedelta(days=183)


class HonourKind(models.TextChoices):
    AWARD = "award", _("award")
    EVALUATION = "evaluation", _("evaluation report")


class Honour(models.Model):
    """An award or an evaluation report of an achievement: name, level, the body that gave it, year."""

    achievement = models.ForeignKey(Achievement, on_delete=models.CASCADE, related_name="honours")
    position = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(_("kind"), max_length=10, choices=HonourKind.choices, default=HonourKind.AWARD)
    name = models.CharField(_("name"), max_length=200)
    level = models.CharField(_("level or result"), max_length=60, blank=True)
    body = models.CharField(_("given by"), max_length=100, blank=True)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=HonourKind.values), name="honour_kind_known"),
            models.CheckConstraint(condition=Q(year=None) | Q(year__range=(1949, 2100)), name="honour_year_range"),
        ]

    def __str__(self) -> str:
        return " · ".join(str(part) for part in (self.name, self.level, self.body, self.year) if part)


class IPItemQuerySet(models.QuerySet["IPItem"]):
    def registered_for(self, user):
        """The rights behind the achievements in the pool of the regions whose rights the person watches; a right names
        its owner, so those of a hidden owner are left out."""
        if not user.is_authenticated:
            return self.none()
        reach = user.in_reach("ip.read", "region", programme="programme")
        seen = Achievement.objects.visible_to(user).filter(reach, state__in=IN_POOL)
        return self.filter(achievement__in=seen.exclude(visibility=Visibility.HIDDEN_OWNER).values("pk"))

    def over(self):
        """No longer in force."""
        return self.filter(Q(status__in=ENDED_RIGHTS) | Q(expires_on__lt=timezone.localdate()))

    def ending(self):
        """In force, but not for long."""
        today = timezone.localdate()
        return self.filter(expires_on__range=(today, today + SOON)).exclude(status__in=ENDED_RIGHTS)


class IPItem(models.Model):
    """One intellectual property right behind an achievement (IP_RIGHT, IP_STATUS, IP_ENCUMBRANCE)."""

    achievement = models.ForeignKey(Achievement, on_delete=models.CASCADE, related_name="ip_items")
    kind = models.CharField(_("kind"), max_length=20)
    number = models.CharField(_("number"), max_length=60, blank=True)
    title = models.CharField(_("title"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=20, blank=True)
    encumbrances = codes_field(_("encumbrances"))
    owner = models.CharField(_("owner"), max_length=200, blank=True)
    inventors = models.CharField(_("inventors"), max_length=300, blank=True)
    filed_on = models.DateField(_("filed on"), null=True, blank=True)
    granted_on = models.DateField(_("granted on"), null=True, blank=True)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)

    objects = IPItemQuerySet.as_manager()

    def __str__(self) -> str:
        return self.number or self.title

    @property
    def standing(self) -> str:
        """What a reader is warned of: "over" when it is no longer in force, "soon" when it will not be for long."""
        today = timezone.localdate()
        if self.status in ENDED_RIGHTS or (self.expires_on and self.expires_on < today):
            return "over"
        return "soon" if self.expires_on and self.expires_on <= today + SOON else ""


class DuplicatePairQuerySet(models.QuerySet["DuplicatePair"]):
    def visible_to(self, user):
        """Pairs of which the officer reviews one record at least, and may know both and the owners of both."""
        if not user.is_authenticated or not user.can("achievement.review"):
            return self.none()
        reviewed = reviewed_by(user, "achievement.review", "achievement")
        known = Achievement.objects.visible_to(user).filter(~Q(visibility=Visibility.HIDDEN_OWNER) | reviewed)
        mine = Achievement.objects.filter(reviewed).values("pk")
        return self.filter(
            Q(first__in=mine) | Q(second__in=mine), first__in=known.values("pk"), second__in=known.values("pk")
        )

    def waiting(self):
        """Pairs on which somebody has to decide: both records stand, or the owner of a merged one objects."""
        both = Q(first__state__in=COMPARED, second__state__in=COMPARED)
        return self.filter(both | Q(objected_at__isnull=False), state=PairState.FOUND)


class DuplicatePair(PairBase):
    """Two records of different owners that may be one achievement. `first` is the one that was entered before.

    A merged pair: one of both points to the other one (`merged_into`).
    """

    first = models.ForeignKey(Achievement, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Achievement, on_delete=models.CASCADE, related_name="+")

    objects = DuplicatePairQuerySet.as_manager()

    class Meta:
        constraints = pair_constraints("duplicate_pair")
        indexes = [models.Index(fields=["state", "-score", "-id"], name="duplicate_pair_by_score")]

    def get_absolute_url(self) -> str:
        return reverse("duplicates:detail", args=["achievement", self.uuid])

    def merged(self) -> Achievement | None:
        """The one of both that was merged into the other one."""
        if self.first.merged_into_id == self.second_id:
            return self.first
        return self.second if self.second.merged_into_id == self.first_id else None
