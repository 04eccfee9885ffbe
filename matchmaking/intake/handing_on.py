"""Handing in many drafts of an upload at once. A room says, once, how its records are handed in.

Intake knows no room: `handing_on.py` of an app registers itself under the kind of rows that it takes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet

from matchmaking.accounts.models import User


@dataclass(frozen=True)
class Draft:
    """A record that waits to be handed in; `missing` are the fields that must be filled before."""

    uuid: UUID
    number: str
    label: str
    version: int
    url: str
    missing: Sequence[str] = ()
    edit_url: str = ""  # where the missing ones are filled in


@dataclass(frozen=True)
class Left:
    """A record that was not handed in, and why."""

    number: str
    reason: Any


@dataclass(frozen=True)
class HandingOn:
    """How the records of a kind are handed in.

    `waiting`: of the records with these uuids, those that the person may hand in; `draft_of`: one of them as a draft.
    `submit`: the person, {uuid: version} and the cleaned form → how many were handed in, and which were left.
    """

    waiting: Callable[[User, QuerySet[Any]], QuerySet[Any]]
    draft_of: Callable[[Any], Draft]
    submit: Callable[..., tuple[int, list[Left]]]
    form: type[forms.Form]


_known: dict[str, HandingOn] = {}


def register(kind: str, handing_on: HandingOn) -> None:
    _known[kind] = handing_on


def hands_on(kind: str) -> bool:
    return kind in _known


def handing_on_of(kind: str) -> HandingOn | None:
    return _known.get(kind)
