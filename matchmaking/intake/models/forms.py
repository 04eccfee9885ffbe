"""What the portal remembers about forms that people fill in."""

from uuid import uuid4

from django.db import models
from django.utils import timezone

from matchmaking.accounts.models import User
from matchmaking.common.crypto import EncryptedJSONField


class FormReceipt(models.Model):
    """A form that was carried out, by the token that stood in it: the same form sent again makes nothing new."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    token = models.UUIDField()
    digest = models.CharField(max_length=64)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "token"], name="form_once_per_person")]

    def __str__(self) -> str:
        return f"{self.token} {self.url}"


class FormDraftQuerySet(models.QuerySet["FormDraft"]):
    def visible_to(self, user):
        """Only the person who typed it; no officer and no colleague ever sees it."""
        return self.filter(user=user) if user.is_authenticated else self.none()


class FormDraft(models.Model):
    """What a person typed into a form and has not saved: kept by the page itself, every few seconds.

    `key` names the form ("achievement:new", "need:<uuid>"). Each page that is opened anew keeps its text under a uuid
    of its own, so that two windows with the same form never write over each other. `fields` are the pairs (name,
    value) of the form as the browser would send them.
    """

    uuid = models.UUIDField(default=uuid4)  # named by the page
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=70)
    fields = EncryptedJSONField()
    base_version = models.PositiveIntegerField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField(default=timezone.now)

    objects = FormDraftQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "uuid"], name="draft_once_per_page")]
        indexes = [
            models.Index(fields=["user", "key", "-saved_at"], name="draft_by_form"),
            models.Index(fields=["saved_at"], name="draft_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.uuid}"
