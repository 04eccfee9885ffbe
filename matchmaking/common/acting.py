"""As whom the request acts: the person, what opened the route to him, the organisation he sees it from, and from where.

The history needs it for every act, and no service should have to hand it down (`activity/services.py` reads it).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from matchmaking.common.addresses import caller_address, prefix_of


@dataclass
class Acting:
    """`membership` is the one whose organisation the page is seen from; `capabilities` are those of which the route
    asks for one, so that they grow known only when it is entered. `origin` is the address without its last part.
    """

    membership: Any = None
    capabilities: tuple[str, ...] = ()
    origin: str = ""


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


def current() -> Acting | None:
    """As whom the request that is being served acts; None outside one."""
    return _acting.get()


@contextmanager
def serving(request: HttpRequest, membership: Any) -> Iterator[None]:
    """Let what happens inside belong to this request."""
    token = _acting.set(Acting(membership=membership, origin=prefix_of(caller_address(request))))
    try:
        yield
    finally:
        _acting.reset(token)


def through(*capabilities: str) -> None:
    """Note what opened the way to what follows in this request: capabilities of which the person holds at least one."""
    context = _acting.get()
    if context is not None:
        context.capabilities = capabilities


def membership_for(by: Any, *, organisation: Any = None, capability: str = "") -> Any:
    """The membership through which a person acts; None for the portal itself, and where nothing tells.

    It carries the capability of the act (that which is named, else one of those that opened the route) in the
    organisation that is named; else anywhere; without one it is a membership in that organisation; else the one that
    the page is seen from. Among several the latter goes first, then the oldest. Outside a request it follows from what
    the work has looked up already: work that asked for no right acts for nobody in particular.
    """
    context = _acting.get()
    if by is None or (context is None and organisation is None and not capability):
        return None
    if context is None and "active_memberships" not in vars(by):
        return None
    held = by.active_memberships
    asked = (capability,) if capability else (context.capabilities if context else ())
    carrying = {one.pk for name in asked for one in by.memberships_with(name)}
    seen_from = context.membership.pk if context and context.membership else None
    place = organisation.pk if organisation else None

    def rank(one: Any) -> tuple[bool, bool, bool]:
        return one.pk not in carrying, one.organisation_id != place, one.pk != seen_from

    best = min(held, key=rank, default=None)
    if best is None or (context is None and best.pk not in carrying and best.organisation_id != place):
        return None
    return best
