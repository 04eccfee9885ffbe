"""What a record said when: its sealed versions, and the changes of a published record that wait for a check."""

import uuid as uuid_module
from typing import Any, cast

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import Organisation, User
from matchmaking.common.crypto import EncryptedJSONField


class VersionOf(models.TextChoices):
    SUBMITTED = "submitted", _("as submitted")
    PUBLISHED = "published", _("as published")
    EDITED = "edited", _("changed after publication")
    IMPORTED = "imported", _("changed by an upload")


class RecordVersion(models.Model):
    """The whole of a record at one moment, protected fields included and therefore sealed.

    Never changed and never removed: a trigger refuses it. The one exception is the erasure of what a person may have
    erased (`services.erasing`): the content goes, and who, when, why and the digest of the sealed bytes stay.
    """

    object_kind = models.CharField(max_length=20)
    object_id = models.UUIDField()
    number = models.PositiveIntegerField()
    what = models.CharField(max_length=10, choices=VersionOf.choices)
    data = EncryptedJSONField(null=True)
    record_version = models.PositiveIntegerField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    erased_at = models.DateTimeField(null=True, blank=True)
    erased_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    erased_because = models.CharField(max_length=200, blank=True, default="")
    # SHA-256 of the sealed bytes, written by the trigger: of the open text it would betray short answers.
    erased_digest = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["object_kind", "object_id", "number"], name="version_number_once"),
            models.CheckConstraint(condition=Q(what__in=VersionOf.values), name="version_what_known"),
            models.CheckConstraint(
                condition=Q(data__isnull=False, erased_at=None, erased_because="", erased_digest="")
                | (Q(data=None, erased_at__isnull=False) & ~Q(erased_because="") & ~Q(erased_digest="")),
                name="version_erased_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.object_kind} {self.object_id} {self.number}"

    @property
    def content(self) -> dict[str, Any]:
        """The opened data: {field: JSON}; nothing of a version that was erased."""
        return cast("dict[str, Any]", self.data or {})


class ChangeState(models.TextChoices):
    OPEN = "open", _("waits for a check")
    PASSED = "passed", _("passed")
    RETURNED = "returned", _("returned")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ProposedChange(models.Model):
    """New values for checked fields of a published record. They go live when an officer has passed them."""

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    object_kind = models.CharField(max_length=20)
    object_id = models.UUIDField()
    state = models.CharField(max_length=10, choices=ChangeState.choices, default=ChangeState.OPEN)
    data = EncryptedJSONField()
    fields = ArrayField(models.CharField(max_length=40))
    record_version = models.PositiveIntegerField()
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["object_kind", "object_id"], condition=Q(state="open"), name="change_open_once"
            ),
            models.CheckConstraint(condition=Q(state__in=ChangeState.values), name="change_state_known"),
            models.CheckConstraint(
                condition=Q(state="open") ^ Q(closed_at__isnull=False), name="change_closed_is_dated"
            ),
            models.CheckConstraint(condition=Q(fields__len__gt=0), name="change_changes_something"),
        ]
        indexes = [models.Index(fields=["object_kind", "state"], name="change_by_state")]

    def __str__(self) -> str:
        return f"{self.object_kind} {self.object_id} {self.state}"

    @property
    def content(self) -> dict[str, Any]:
        """The opened data: {field: JSON}."""
        return cast("dict[str, Any]", self.data)
