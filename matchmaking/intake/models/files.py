"""Uploaded files."""

import uuid as uuid_module

from django.db import models
from django.utils import timezone

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
