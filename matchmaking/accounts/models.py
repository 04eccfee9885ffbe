"""People, organisations of every kind, and who holds which role in which of them."""

import uuid as uuid_module
from datetime import date, timedelta

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.enums import (
    PARK_KINDS,
    TRACK_OF_KIND,
    OrganisationKind,
    OrganisationState,
    Role,
    Size,
)
from matchmaking.accounts.invitations.models import Invitation  # noqa: F401  (a model of this app)
from matchmaking.accounts.mandates.models import Mandate
from matchmaking.accounts.names import fold_name, initials_of, may_be_initials
from matchmaking.accounts.outreach.models import InvitationList, ListedEnterprise  # noqa: F401  (as above)
from matchmaking.accounts.roles import capabilities_of
from matchmaking.accounts.roster.models import RosterEntry  # noqa: F401  (as above)
from matchmaking.common.crypto import EncryptedJSONField
from matchmaking.vocabularies.models import Region


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def active(self):
        return self.filter(state=OrganisationState.ACTIVE)

    def visible_to(self, user):
        """Verified organisations are a public directory; an applicant sees his own, a verifier his."""
        seen = Q(state=OrganisationState.ACTIVE)
        if user.is_authenticated:
            seen |= Q(pk__in=user.memberships.filter(ended_at=None).values("organisation"))
            if user.can("organisation.verify"):
                seen |= user.in_reach("organisation.verify", "region")
            seen |= Q(park__in=[one.pk for one in user.organisations_with("tenant.verify")])
            if user.can("national.verify"):
                seen |= Q(kind__in=[OrganisationKind.NATIONAL, OrganisationKind.OPERATOR])
        return self.filter(seen)


class Organisation(models.Model):
    """An organisation of any kind; a department's track follows from its kind, its reach from its region."""

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200, unique=True)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    uscc = models.CharField(_("unified social credit code"), max_length=18, null=True, blank=True, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=OrganisationKind.choices)
    state = models.CharField(max_length=10, choices=OrganisationState.choices, default=OrganisationState.APPLIED)
    state_since = models.DateTimeField(default=timezone.now)
    return_reason = models.TextField(_("reason of the return"), max_length=500, blank=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("region"))
    size = models.CharField(_("size"), max_length=10, choices=Size.choices, blank=True)
    above_scale = models.BooleanField(_("above designated size"), default=False)
    university_kinds = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    industry = models.CharField(_("industry"), max_length=4, blank=True)
    park = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="tenants")
    host_university = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="science_parks"
    )
    supervisor = models.CharField(_("supervising body"), max_length=200, blank=True)
    summary = models.TextField(_("summary"), max_length=500, blank=True)
    contacts = EncryptedJSONField(null=True, blank=True)
    credential_file = models.FileField(upload_to="credentials/", blank=True)
    is_sample = models.BooleanField(default=False)
    is_load = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=OrganisationKind.values), name="organisation_kind_known"),
            models.CheckConstraint(condition=Q(state__in=OrganisationState.values), name="organisation_state_known"),
            models.CheckConstraint(
                condition=~Q(kind__in=["enterprise", "university"], state="active") | Q(uscc__isnull=False),
                name="organisation_active_has_uscc",
            ),
            models.CheckConstraint(
                condition=~Q(kind="enterprise", state="active") | (~Q(size="") & ~Q(industry="")),
                name="enterprise_active_is_described",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["national", "operator", "alliance", "support", "bank", "fund"])
                | Q(region__isnull=False),
                name="organisation_has_region",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("accounts:organisation_detail", args=[self.uuid])

    @property
    def track(self) -> str:
        """The track of a department, empty for every other kind."""
        return TRACK_OF_KIND.get(OrganisationKind(self.kind), "")

    @property
    def is_park(self) -> bool:
        return self.kind in PARK_KINDS

    def reach(self, region: str, *, programme: str = "") -> Q:
        """A filter for rows whose `region` (a lookup path to a Region) lies in this body's reach.

        The reach of a department is its region's subtree; a body without a region (secretariat, national) reaches
        everything. A separately planned city is taken out of its province: everywhere when `programme` is empty;
        else only under programmes (`programme` is the lookup path to one) in which it reports for itself.
        """
        place = self.region
        if place is None:
            return ~Q(pk__in=[])
        within = Q(**{f"{region}__path__contains": [place.code]})
        if place.kind == Region.Kind.PROVINCE:
            belongs = Q(**{f"{region}__separately_planned": False})
            if programme:
                belongs |= ~Q(**{f"{programme}__reporting_units__region": models.F(region)})
            within &= belongs
        return within


class OrganisationAliasQuerySet(models.QuerySet["OrganisationAlias"]):
    def called(self, text):
        """Names that hold the text, or whose first letters of pinyin hold it when it is nothing but letters."""
        named = Q(folded__contains=fold_name(text))
        if may_be_initials(text):
            named |= Q(initials__contains=fold_name(text))
        return self.filter(named)


class OrganisationAlias(models.Model):
    """A name, former name or short name; `folded` and `initials` are what a search compares (see names.py)."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=200)
    folded = models.CharField(max_length=200)
    initials = models.CharField(max_length=200, blank=True, default="")

    objects = OrganisationAliasQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "folded"], name="alias_once_per_organisation")]
        indexes = [models.Index(fields=["folded"], name="alias_folded")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def of(cls, organisation: Organisation, name: str) -> "OrganisationAlias":
        """A name of an organisation with everything by which it is found, not stored yet."""
        return cls(organisation=organisation, name=name, folded=fold_name(name), initials=initials_of(name))


class OrganisationQualification(models.Model):
    """A qualification such as 高新技术企业, with its number and validity (ENT_QUAL)."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="qualifications")
    code = models.CharField(max_length=20)
    number = models.CharField(max_length=50, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="qualification_once")]

    def __str__(self) -> str:
        return self.code


