"""The expert pool: public row, protected body, works, conflicts of interest; teams stand in `experts.teams`."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from experts.enums import COMPARED, Answer, ExpertKind, ExpertState, Service
from experts.removals.models import Removal  # noqa: F401  (a model of this app)
from experts.teams.models import Team, TeamMember  # noqa: F401  (as above)
from matchmaking.accounts.models import Consent, Organisation, User
from matchmaking.accounts.rules import is_member
from matchmaking.common.crypto import EncryptedJSONField
from matchmaking.intake.duplicates.enums import PairState
from matchmaking.intake.models.duplicates import PairBase, pair_constraints
from matchmaking.programmes.models import ListEntry, ProtectedBody, Visibility
from matchmaking.programmes.reviewing import reviewed_by


def codes_field(label: Any, **kwargs):
    """An array of vocabulary codes."""
    return ArrayField(models.CharField(max_length=20), verbose_name=label, default=list, blank=True, **kwargs)


class ExpertQuerySet(models.QuerySet["Expert"]):
    def visible_to(self, user):
        """In the pool: public ones for all, others for everybody who works for an organisation. Else: the person, the
        nominating unit, officers once the person has consented. Who has left is seen by nobody but himself."""
        public = Q(state=ExpertState.IN_POOL, visibility=Visibility.PUBLIC)
        if not user.is_authenticated:
            return self.filter(public)
        seen = public | Q(body__user=user)
        if not is_member(user):
            return self.filter(seen)
        seen |= Q(state=ExpertState.IN_POOL) & ~Q(visibility=Visibility.INVITED)
        kept = ~Q(state=ExpertState.LEFT)
        seen |= kept & Q(body__owner__in=user.organisations_with("expert.nominate"))
        if user.can("expert.review"):
            consented = kept & ~Q(state=ExpertState.NOMINATED)
            seen |= consented & reviewed_by(user, "expert.review", "expert")
        return self.filter(seen)

    def editable_by(self, user):
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(body__user=user) | Q(body__owner__in=user.organisations_with("expert.nominate")))

    def nominated_by(self, user):
        """Entries of the units for which the person nominates."""
        if not user.is_authenticated:
            return self.none()
        kept = ~Q(state=ExpertState.LEFT)
        return self.filter(kept, body__owner__in=user.organisations_with("expert.nominate"))

    def waiting_for_region(self, user):
        """Agreed by the unit, or consented without a unit; in the reach and on the track of the person."""
        if not user.is_authenticated:
            return self.none()
        ready = Q(state=ExpertState.UNIT_AGREED) | Q(state=ExpertState.CONSENTED, organisation=None)
        return self.filter(ready & reviewed_by(user, "expert.review", "expert"))

    def matched(self):
        return self.filter(state=ExpertState.IN_POOL)


class Expert(ListEntry):
    """An expert (专家库入库表), public half; private until the person consented to publication."""

    state = models.CharField(max_length=20, choices=ExpertState.choices, default=ExpertState.NOMINATED)
    name = models.CharField(_("name"), max_length=50)
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("organisation"),
    )
    title = models.CharField(_("professional title"), max_length=20, blank=True)
    position = models.CharField(_("position"), max_length=60, blank=True)
    education = models.CharField(_("education"), max_length=20, blank=True)
    fields = codes_field(_("technical fields"))
    disciplines = codes_field(_("disciplines"))
    industries = codes_field(_("industries"))
    expert_kinds = codes_field(_("kinds of expert"))
    directions = models.TextField(_("research directions"), max_length=600, blank=True)
    services = codes_field(_("services offered"))
    regions = codes_field(_("regions served"))
    capacity = models.PositiveSmallIntegerField(_("needs at the same time"), null=True, blank=True)
    term_from = models.DateField(_("term from"), null=True, blank=True)
    term_to = models.DateField(_("term to"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="merged_from"
    )
    search_vector = SearchVectorField(null=True, editable=False)

    objects = ExpertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ExpertState.values), name="expert_state_known"),
            models.CheckConstraint(condition=Q(visibility__in=Visibility.values), name="expert_visibility_known"),
            models.CheckConstraint(condition=Q(fields__len__lte=5), name="expert_at_most_five_fields"),
            models.CheckConstraint(
                condition=Q(expert_kinds__contained_by=ExpertKind.values), name="expert_kinds_known"
            ),
            models.CheckConstraint(condition=Q(services__contained_by=Service.values), name="expert_services_known"),
            models.CheckConstraint(
                condition=Q(term_to=None) | Q(term_from=None) | Q(term_to__gt=models.F("term_from")),
                name="expert_term_in_order",
            ),
        ]
        indexes = [
            GinIndex(fields=["search_vector"], name="expert_search"),
            GinIndex(fields=["fields"], name="expert_fields"),
            models.Index(fields=["state", "-id"], name="expert_by_state"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("experts:expert_detail", args=[self.uuid])


class ExpertBody(ProtectedBody):
    """The private half of an expert. `owner` is the nominating unit; bank and ID-card data are never collected."""

    expert = models.OneToOneField(Expert, on_delete=models.CASCADE, primary_key=True, related_name="body")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    gender = models.CharField(_("gender"), max_length=1, blank=True, choices=[("f", _("female")), ("m", _("male"))])
    birth_year = models.PositiveSmallIntegerField(_("year of birth"), null=True, blank=True)
    contact = EncryptedJSONField(null=True, blank=True)
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    unit_opinion = models.TextField(_("opinion of the unit"), max_length=500, blank=True)

    def __str__(self) -> str:
        return f"body {self.expert_id}"


class ExpertWork(models.Model):
    """A representative work (at most ten)."""

    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="works")
    position = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(_("title"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, blank=True)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)

    def __str__(self) -> str:
        return self.title


class Conflict(models.Model):
    """An organisation the expert must not judge or answer (回避单位)."""

    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="conflicts")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["expert", "organisation"], name="conflict_once")]

    def __str__(self) -> str:
        return f"{self.expert_id} {self.organisation_id}"


class ExpertPairQuerySet(models.QuerySet["ExpertPair"]):
    def visible_to(self, user):
        """Pairs of which the officer reviews one entry at least, and sees both: never one without consent."""
        if not user.is_authenticated or not user.can("expert.review"):
            return self.none()
        known = Expert.objects.visible_to(user).filter(state__in=[*COMPARED, ExpertState.MERGED]).values("pk")
        mine = Expert.objects.filter(reviewed_by(user, "expert.review", "expert")).values("pk")
        return self.filter(Q(first__in=mine) | Q(second__in=mine), first__in=known, second__in=known)

    def asked_of(self, user):
        """Pairs about which an officer asks the units for which the person nominates, while each unit may see the
        entry of the other one (`duplicates.rules.both_open`)."""
        own = Expert.objects.nominated_by(user).values("pk")
        shown = Expert.objects.filter(state=ExpertState.IN_POOL).exclude(visibility=Visibility.INVITED).values("pk")
        asked = self.filter(asked_at__isnull=False, state=PairState.FOUND, first__in=shown, second__in=shown)
        return asked.filter(Q(first__in=own) | Q(second__in=own))

    def ended(self):
        """One of both has left or taken back the consent; why an entry was merged stands in its own history."""
        gone = Expert.objects.filter(Q(state=ExpertState.LEFT) | Q(body__consent__withdrawn_at__isnull=False))
        keys = gone.values("pk")
        return self.filter(Q(first__in=keys) | Q(second__in=keys))

    def waiting(self):
        """Pairs on which somebody has to decide: both entries stand."""
        return self.filter(first__state__in=COMPARED, second__state__in=COMPARED, state=PairState.FOUND)


class ExpertPair(PairBase):
    """Two entries, nominated by two units, that may be one person. Both units are asked before one is merged.

    A merged pair: one of both points to the other one. `taken` is what went over with it (`duplicates.taking_over`).
    """

    first = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField(null=True, blank=True)
    first_answer = models.CharField(max_length=10, choices=Answer.choices, blank=True)
    second_answer = models.CharField(max_length=10, choices=Answer.choices, blank=True)
    first_note = models.CharField(max_length=300, blank=True)
    second_note = models.CharField(max_length=300, blank=True)
    taken = models.JSONField(default=dict)

    # Looked at again: an answer that was given before, perhaps by mistake, must not stand in the way.
    ANEW: ClassVar[dict[str, Any]] = {
        "asked_at": None,
        "first_answer": "",
        "second_answer": "",
        "first_note": "",
        "second_note": "",
    }

    objects = ExpertPairQuerySet.as_manager()

    class Meta:
        constraints = [
            *pair_constraints("expert_pair"),
            models.CheckConstraint(
                condition=Q(first_answer__in=["", *Answer.values], second_answer__in=["", *Answer.values]),
                name="expert_pair_answers_known",
            ),
        ]
        indexes = [models.Index(fields=["state", "-score", "-id"], name="expert_pair_by_score")]

    def get_absolute_url(self) -> str:
        return reverse("duplicates:detail", args=["expert", self.uuid])

    def merged(self) -> Expert | None:
        """The one of both that was merged into the other one."""
        if self.first.merged_into_id == self.second_id:
            return self.first
        return self.second if self.second.merged_into_id == self.first_id else None
