"""Reading notifications: the bell and the inbox."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from matchmaking.notifications import kinds
from matchmaking.notifications.models import Notification

COUNT_CAP = 100  # the bell says “99+”


@dataclass(frozen=True)
class Message:
    """A notification in the language of the reader."""

    notification: Notification
    subject: str
    body: str


def unread_count(user: Any) -> int:
    """How many messages wait, counted up to the cap."""
    return Notification.objects.visible_to(user).unread()[:COUNT_CAP].count()


def in_words(rows: Iterable[Notification]) -> list[Message]:
    """The messages of these rows, in the active language."""
    return [Message(row, *kinds.say(row.kind, row.params)) for row in rows]