class User(AbstractUser):
    """A person who signs in. What he may do hangs on his memberships, never on this row."""

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    first_name = None  # type: ignore[assignment]  # Django's way to drop an inherited column
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail"), unique=True)
    full_name = models.CharField(_("name"), max_length=100, blank=True)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    is_sample = models.BooleanField(default=False)
    password_set_at = models.DateTimeField(default=timezone.now)
    # The person closed the account: nobody signs in with it, and a job takes away what need not be kept.
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    REQUIRED_FIELDS = ["email"]

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return self.full_name or self.username

    def get_short_name(self) -> str:
        return self.get_full_name()

    def set_password(self, raw_password: str | None) -> None:
        """Every new password, wherever it comes from, says when it was set."""
        super().set_password(raw_password)
        self.password_set_at = timezone.now()

    @cached_property
    def active_memberships(self) -> list["Membership"]:
        """Memberships that count now, read once per request (a fresh user object comes with every request).

        Each says in `has_second_factor` whether the person has one, which every request wants to know of officers.
        """
        from allauth.mfa.models import Authenticator  # its adapter asks for this module

        if not self.is_active:
            return []
        factor = Authenticator.objects.filter(user=models.OuterRef("user"), type=Authenticator.Type.TOTP)
        return list(
            self.memberships.current()
            .annotate(has_second_factor=models.Exists(factor))
            .select_related("organisation__region")
            .order_by("id")
        )

    @property
    def organisation_ids(self) -> list[int]:
        return [membership.organisation_id for membership in self.active_memberships]

    @cached_property
    def client_ids(self) -> list[int]:
        """Organisations whose texts the person reads under a mandate that is in force now; read once per request."""
        firms = [one.pk for one in self.organisations_with("mandate.act")]
        return (
            list(Mandate.objects.in_force().filter(broker__in=firms).values_list("client", flat=True)) if firms else []
        )

    def can(self, capability: str) -> bool:
        """Whether any of the person's roles has the capability."""
        return any(capability in held.capabilities for held in self.active_memberships)

    def memberships_with(self, capability: str) -> list["Membership"]:
        """The memberships that carry a capability; its reach is the organisation of each of them."""
        return [held for held in self.active_memberships if capability in held.capabilities]

    def organisations_with(self, capability: str) -> list["Organisation"]:
        return [held.organisation for held in self.memberships_with(capability)]

    def in_reach(self, capability: str, region: str, *, programme: str = "") -> Q:
        """A filter for rows whose `region` (a lookup path to a Region) lies in the reach of the capability.

        The reach of each membership is that of its organisation (`Organisation.reach`); `programme` is the lookup
        path to the programme of a row that stands in one.
        """
        reach = Q(pk__in=[])
        for organisation in self.organisations_with(capability):
            reach |= organisation.reach(region, programme=programme)
        return reach


class PastPassword(models.Model):
    """The hash of a password that a person has or had; kept only under a profile that forbids its return."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="past_passwords")
    hash = models.CharField(max_length=128)
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["user", "-id"], name="past_password_by_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.set_at:%Y-%m-%d}"


CONFIRMED_EVERY = timedelta(days=365)
CONFIRMATION_LASTS = CONFIRMED_EVERY + timedelta(days=30)


def not_lapsed() -> Q:
    """Memberships that were given or confirmed within the last year and its month of grace. The people of the
    demonstration are nobody's to confirm."""
    since = timezone.now() - CONFIRMATION_LASTS
    return Q(confirmed_at__gte=since) | Q(user__is_sample=True)


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self):
        """Roles that count now: neither ended nor lapsed, in a verified organisation, of an active account."""
        return self.filter(
            not_lapsed(), ended_at=None, organisation__state=OrganisationState.ACTIVE, user__is_active=True
        )

    def lapsed(self):
        """Roles that nobody confirmed in time: they stand still until somebody does."""
        return self.filter(~not_lapsed(), ended_at=None)


class Membership(models.Model):
    """A role held in an organisation. Nobody deletes one: it ends."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(default=timezone.now)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=models.F("started_at")),
                name="membership_ends_after_start",
            ),
            models.UniqueConstraint(
                fields=["user", "organisation", "role"], condition=Q(ended_at=None), name="membership_once"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "role"], name="membership_by_role")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.organisation_id}"

    @property
    def lapses_on(self) -> date:
        """The last day on which the role counts unless it is confirmed."""
        return timezone.localdate(self.confirmed_at + CONFIRMATION_LASTS)

    @property
    def has_lapsed(self) -> bool:
        return not self.user.is_sample and self.confirmed_at < timezone.now() - CONFIRMATION_LASTS

    @property
    def capabilities(self) -> frozenset[str]:
        """What the role allows in an organisation of this kind; the organisation must be loaded with the row."""
        return capabilities_of(self.role, self.organisation.kind)


class Consent(models.Model):
    """A person's consent to a text, by version; withdrawn, never deleted (PIPL 13 to 17)."""

    person_name = models.CharField(max_length=100)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="consents")
    scope = models.CharField(max_length=40)
    text_version = models.CharField(max_length=40)
    text_hash = models.CharField(max_length=64)
    given_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.scope} {self.text_version}"


# Models of this app that stand with what is done with them; their module needs none of the above.
from matchmaking.accounts.privacy.models import (  # noqa: E402, F401
    Correction,
    LeftAlone,
    PersonalExport,
    Showing,
)
