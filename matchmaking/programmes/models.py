"""Programmes, their reporting units and tracks, and what every list entry of a programme has in common."""

import uuid as uuid_module

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.enums import OrganisationKind
from matchmaking.accounts.enums import Track as TrackCode
from matchmaking.accounts.models import Organisation
from matchmaking.vocabularies.models import Region, in_language


class Programme(models.Model):
    """A national programme such as QXWQ or BYBXWQ. A new programme is data, not code."""

    code = models.CharField(max_length=20, unique=True)
    name_zh = models.CharField(max_length=100)
    name_en = models.CharField(max_length=150)
    document_no = models.CharField(max_length=100, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    sponsors = models.JSONField(default=list)
    targets = models.JSONField(default=dict)
    # {kind of record: [fields]} of which a change in a published record is checked before it goes live.
    checked_fields = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=models.F("starts_on")),
                name="programme_period_in_order",
            ),
        ]

    def __str__(self) -> str:
        return in_language(self.name_zh, self.name_en)


class ProgrammeTrack(models.Model):
    """A department's track in a programme: which kind of department, and who checks what."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="tracks")
    code = models.CharField(max_length=5, choices=TrackCode.choices)
    department_kind = models.CharField(max_length=20, choices=OrganisationKind.choices)
    reviews = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["programme", "code"], name="track_once_per_programme")]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.code}"


class ReportingUnit(models.Model):
    """A region that reports for itself in a programme (BYBXWQ 37, QXWQ 32)."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="reporting_units")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["programme", "region"], name="unit_once_per_programme")]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.region_id}"


class Desk(models.TextChoices):
    """Who answers for a step of the review: found for each record by its owner, park, region and track."""

    UNIT = "unit", _("the owner's officers")
    PARK = "park", _("the owner's park")
    REGION = "region", _("the department of the region")
    PROVINCE = "province", _("the department of the province")
    SECRETARY = "secretary", _("the secretariat")


class StepRule(models.Model):
    """How a step of the review runs for a kind of record: who, within how many working days, by which rule.

    When the days are over, deputy and `escalate_to` are told, `escalate_after` working days later.
    """

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="step_rules")
    record_kind = models.CharField(max_length=20)
    step = models.CharField(max_length=20)
    responsible = models.CharField(max_length=10, choices=Desk.choices)
    workdays = models.PositiveSmallIntegerField()
    deputy = models.CharField(max_length=10, choices=Desk.choices, blank=True)
    escalate_to = models.CharField(max_length=10, choices=Desk.choices)
    escalate_after = models.PositiveSmallIntegerField(default=0)
    rule_zh = models.TextField(max_length=500)
    rule_en = models.TextField(max_length=500)
    source = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "record_kind", "step"], name="step_rule_once"),
            models.CheckConstraint(condition=Q(workdays__range=(1, 250)), name="step_rule_workdays"),
            models.CheckConstraint(condition=Q(responsible__in=Desk.values), name="step_rule_desk_known"),
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.record_kind} {self.step}"

    @property
    def text(self) -> str:
        """The rule in the language of the page."""
        return in_language(self.rule_zh, self.rule_en)


class NumberSeries(models.Model):
    """The last number given out for a kind of record in a year; taken in the transaction, hence without gaps."""

    kind = models.CharField(max_length=4)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "year"], name="series_once_per_year")]

    def __str__(self) -> str:
        return f"{self.kind}-{self.year}"


class Visibility(models.TextChoices):
    """VISIBILITY of the vocabularies."""

    PUBLIC = "public", _("public")
    MEMBERS = "members", _("members only")
    INVITED = "invited", _("invited only")
    HIDDEN_OWNER = "hidden_owner", _("owner hidden")


class ListEntry(models.Model):
    """The public row of a record that stands in a programme's list.

    Nothing protected may be added here: owner, contacts, prices and confidential text live in the body row
    (`ProtectedBody`), so that an accidental read of this table leaks nothing (reliability rule 24).
    """

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    public_no = models.CharField(max_length=20, unique=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+", verbose_name=_("programme"))
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+", verbose_name=_("region"))
    state_since = models.DateTimeField(default=timezone.now)
    visibility = models.CharField(_("visibility"), max_length=15, choices=Visibility.choices, default=Visibility.PUBLIC)
    version = models.PositiveIntegerField(default=1)
    text_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    is_sample = models.BooleanField(default=False)
    is_load = models.BooleanField(default=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.public_no


class ProtectedBody(models.Model):
    """The protected half of a list entry: who made and owns it, and what only the entitled may read."""

    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True
