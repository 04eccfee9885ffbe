"""What a first screen is made of: panels of lines, and actions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

SHOWN = 5


@dataclass(frozen=True)
class Item:
    """One line of a panel."""

    title: str
    url: str
    note: str = ""
    record: Any = None
    due: date | None = None


@dataclass(frozen=True)
class Panel:
    """A titled list of what waits, with the way to all of it and a sentence for when nothing does."""

    title: str
    icon: str
    items: list[Item]
    empty: str
    url: str = ""
    total: int | None = None
    figures: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Action:
    label: str
    url: str
    icon: str
