"""How much life there is in an offered achievement: dated signals and what to do about each; a score from 0 to 100.

Pure: reads what `catalog.freshness.with_health` put on the record and asks nothing of the database. What counts as a
signal is decided there, in one place for the page of a record, the badge in the list and the figures of the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TOP = 100


@dataclass(frozen=True)
class Signal:
    """One thing that speaks against the record: what, since (or on) which day if one is known, and what to do."""

    code: str
    weight: int
    what: str | Promise
    to_do: str | Promise
    day: date | None = None


@dataclass(frozen=True)
class Rule:
    """`flag` and `day` name what `with_health` put on the record."""

    flag: str
    day: str
    weight: int
    what: str | Promise
    to_do: str | Promise


# The worst first. More than 100 points can be lost together; the score ends at 0.
RULES = (
    Rule("health_left", "health_left_on", 30, _("Nobody of the owner has an active account any more"),
         _("Ask the owner to name a transfer officer; else suspend the record.")),
    Rule("health_stale", "health_last", 30, _("Not confirmed for twelve months, no longer matched"),
         _("Confirm that it still stands, or withdraw it.")),
    Rule("health_right_over", "health_right_over_on", 30, _("A right is no longer in force"),
         _("Correct the row of this right, or remove it and say what protects the achievement now.")),
    Rule("health_right_soon", "health_right_soon_on", 15, _("A right ends within six months"),
         _("Renew it and enter the new day, or say what protects the achievement afterwards.")),
    Rule("health_unconfirmed", "health_last", 15, _("Not confirmed for nine months"),
         _("Confirm that it still stands; that takes one click.")),
    Rule("health_no_contact", "", 15, _("No contact data; undelivered mail to a contact is not measured"),
         _("Enter a person, a telephone number or an e-mail address.")),
    Rule("health_no_indicator", "", 15, _("No indicator with a figure"),
         _("Enter at least one measured figure with its condition; engineers compare by figures.")),
    Rule("health_level_old", "health_edited", 10, _("Readiness level unchanged: not edited for two years"),
         _("Check the level and its evidence, and enter the present one.")),
)  # fmt: skip


def signals(record: Any) -> list[Signal]:
    """What speaks against a record that came from `with_health`, the heaviest first."""
    found = [
        Signal(rule.flag, rule.weight, rule.what, rule.to_do, _day(getattr(record, rule.day) if rule.day else None))
        for rule in RULES
        if getattr(record, rule.flag)
    ]
    return sorted(found, key=lambda signal: -signal.weight)


def score(found: Sequence[Signal]) -> int:
    """From 100 (nothing speaks against it) down to 0."""
    return max(0, TOP - sum(signal.weight for signal in found))


@dataclass(frozen=True)
class Health:
    """What a page shows: the signals, their score and its colour."""

    signals: list[Signal]
    score: int

    @classmethod
    def of(cls, record: Any) -> "Health":
        found = signals(record)
        return cls(found, score(found))

    @property
    def tone(self) -> str:
        return "green" if self.score >= 85 else "orange" if self.score >= 60 else "red"

    @property
    def others(self) -> int:
        """How many signals stand behind the heaviest."""
        return max(0, len(self.signals) - 1)


def _day(value: date | datetime | None) -> date | None:
    return timezone.localdate(value) if isinstance(value, datetime) else value
