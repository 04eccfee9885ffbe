"""What was shown of a person, what he asked for, and whether the engine may use his records."""

import uuid as uuid_module

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.enums import Role
from matchmaking.accounts.privacy.enums import CorrectionState, Shown
from matchmaking.common.crypto import EncryptedJSONField


class Showing(models.Model):
    """The disclosure ledger: one line for what of a person was shown to whom, on which record, and when.

    `subject` is the account of the person, if there is one; else only the record says whose data they were. A page
    counts once a day and reader; `shown_to` is empty for visitors without an account, who are counted together.
    """

    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    what = models.CharField(max_length=10, choices=Shown.choices)
    object_kind = models.CharField(max_length=20)
    object_id = models.UUIDField()
    object_no = models.CharField(max_length=40, blank=True)
    shown_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    on = models.DateField(default=timezone.localdate)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(what__in=Shown.values), name="showing_what_known"),
            models.UniqueConstraint(
                fields=["object_kind", "object_id", "subject", "shown_to", "on"],
                condition=Q(what="page"),
                nulls_distinct=False,
                name="showing_page_once_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "-at"], name="showing_by_subject"),
            models.Index(fields=["object_id", "-at"], name="showing_by_record"),
            models.Index(fields=["at"], name="showing_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.object_no}"


class PersonalExportQuerySet(models.QuerySet["PersonalExport"]):
    def visible_to(self, user):
        """One's own; nobody else's, whatever his role."""
        return self.filter(person=user) if user.is_authenticated else self.none()

    def there(self):
        """Made, and not yet removed or out of date."""
        return self.filter(data__isnull=False, expires_at__gt=timezone.now())


class PersonalExport(models.Model):
    """A copy of everything held of a person. It is kept encrypted, and emptied when its days are over."""

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    data = EncryptedJSONField(null=True)
    asked_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    downloaded_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = PersonalExportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(ready_at=None, removed_at=None), name="personal_export_one_in_work"
            ),
            models.CheckConstraint(
                condition=Q(ready_at=None, expires_at=None) | Q(expires_at__gt=F("ready_at")),
                name="personal_export_ends",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None) | Q(data__isnull=True), name="personal_export_removed_is_empty"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.asked_at:%Y-%m-%d}"

    @property
    def is_there(self) -> bool:
        return self.removed_at is None and self.expires_at is not None and self.expires_at > timezone.now()


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def visible_to(self, user):
        """One's own requests, and those that one may answer."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(person=user) | Q(pk__in=self.asked_of(user).values("pk")))

    def asked_of(self, user):
        """Requests that the person may answer: to the organisations he manages, as secretary all that are late. Never
        his own, lest nobody looks at them but himself.
        """
        if not user.is_authenticated:
            return self.none()
        asked = Q(owner__in=user.organisations_with("organisation.manage"))
        if any(held.role == Role.SECRETARY for held in user.active_memberships):
            asked |= Q(due_on__lt=timezone.localdate())
        return self.filter(asked).exclude(person=user)


class Correction(models.Model):
    """A person asks the owner of a record to correct what it says of him. The owner answers by the day `due_on`."""

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    object_kind = models.CharField(max_length=20)
    object_id = models.UUIDField()
    object_no = models.CharField(max_length=40, blank=True)
    url = models.CharField(max_length=300, blank=True)
    request = EncryptedJSONField()
    state = models.CharField(max_length=10, choices=CorrectionState.choices, default=CorrectionState.OPEN)
    state_since = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)
    asked_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer = models.TextField(_("answer"), max_length=500, blank=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=CorrectionState.values), name="correction_state_known"),
            models.CheckConstraint(
                condition=Q(state="open", answered_by=None) | Q(answered_by__isnull=False),
                name="correction_answered_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(state="refused") | ~Q(answer=""), name="correction_refusal_has_reason"),
            models.UniqueConstraint(
                fields=["person", "object_id"], condition=Q(state="open"), name="correction_open_once"
            ),
        ]
        indexes = [models.Index(fields=["due_on"], condition=Q(state="open"), name="correction_due")]

    def __str__(self) -> str:
        return f"{self.object_no} {self.state}"

    @property
    def text(self) -> str:
        """What the person says is wrong, opened."""
        return str(self.request or "")

    @property
    def is_late(self) -> bool:
        return self.state == CorrectionState.OPEN and self.due_on < timezone.localdate()


class LeftAlone(models.Model):
    """A person (his entries as an expert) or an organisation (its needs and achievements) is not matched by the engine.

    Ended, never deleted: one sees since when and until when it held.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user=None, organisation__isnull=False) | Q(user__isnull=False, organisation=None),
                name="left_alone_one_of_both",
            ),
            models.UniqueConstraint(fields=["user"], condition=Q(ended_at=None), name="left_alone_person_once"),
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(ended_at=None), name="left_alone_organisation_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id or ''} {self.organisation_id or ''}"
