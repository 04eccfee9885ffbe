"""Pairs of records that may be one, and how far the nightly search has come."""

import uuid as uuid_module
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.intake.duplicates.enums import AGAINST, PairState, Reason


class PairBase(models.Model):
    """Two records that may be one; each kind adds the keys `first` (entered before) and `second`.

    `before` is the state that a merged record had, for the undoing. `objection` is what its owner says against the
    decision, once; the pair is then to be looked at again.
    """

    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    score = models.PositiveSmallIntegerField(_("likeness"))
    reasons = ArrayField(models.CharField(max_length=20), default=list)
    state = models.CharField(max_length=20, choices=PairState.choices, default=PairState.FOUND)
    state_since = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)
    found_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(_("reason"), max_length=500, blank=True)
    before = models.CharField(max_length=20, blank=True)
    objection = models.TextField(_("objection"), max_length=500, blank=True)
    objected_at = models.DateTimeField(null=True, blank=True)

    # What a pair forgets that is to be looked at again.
    ANEW: ClassVar[dict[str, Any]] = {}

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"  # type: ignore[attr-defined]  # keys of the kind

    def speaks_for(self) -> list[str]:
        return [str(Reason(code).label) for code in self.reasons if code not in AGAINST]

    def speaks_against(self) -> list[str]:
        return [str(Reason(code).label) for code in self.reasons if code in AGAINST]

    def other(self, record: Any) -> Any:
        """The record of the pair that is not this one."""
        return self.second if record.pk == self.first_id else self.first  # type: ignore[attr-defined]  # as above


def pair_constraints(name: str) -> list[models.BaseConstraint]:
    """What holds for the pairs of every kind."""
    return [
        models.UniqueConstraint(fields=["first", "second"], name=f"{name}_once"),
        models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name=f"{name}_ordered"),
        models.CheckConstraint(condition=models.Q(state__in=PairState.values), name=f"{name}_state_known"),
    ]


class DuplicateSearch(models.Model):
    """Up to when the records of a kind have been compared, by which edition of the rules."""

    kind = models.CharField(max_length=20, unique=True)
    compared_to = models.DateTimeField()
    edition = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return f"{self.kind} {self.compared_to:%Y-%m-%d}"
