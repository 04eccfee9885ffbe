"""Talent posts: the public row, its protected body, and who is invited to see it.

What anybody may filter by stands in the row; duties, pay in words, mentor, contact and the owner in the body. The row
of a post whose owner is hidden or whose text is for members names neither: `shown_enterprise` and the text in
`search_vector` are written by the service according to the visibility.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import Membership, Organisation
from matchmaking.accounts.rules import is_member
from matchmaking.common.crypto import EncryptedJSONField
from matchmaking.intake.selectors import has_left_its_owner
from matchmaking.programmes.models import ListEntry, ProtectedBody, Visibility
from matchmaking.programmes.reviewing import reviewed_by
from needs.talent.enums import IN_POOL, PostState

MOST_HEADS, MOST_MONTHS, MOST_DAYS = 500, 60, 5


class TalentPostQuerySet(models.QuerySet["TalentPost"]):
    def visible_to(self, user):
        """The public row. In the pool: public and hidden-owner posts for all, members' ones for everybody who works
        for an organisation, invited ones for the invited. Out of the pool: the owner; from the day it is handed in
        his park and the officers on the track that reviews posts."""
        public = Q(state__in=IN_POOL, visibility__in=[Visibility.PUBLIC, Visibility.HIDDEN_OWNER])
        if not is_member(user):
            return self.filter(public)
        in_pool = Q(state__in=IN_POOL)
        invitations = TalentInvitation.objects.filter(organisation__in=user.organisation_ids)
        seen = in_pool & ~Q(visibility=Visibility.INVITED)
        seen |= Q(body__owner__in=user.organisation_ids)
        seen |= in_pool & Q(pk__in=invitations.values("post"))
        return self.filter(seen | self._checked_by(user) & self._handed_in())

    @staticmethod
    def _handed_in() -> Q:
        """Posts that left their enterprise; one withdrawn as a draft never did."""
        not_yet = [PostState.DRAFT, PostState.WITHDRAWN]
        return ~Q(state__in=not_yet) | Q(has_left_its_owner("talent_post"), state=PostState.WITHDRAWN)

    @staticmethod
    def _checked_by(user) -> Q:
        """Posts of the tenants of the person's parks, and those of his region and track."""
        checked = Q(pk__in=[])
        if user.can("talent.check"):
            checked |= Q(body__owner__park__in=user.organisations_with("talent.check"))
        if user.can("talent.publish"):
            checked |= reviewed_by(user, "talent.publish", "talent_post")
        return checked

    def editable_by(self, user):
        if not user.is_authenticated:
            return self.none()
        return self.filter(body__owner__in=user.organisations_with("talent.edit"))

    def decided_by(self, user):
        """Posts on which the person decides: the park on its tenants', the region where no park checks."""
        parks = Q(body__owner__park__in=user.organisations_with("talent.check"))
        region = reviewed_by(user, "talent.publish", "talent_post") & ~Q(_a_park_checks())
        return self.filter(parks | region, ~Q(state=PostState.DRAFT))

    def at_a_park(self):
        """Posts on which the owner's park decides."""
        return self.filter(_a_park_checks())

    def waiting_for(self, user):
        """Handed in, and this person decides."""
        return self.decided_by(user).filter(state=PostState.SUBMITTED)

    def with_file_open_to(self, user):
        """Posts whose review notes and history the person reads: own, of the park's tenants, of his region."""
        mine = Q(body__owner__in=user.organisation_ids) | self._checked_by(user)
        return self.visible_to(user).filter(mine)


def _a_park_checks() -> Exists:
    """Whether the owner's park has somebody who checks; a post must not wait for a park without an administrator."""
    staff = Membership.objects.current().filter(organisation=OuterRef("body__owner__park"), role=Role.PARK_ADMIN)
    return Exists(staff)


