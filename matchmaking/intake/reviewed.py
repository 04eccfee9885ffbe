"""Which kinds of record are reviewed, and how their rows are found. Each app above says it once, at start."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from matchmaking.accounts.models import Organisation


class NotOffered(Exception):
    """This kind of record has no such step."""


def _nobody(user: Any, record: Any) -> bool:
    return False


def _nothing(*args: Any, **kwargs: Any) -> Any:
    raise NotOffered


@dataclass(frozen=True)
class ReviewedKind:
    """`visible`, `waiting` and `decided` take a person: what he sees, what waits for his decision now, and everything
    whose review is his, in whatever state. `pending` is everything that waits at some step, for the jobs.

    `queue` is the URL name of the officer's list and `queue_name` what it is called; `place` orders the kinds on every
    page; `park_path` is the way from a record to its owner's park. `refused` is what the use cases raise when a person
    may not take a step, `incomplete` when something would be missing afterwards; the steps take (by, record, …) by
    position.
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
    queue_name: Any
    place: int = 0
    park_path: str = ""
    refused: tuple[type[Exception], ...] = ()
    incomplete: tuple[type[Exception], ...] = ()
    can_appeal: Callable[[Any, Any], bool] = _nobody
    appeal: Callable[..., Any] = _nothing
    decide_appeal: Callable[..., Any] = _nothing
    can_revise: Callable[[Any, Any], bool] = _nobody
    can_check_change: Callable[[Any, Any], bool] = _nobody
    pass_change: Callable[..., Any] = _nothing
    return_change: Callable[..., Any] = _nothing
    withdraw_change: Callable[..., Any] = _nothing

    @property
    def has_changes(self) -> bool:
        """Whether published records of this kind have changes that wait for a check."""
        return self.can_revise is not _nobody

    @property
    def has_appeals(self) -> bool:
        return self.can_appeal is not _nobody


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
    """All kinds in the order of their places."""
    return sorted(_kinds.values(), key=lambda one: one.place)


def kinds_of(user: Any) -> list[ReviewedKind]:
    """The kinds for which the person has a desk."""
    return [one for one in kinds() if any(user.can(name) for name in one.capabilities)]
