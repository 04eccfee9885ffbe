"""The shape of a quantified indicator, shared by what is offered and what is needed."""

import re

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

_BARE = re.compile(r"[<>≤≥≈约±+\-\s\d.,，~～–]*\d[\s\d.,，]*")


class Operator(models.TextChoices):
    GE = "ge", "≥"
    GT = "gt", ">"
    LE = "le", "≤"
    LT = "lt", "<"
    EQ = "eq", "="
    BETWEEN = "between", _("from … to")
    TEXT = "text", _("in words")


class IndicatorBase(models.Model):
    """A name, an operator, a value with its unit; `text` holds what cannot be put into numbers."""

    position = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(_("indicator"), max_length=100)
    operator = models.CharField(_("operator"), max_length=10, choices=Operator.choices, default=Operator.GE)
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=6, null=True, blank=True)
    value_high = models.DecimalField(_("upper value"), max_digits=20, decimal_places=6, null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    text = models.CharField(_("in words"), max_length=200, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=Q(operator__in=Operator.values), name="%(class)s_operator_known"),
            models.CheckConstraint(
                condition=Q(operator="text") & ~Q(text="") | ~Q(operator="text") & Q(value__isnull=False),
                name="%(class)s_says_something",
            ),
            models.CheckConstraint(
                condition=~Q(operator="between") | Q(value_high__gt=models.F("value")),
                name="%(class)s_range_in_order",
            ),
        ]

    def __str__(self) -> str:
        if self.operator == Operator.TEXT:
            return f"{self.name} {self.text}"
        low = _plain(self.value)
        if self.operator == Operator.BETWEEN:
            return f"{self.name} {low}–{_plain(self.value_high)} {self.unit}".rstrip()
        return f"{self.name} {self.get_operator_display()} {low} {self.unit}".rstrip()


def unit_beside(figure: str | None, unit: str | None) -> str:
    """The unit to be shown beside a figure that was typed; none beside one that already has words of its own."""
    written = (figure or "").strip()
    return (unit or "").strip() if not written or _BARE.fullmatch(written) else ""


def _plain(value) -> str:
    return f"{value.normalize():f}" if value is not None else ""
