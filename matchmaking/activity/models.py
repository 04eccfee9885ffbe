"""Append-only history: one entry per user-visible act, written in the business transaction (house law 8).

Entries hold no foreign keys to domain rows and no personal or protected values, only references: an entry outlives
what it tells of. Entries, seals and anchors are only ever added: triggers refuse UPDATE, DELETE and TRUNCATE.

The transaction of an act leaves its entry unchained, so that no act waits for another one. One sealer (`sealing.py`)
chains what is committed; every hour the head of the chain is put down outside the database (`anchoring.py`).
"""

import uuid as uuid_module

from django.db import models
from django.utils import timezone


class EntryQuerySet(models.QuerySet["Entry"]):
    def visible_to(self, user):
        """The whole history is the auditor's; what one record went through is read with the record (`about`)."""
        return self.all() if user.is_authenticated and user.can("activity.read") else self.none()

    def about(self, kind: str, object_id: uuid_module.UUID):
        """The history of one record; who may read it is decided by who may see the record."""
        return self.filter(object_kind=kind, object_id=object_id)


class Entry(models.Model):
    """Who did what to which record, as whom, when, from where, and what changed.

    `actor_id` is the account; `actor_name` stays empty, lest a name be sealed for ever (`people.py` reads it).
    `organisation_*` is whom everybody may read who sees the record. `as_role` and `as_organisation_id` are the
    membership that gave the right to the act: a key, because the name may be that of a hidden owner. `before` and
    `after` hold the row version of a record, its kept version, the names of changed fields, and values only of fields
    that anybody may read. `origin` is the address without its last part (a /24, of IPv6 a /48).
    """

    at = models.DateTimeField(default=timezone.now)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=100, blank=True)
    organisation_id = models.BigIntegerField(null=True)
    organisation_name = models.CharField(max_length=200, blank=True)
    as_role = models.CharField(max_length=20, blank=True, default="")
    as_organisation_id = models.BigIntegerField(null=True)
    verb = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=40)
    object_id = models.UUIDField()
    object_no = models.CharField(max_length=40, blank=True)
    from_state = models.CharField(max_length=30, blank=True)
    to_state = models.CharField(max_length=30, blank=True)
    detail = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    request_id = models.CharField(max_length=32, blank=True)
    origin = models.CharField(max_length=43, blank=True, default="")

    objects = EntryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["object_kind", "object_id", "-id"], name="entry_by_object"),
            models.Index(fields=["verb", "at"], name="entry_by_verb"),
            models.Index(fields=["at", "id"], name="entry_by_time"),
            models.Index(fields=["actor_id", "at", "id"], name="entry_by_actor"),
            models.Index(fields=["as_organisation_id", "at", "id"], name="entry_by_acting"),
            models.Index(fields=["organisation_id", "at", "id"], name="entry_by_named"),
            models.Index(fields=["object_no", "at", "id"], name="entry_by_number"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_no}"


class Unsealed(models.Model):
    """An entry that waits for the sealer, written by a trigger with every entry, however that came to be.

    This is “not sealed yet” as rows that can be found without reading the whole history: numbers become visible out of
    order, so “greater than the last one” would lose entries.
    """

    entry_id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return str(self.entry_id)


class Seal(models.Model):
    """The place of one entry in the chain: `digest` covers the entry, the place, the time and `previous`.

    A digest is the predecessor of one seal only, so the chain cannot fork. `method` says how the digest was made.
    Entries cannot go, so the database checks no key here and the sealer takes no lock on the rows of the history.
    """

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, on_delete=models.DO_NOTHING, related_name="seal", db_constraint=False)
    method = models.CharField(max_length=20)
    sealed_at = models.DateTimeField()
    previous = models.CharField(max_length=64, unique=True)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(position__gt=0), name="seal_position_counts")]

    def __str__(self) -> str:
        return f"{self.position} {self.digest[:12]}"


class Anchor(models.Model):
    """The head of the chain at one time, as it stands in the files outside; chained by itself."""

    number = models.PositiveIntegerField(primary_key=True)
    at = models.DateTimeField()
    position = models.BigIntegerField()
    head = models.CharField(max_length=64)
    method = models.CharField(max_length=20)
    previous = models.CharField(max_length=64, unique=True)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(number__gt=0), name="anchor_number_counts")]

    def __str__(self) -> str:
        return f"{self.number} {self.position}"
