"""Code tables with edition and source, regions with validity, and the legal state transitions.

Records store the plain code; a code row is never deleted, it is retired by `valid_to`, so that a record keeps the
code it was filed under.
"""

import uuid as uuid_module

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language


def in_language(name_zh: str, name_en: str) -> str:
    """Return the name in the language of the page; Chinese where there is no English."""
    return name_en if name_en and (get_language() or "").startswith("en") else name_zh


class CodeTable(models.Model):
    """One vocabulary, such as HNTE8 or COOP_MODE, with the edition and the source its codes were taken from."""

    code = models.CharField(max_length=32, unique=True)
    name_zh = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    edition = models.CharField(max_length=50)
    source = models.CharField(max_length=300)
    loaded_at = models.DateTimeField(default=timezone.now)
    is_cared_for = models.BooleanField(default=False)  # changed in the portal: the shipped file no longer rules it

    def __str__(self) -> str:
        return in_language(self.name_zh, self.name_en)

    @property
    def uuid(self) -> uuid_module.UUID:
        """The name of the table in the history, which knows objects by uuid."""
        return uuid_module.uuid5(uuid_module.NAMESPACE_OID, f"tongti:vocabulary:{self.code}")

    @property
    def public_no(self) -> str:
        return self.code


class CodeEdition(models.Model):
    """One edition of a table as it was imported: the day from which it counts, its source, what it changed."""

    table = models.ForeignKey(CodeTable, on_delete=models.CASCADE, related_name="editions")
    edition = models.CharField(max_length=50)
    source = models.CharField(max_length=300)
    valid_from = models.DateField()
    imported_at = models.DateTimeField(default=timezone.now)
    counts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.table_id} {self.edition}"


class CodeMapping(models.Model):
    """Which code took the place of an old one; records keep the code they were filed under."""

    table = models.ForeignKey(CodeTable, on_delete=models.CASCADE, related_name="mappings")
    old = models.CharField(max_length=32)
    new = models.CharField(max_length=32)
    since = models.DateField(default=timezone.localdate)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "old"], name="mapping_once_per_code"),
            models.CheckConstraint(condition=~Q(old=models.F("new")), name="mapping_to_another_code"),
        ]

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"


class CodeQuerySet(models.QuerySet["Code"]):
    def valid_on(self, day):
        """Codes that may be chosen on a day; retired ones stay readable."""
        return self.filter(Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gt=day))


class Code(models.Model):
    """One code of a table; `parent` is the code above it in the same table, empty at the top."""

    table = models.ForeignKey(CodeTable, on_delete=models.PROTECT, related_name="codes")
    code = models.CharField(max_length=32)
    parent = models.CharField(max_length=32, blank=True)
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    synonyms = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    extra = models.JSONField(default=dict, blank=True)
    position = models.PositiveIntegerField(default=0)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    objects = CodeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "code"], name="code_unique_in_table"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_from=None) | Q(valid_to__gt=models.F("valid_from")),
                name="code_validity_in_order",
            ),
        ]

    def __str__(self) -> str:
        return in_language(self.name_zh, self.name_en)


class RegionQuerySet(models.QuerySet["Region"]):
    def within(self, code: str):
        """The region and everything below it."""
        return self.filter(path__contains=[code])


class Region(models.Model):
    """A region by its GB/T 2260 code without trailing zeros (32, 3702), or the local code 66 of XPCC.

    `path` holds the codes from the top down to this one, so that a subtree is one array lookup.
    """

    class Kind(models.TextChoices):
        PROVINCE = "province", "省级"
        CITY = "city", "地级"
        CORPS = "corps", "兵团"

    code = models.CharField(max_length=12, primary_key=True)
    name_zh = models.CharField(max_length=50)
    name_en = models.CharField(max_length=80, blank=True)
    short_zh = models.CharField(max_length=20)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    path = ArrayField(models.CharField(max_length=12))
    separately_planned = models.BooleanField(default=False)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    objects = RegionQuerySet.as_manager()

    def __str__(self) -> str:
        return in_language(self.short_zh, self.name_en)


class StateTransition(models.Model):
    """The legal moves of every noun with a life cycle; a trigger on its table reads them (house law 2)."""

    noun = models.CharField(max_length=60)
    source = models.CharField(max_length=30)
    target = models.CharField(max_length=30)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["noun", "source", "target"], name="transition_unique")]

    def __str__(self) -> str:
        return f"{self.noun}: {self.source} → {self.target}"