class TalentPost(ListEntry):
    """A talent post (人才需求清单 entry), public half."""

    state = models.CharField(max_length=20, choices=PostState.choices, default=PostState.DRAFT)
    title = models.CharField(_("name of the post"), max_length=60)
    post_kind = models.CharField(_("kind of post"), max_length=20, blank=True)
    headcount = models.PositiveSmallIntegerField(
        _("number of people"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST_HEADS)]
    )
    filled = models.PositiveSmallIntegerField(_("people found"), default=0)
    tech_field = models.CharField(_("technical direction"), max_length=10, blank=True)
    disciplines = ArrayField(models.CharField(max_length=10), verbose_name=_("disciplines"), default=list, blank=True)
    education = models.CharField(_("education, at least"), max_length=20, blank=True)
    professional_title = models.CharField(_("professional title, at least"), max_length=20, blank=True)
    attendance = models.CharField(_("attendance"), max_length=20, blank=True)
    days_per_week = models.PositiveSmallIntegerField(
        _("days a week"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)]
    )
    term_months = models.PositiveSmallIntegerField(
        _("term of service (months)"), null=True, blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MONTHS)],
    )  # fmt: skip
    pay_band = models.CharField(_("pay band"), max_length=5, blank=True)
    open_until = models.DateField(_("open until"), null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    shown_enterprise = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    search_vector = SearchVectorField(null=True, editable=False)

    objects = TalentPostQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PostState.values), name="post_state_known"),
            models.CheckConstraint(condition=Q(visibility__in=Visibility.values), name="post_visibility_known"),
            models.CheckConstraint(
                condition=Q(headcount=None) | Q(headcount__range=(1, MOST_HEADS)), name="post_headcount_range"
            ),
            models.CheckConstraint(
                condition=Q(filled=0) | Q(headcount__gte=F("filled")), name="post_filled_within_headcount"
            ),
            models.CheckConstraint(
                condition=~Q(state="filled") | Q(filled=F("headcount")), name="post_filled_is_full"
            ),
            models.CheckConstraint(
                condition=Q(term_months=None) | Q(term_months__range=(1, MOST_MONTHS)), name="post_term_range"
            ),
            models.CheckConstraint(
                condition=Q(days_per_week=None) | Q(days_per_week__range=(1, MOST_DAYS)), name="post_days_range"
            ),
            models.CheckConstraint(
                condition=~Q(visibility="hidden_owner") | Q(shown_enterprise=None), name="post_hidden_owner_not_shown"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "returned", "withdrawn", "rejected"])
                | (~Q(post_kind="") & ~Q(tech_field="") & ~Q(education="") & ~Q(attendance="")
                   & Q(headcount__isnull=False) & Q(term_months__isnull=False)),
                name="post_submitted_is_complete",
            ),
        ]  # fmt: skip
        indexes = [
            GinIndex(fields=["search_vector"], name="post_search"),
            models.Index(fields=["state", "-id"], name="post_by_state"),
            models.Index(fields=["state", "tech_field", "-id"], name="post_by_field"),
            models.Index(fields=["state", "region", "-id"], name="post_by_region"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("talent:talent_post_detail", args=[self.uuid])


class TalentPostBodyQuerySet(models.QuerySet["TalentPostBody"]):
    def readable_by(self, user):
        """Duties and conditions: those of public posts for all who see the post, others for members."""
        seen = TalentPost.objects.visible_to(user)
        if not is_member(user):
            seen = seen.filter(visibility=Visibility.PUBLIC)
        return self.filter(post__in=seen.values("pk"))

    def owner_known_to(self, user):
        """Bodies whose owner the person may know: not hidden, own, or checked by the person as officer or park."""
        visible = self.filter(post__in=TalentPost.objects.visible_to(user).values("pk"))
        if not is_member(user):
            return visible.filter(post__visibility=Visibility.PUBLIC)
        known = ~Q(post__visibility=Visibility.HIDDEN_OWNER) | Q(owner__in=user.organisation_ids)
        files = TalentPost.objects.with_file_open_to(user).filter(visibility=Visibility.HIDDEN_OWNER)
        return visible.filter(known | Q(post__in=files.values("pk")))


class TalentPostBody(ProtectedBody):
    """The protected half of a post: owner (the enterprise), duties, conditions, pay in words, mentor, contact."""

    post = models.OneToOneField(TalentPost, on_delete=models.CASCADE, primary_key=True, related_name="body")
    duties = models.TextField(_("duties"), max_length=1000, blank=True)
    requirements = models.TextField(_("other conditions"), max_length=1000, blank=True)
    pay_details = models.CharField(_("pay in words"), max_length=300, blank=True)
    housing = models.CharField(_("housing"), max_length=200, blank=True)
    insurance = models.CharField(_("insurance"), max_length=200, blank=True)
    expected_output = models.TextField(_("expected results"), max_length=600, blank=True)
    # A string: that module imports this one.
    tech_need = models.ForeignKey(
        "needs.TechNeed", on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("related technical need"),
    )  # fmt: skip
    mentor = models.CharField(_("mentor in the enterprise"), max_length=100, blank=True)
    contact = EncryptedJSONField(null=True, blank=True)
    search_vector = SearchVectorField(null=True, editable=False)

    objects = TalentPostBodyQuerySet.as_manager()

    class Meta:
        indexes = [GinIndex(fields=["search_vector"], name="post_body_search")]

    def __str__(self) -> str:
        return f"body {self.post_id}"


class TalentInvitation(models.Model):
    """An organisation that may see a post published to invited ones only."""

    post = models.ForeignKey(TalentPost, on_delete=models.CASCADE, related_name="invitations")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "organisation"], name="post_invitation_once")]

    def __str__(self) -> str:
        return f"{self.post_id} {self.organisation_id}"
