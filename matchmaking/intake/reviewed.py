"""Which kinds of record are reviewed, and how their rows are found. Each app above says it once, at start."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from matchmaking.accounts.models import Organisation


@dataclass(frozen=True)
class ReviewedKind:
    """`visible`, `waiting` and `decided` take a person: what he sees, what waits for his decision now, and everything
    whose review is his, in whatever state. `pending` is everything that waits at some step, for the jobs.

    `queue` is the URL name of the officer's list, `park_path` the way from a record to its owner's park.
    """

    kind: str
    name: Any
    capabilities: tuple[str, ...]
    visible: Callable[[Any], QuerySet[Any]]
    waiting: Callable[[Any], QuerySet[Any]]
    decided: Callable[[Any], QuerySet[Any]]
    pending: Callable[[], QuerySet[Any]]
    step_of: Callable[[Any], str]
    owner_of: Callable[[Any], Organisation]
    queue: str
    park_path: str = ""


class UnknownKind(Exception):
    """No app registered this kind of record."""


_kinds: dict[str, ReviewedKind] = {}


def register(kind: str, **how: Any) -> None:
    """Say how a kind of record is reviewed; see `ReviewedKind`."""
    _kinds[kind] = ReviewedKind(kind=kind, **how)


def find(kind: str) -> ReviewedKind:
    try:
        return _kinds[kind]
    except KeyError:
        raise UnknownKind(kind) from None


def kinds() -> list[ReviewedKind]:
    """All kinds in the order in which their apps registered them."""
    return list(_kinds.values())


def kinds_of(user: Any) -> list[ReviewedKind]:
    """The kinds for which the person has a desk."""
    return [one for one in kinds() if any(user.can(name) for name in one.capabilities)]
