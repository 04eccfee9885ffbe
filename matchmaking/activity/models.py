"""Append-only history: one entry per user-visible act, written in the business transaction (house law 8).

Entries hold no foreign keys to domain rows and no personal or protected values, only references: an entry outlives
what it tells of. A trigger refuses UPDATE, DELETE and TRUNCATE.
"""

import uuid as uuid_module

from django.db import models
from django.utils import timezone


class EntryQuerySet(models.QuerySet["Entry"]):
    def about(self, kind: str, object_id: uuid_module.UUID):
        """The history of one record; who may read it is decided by who may see the record."""
        return self.filter(object_kind=kind, object_id=object_id)


class Entry(models.Model):
    """Who did what to which record, acting for whom, when, and how the state changed."""

    at = models.DateTimeField(default=timezone.now)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=100, blank=True)
    organisation_id = models.BigIntegerField(null=True)
    organisation_name = models.CharField(max_length=200, blank=True)
    verb = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=40)
    object_id = models.UUIDField()
    object_no = models.CharField(max_length=40, blank=True)
    from_state = models.CharField(max_length=30, blank=True)
    to_state = models.CharField(max_length=30, blank=True)
    detail = models.JSONField(default=dict)
    request_id = models.CharField(max_length=32, blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["object_kind", "object_id", "-id"], name="entry_by_object"),
            models.Index(fields=["verb", "at"], name="entry_by_verb"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_no}"
