"""Which function runs a job of a kind. Apps register in their `jobs.py`; lower floors only name the kind."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.functional import Promise

if TYPE_CHECKING:
    from matchmaking.jobs.context import JobContext
    from matchmaking.jobs.models import Job

logger = logging.getLogger(__name__)
Run = Callable[["JobContext"], dict[str, Any] | None]
OnDead = Callable[["Job", str], None]
OnCancelled = Callable[["Job"], None]

_handlers: dict[str, Handler] = {}
_alarms: list[OnDead] = []


@dataclass(frozen=True)
class Handler:
    """How a kind of job runs and what it is called. `unit` names what is counted (“rows”).

    Holders of the capability `seen_by` may see every job of the kind; without it only who asked for it, and operators.
    """

    kind: str
    run: Run
    label: str | Promise
    unit: str | Promise
    seen_by: str
    on_dead: OnDead | None
    on_cancelled: OnCancelled | None


class UnknownKind(Exception):
    """No app of this installation handles the kind."""


def handler(
    kind: str,
    *,
    label: str | Promise = "",
    unit: str | Promise = "",
    seen_by: str = "",
    on_dead: OnDead | None = None,
    on_cancelled: OnCancelled | None = None,
) -> Callable[[Run], Run]:
    """Register the decorated function for a kind. It must be safe to run again from its last cursor.

    `on_dead(job, reason)` and `on_cancelled(job)` run in the transaction that closes the job.
    """

    def register(run: Run) -> Run:
        known = _handlers.get(kind)
        if known and known.run.__module__ != run.__module__:
            raise ValueError(f"two handlers for {kind!r}: {known.run.__module__} and {run.__module__}")
        _handlers[kind] = Handler(kind, run, label or kind, unit, seen_by, on_dead, on_cancelled)
        return run

    return register


def find(kind: str) -> Handler:
    try:
        return _handlers[kind]
    except KeyError:
        raise UnknownKind(kind) from None


def kinds() -> list[str]:
    return sorted(_handlers)


def kinds_seen_by(user: Any) -> list[str]:
    """The kinds of which a person may see every job, because he holds the capability that they name."""
    return sorted(known.kind for known in _handlers.values() if known.seen_by and user.can(known.seen_by))


def label_of(kind: str) -> str:
    """The name of a kind in the language of the page; the kind itself when nobody registered it."""
    known = _handlers.get(kind)
    return str(known.label) if known else kind


def unit_of(kind: str) -> str:
    known = _handlers.get(kind)
    return str(known.unit) if known else ""


def on_dead_letter(alarm: OnDead) -> OnDead:
    """Register what happens when any job is given up, in the transaction that does it."""
    if alarm not in _alarms:
        _alarms.append(alarm)
    return alarm


def tell_dead(job: Job, reason: str) -> None:
    """Run the handler's `on_dead` and the alarms. One that fails must not keep the job from being given up."""
    known = _handlers.get(job.kind)
    told = [known.on_dead] if known and known.on_dead else []
    for tell in [*told, *_alarms]:
        try:
            with transaction.atomic():
                tell(job, reason)
        except Exception:
            logger.exception("job %s: could not tell that it was given up", job.pk)


def tell_cancelled(job: Job) -> None:
    known = _handlers.get(job.kind)
    if known and known.on_cancelled:
        known.on_cancelled(job)
