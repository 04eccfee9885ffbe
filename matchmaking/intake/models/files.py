"""Uploaded files."""

import uuid as uuid_module

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import Organisation, User


class StoredFile(models.Model):
    """An uploaded file under a random name; served only through a view that checks who asks."""

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    file = models.FileField(upload_to="stored/%Y/%m/")
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class AttachmentKind(models.TextChoices):
    TEST_REPORT = "test_report", _("test report")
    PATENT = "patent", _("patent certificate")
    PICTURE = "picture", _("picture or drawing")
    USER_CERTIFICATE = "user_certificate", _("certificate of a user")
    EVALUATION = "evaluation", _("evaluation report")
    TITLE = "title", _("certificate of a professional title")
    HONOUR = "honour", _("certificate of an honour")
    OTHER = "other", _("other document")


class AttachmentVisibility(models.TextChoices):
    OFFICERS = "officers", _("only the owner and the officers")
    MEMBERS = "members", _("signed-in members")
    PUBLIC = "public", _("everybody who sees the record")


class Attachment(models.Model):
    """A file that proves or shows something about a record of one of the pools; who reads it: `intake.attachments`."""

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    object_kind = models.CharField(max_length=20)
    object_id = models.UUIDField()
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="attachment")
    media_type = models.CharField(max_length=100)
    kind = models.CharField(_("kind of file"), max_length=20, choices=AttachmentKind.choices)
    visibility = models.CharField(
        _("who may open it"),
        max_length=10,
        choices=AttachmentVisibility.choices,
        default=AttachmentVisibility.OFFICERS,
    )
    caption = models.CharField(_("caption"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=1)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=AttachmentKind.values), name="attachment_kind_known"),
            models.CheckConstraint(
                condition=models.Q(visibility__in=AttachmentVisibility.values), name="attachment_visibility_known"
            ),
        ]
        indexes = [models.Index(fields=["object_kind", "object_id", "position"], name="attachment_by_object")]

    def __str__(self) -> str:
        return f"{self.object_kind} {self.object_id} {self.kind}"

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")
