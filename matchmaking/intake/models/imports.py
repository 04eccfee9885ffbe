"""Uploads of workbooks: the batch, its rows, and which heading of an organisation means which column."""

import uuid as uuid_module

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import Organisation, User
from matchmaking.common.crypto import EncryptedJSONField
from matchmaking.intake import importing
from matchmaking.intake.models.files import StoredFile
from matchmaking.jobs.models import Job


class BatchState(models.TextChoices):
    UPLOADED = "uploaded", _("being checked")
    MAPPING = "mapping", _("columns to be assigned")
    CHECKED = "checked", _("checked")
    COMMITTING = "committing", _("being imported")
    COMMITTED = "committed", _("imported")
    UNDOING = "undoing", _("being undone")
    UNDONE = "undone", _("undone")
    REFUSED = "refused", _("refused")
    ABANDONED = "abandoned", _("abandoned")


class ImportBatchQuerySet(models.QuerySet["ImportBatch"]):
    def visible_to(self, user):
        """Uploads of the organisations in which the person may import rows of this kind."""
        if not user.is_authenticated:
            return self.none()
        seen = Q(pk__in=[])
        for kind in importing.kinds():
            if owners := user.organisations_with(kind.capability):
                seen |= Q(kind=kind.kind, owner__in=owners)
        return self.filter(seen)


class ImportBatch(models.Model):
    """One upload of one workbook: checked row by row, then committed whole or not at all."""

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=20)
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    programme = models.ForeignKey("programmes.Programme", on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=BatchState.choices, default=BatchState.UPLOADED)
    state_since = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    refusal = models.JSONField(null=True, blank=True)
    counts = models.JSONField(default=dict)
    remarks = models.JSONField(default=list)
    # Where the columns stand: {"row_no", "places": {column: index}, "units": {column: unit}}.
    heading = models.JSONField(default=dict)
    # Every heading of the file: a `headings.HeadingCell` as a dict, with a sealed sample of what stands below it.
    headings = models.JSONField(default=list)
    # What a person chose for this file: {"columns": {index: column or ""}, "row_no": heading row, "sheet": its name}.
    chosen = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=BatchState.values), name="batch_state_known"),
        ]
        indexes = [models.Index(fields=["owner", "-created_at"], name="batch_by_owner")]

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"


class RowGroup(models.TextChoices):
    NEW = "new", _("new")
    CHANGED = "changed", _("changed")
    UNCHANGED = "unchanged", _("unchanged")
    MISSING = "missing", _("not in the file")
    INVALID = "invalid", _("invalid")
    LEFT_OUT = "left_out", _("left out")


# Rows of which something is to be said that is no error; the sentences stand in refusals.ROW_REMARKS.
REMARKED = Q(remarks__contains=[{"code": "like_row"}]) | Q(remarks__contains=[{"code": "names_owner"}])


class ImportRowQuerySet(models.QuerySet["ImportRow"]):
    def in_file(self):
        """The rows that stand in the file, without the records that are missing from it."""
        return self.filter(row_no__isnull=False)

    def with_open_question(self):
        """New rows that look like a record of the owner, as long as nobody has said whether they are it."""
        return self.filter(group=RowGroup.NEW, answer="").exclude(similar=[])

    def touched(self):
        """Rows of the file about which somebody said something in the browser."""
        return self.in_file().exclude(~Q(group=RowGroup.LEFT_OUT), mended={}, answer="")


class ImportRow(models.Model):
    """One row of the file: what stood in it, what it would become, and what is wrong with which cell.

    A record that is missing from the file has a row without a number; a row that somebody left out stays with what is
    wrong in it. After a commit the row keeps what an undo needs.
    """

    NEW = "new"  # the answer to a question: none of these records

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rows")
    row_no = models.PositiveIntegerField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    group = models.CharField(max_length=10, choices=RowGroup.choices)
    values = models.JSONField(default=dict)  # {column: text} as in the file; private ones sealed
    mended = models.JSONField(default=dict)  # {column: text} written in the browser instead; private ones sealed
    cleaned = models.JSONField(default=dict)
    errors = models.JSONField(default=list)  # [{"name", "cell", "column", "code", "message", "hint"}]
    remarks = models.JSONField(default=list)  # [{"code", "params"}]
    missing = models.JSONField(default=list)
    words = ArrayField(models.CharField(max_length=200), default=list)  # by which it names its record
    target_id = models.UUIDField(null=True, blank=True)
    target_no = models.CharField(max_length=20, blank=True)
    similar = models.JSONField(default=list)  # [{"uuid", "number", "label", "score", "why"}]
    answer = models.CharField(max_length=36, blank=True)  # "", NEW, or the uuid of a record
    withdraw = models.BooleanField(default=False)
    before = EncryptedJSONField(null=True, blank=True)
    version_after = models.PositiveIntegerField(null=True, blank=True)

    objects = ImportRowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "row_no"], name="row_once_per_batch"),
            models.CheckConstraint(condition=Q(group__in=RowGroup.values), name="row_group_known"),
            models.CheckConstraint(condition=~Q(group="invalid") | ~Q(errors=[]), name="row_invalid_says_why"),
            models.CheckConstraint(
                condition=Q(group="missing", row_no=None) | (~Q(group="missing") & Q(row_no__isnull=False)),
                name="row_missing_no_number",
            ),
            models.CheckConstraint(condition=Q(withdraw=False) | Q(group="missing"), name="row_withdraws_missing_only"),
        ]
        indexes = [models.Index(fields=["batch", "group", "row_no"], name="row_by_group")]

    def __str__(self) -> str:
        return f"{self.batch_id} row {self.row_no}"


class HeaderMapping(models.Model):
    """What an organisation once said that a heading means; "" for a column that is to be left out."""

    owner = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    heading = models.CharField(max_length=200)  # folded
    column = models.CharField(max_length=40, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "kind", "heading"], name="heading_means_one_column")]

    def __str__(self) -> str:
        return f"{self.kind} {self.heading}: {self.column}"
