"""Whom a message to “everybody who may operate jobs” reaches. Roles stand on a higher floor, which tells us here."""

from collections.abc import Callable, Iterable
from typing import Any

Resolver = Callable[[str], Iterable[Any]]

_resolver: Resolver | None = None


def provide(resolver: Resolver) -> None:
    """Called once at start by the app that knows roles: capability → the active users who hold it."""
    global _resolver  # noqa: PLW0603 (one resolver per process, set at start)
    _resolver = resolver


def holders_of(capability: str) -> list[Any]:
    """The users who hold a capability; nobody while no app has said who they are."""
    return list(_resolver(capability)) if _resolver else []
