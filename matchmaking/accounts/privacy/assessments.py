"""Which flows of personal data need an impact assessment, which of them run here, and under which number.

PIPL 55 asks for one before sensitive data are processed, decisions are automated, data are given to others or
published; PIPL 56 what it holds, and that it is kept three years. The operator writes and keeps it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.privacy.classes import DataClass, counted


@dataclass(frozen=True)
class Flow:
    """A flow that needs an assessment; `runs` says whether this installation has it."""

    code: str
    label: Any
    article: Any
    runs: Callable[[], bool]


@dataclass(frozen=True)
class Assessed:
    """A flow with the number of its record; empty where none is given."""

    flow: Flow
    number: str


def _always() -> bool:
    """What the portal is for, and nobody can switch off."""
    return True


def _sensitive_columns() -> bool:
    return counted()[DataClass.SENSITIVE] > 0


FLOWS = (
    Flow("automated", _("the engine proposes people and scores how well they fit"), _("PIPL art. 55 no. 2"), _always),
    Flow("publish", _("entries of experts and teams are shown to everybody, with a consent of their own"),
         _("PIPL art. 55 no. 3"), _always),
    Flow("provide", _("contact data are opened to the other side after both have said yes"), _("PIPL art. 55 no. 3"),
         _always),
    Flow("sensitive", _("sensitive data are collected"), _("PIPL art. 55 no. 1"), _sensitive_columns),
)  # fmt: skip


def assessed() -> list[Assessed]:
    """Every flow that runs here, with the number of its record."""
    return [Assessed(flow, settings.PRIVACY_ASSESSMENTS.get(flow.code, "")) for flow in FLOWS if flow.runs()]


def lacking() -> list[Flow]:
    """The flows that run here without a record."""
    return [one.flow for one in assessed() if not one.number]
