"""Asks the cells of the matrix and says what differs from what is declared."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from tests.long.matrix.table import Table
from tests.long.matrix.walk import IN, METHODS, Route, address, ask, body_of, plain_pages, situations
from tests.long.matrix.world import World

# Written although nothing happens: the receipt of a POST of the API, which holds its answer.
RECEIPTS = {"intake_idempotencykey"}
# A page that is read and thereby marked, and what a page keeps beside.
READING = {"notifications:open": {"notifications_notification"}}
# What a view of allauth makes of the other methods is its own business: it answers them like GET, or not at all.
BY_LIBRARIES = ("GET", "HEAD", "POST")
# Whoever goes there by GET is asked, by POST is out: the rest of the walk would be anonymous. Tried on its own.
LEFT_OUT = {"account_logout"}


@dataclass
class Found:
    """What a walk found: how many cells, which nobody has reviewed, which differ, which wrote where they must not."""

    cells: int = 0
    unreviewed: list[str] = field(default_factory=list)
    differ: list[str] = field(default_factory=list)
    wrote: list[str] = field(default_factory=list)

    def faults(self) -> list[str]:
        return [*self.unreviewed, *self.differ, *self.wrote]


def walk(
    world: World, table: Table, routes: Sequence[Route], who: str, *, seed: int | None = None,
    methods: Sequence[str] = METHODS,
) -> Found:  # fmt: skip
    """Ask every cell of one person, or with a seed one of each route."""
    found, point = Found(), transaction.savepoint()
    client = world.client(who)
    client.raise_request_exception = False
    with plain_pages():
        for route in routes:
            if route.key in LEFT_OUT:
                continue
            cells = list(_cells(world, table, route, methods))
            if table.objects(route) is None:
                found.unreviewed.append(f"{route.key}: no row")
            if seed is not None and cells:
                cells = [random.Random(f"{seed} {route.key} {who}").choice(cells)]
            for kind, situation, values, method in cells:
                _ask(world, table, route, (kind, situation, method, who), values, client, found)
    transaction.savepoint_rollback(point)
    return found


def _cells(world: World, table: Table, route: Route, methods: Sequence[str]) -> Iterator[tuple[str, str, Any, str]]:
    for kind in table.objects(route) or ():
        for situation, values in situations(world, kind).items():
            for method in methods:
                if table.rows[route.key].get("library") and method not in BY_LIBRARIES:
                    continue
                yield kind, situation, values, method


def _ask(
    world: World, table: Table, route: Route, cell: tuple[str, str, str, str], values: dict[str, Any], client: Any,
    found: Found,
) -> None:  # fmt: skip
    kind, situation, method, who = cell
    name = f"{route.key} · {kind} {situation} · {method} · {who}"
    expected = table.expected(route, kind, situation, method, who)
    found.cells += 1
    if expected is None:
        found.unreviewed.append(name)
        return
    answer = ask(world, client, method, address(route.pattern, values), body_of(world, kind, situation))
    if answer.word != expected:
        found.differ.append(f"{name}: {answer.word} ({answer.status}) instead of {expected}")
    wrote = answer.wrote - RECEIPTS - READING.get(route.key, set())
    if wrote and (answer.word != IN or method in ("GET", "HEAD", "OPTIONS")):
        found.wrote.append(f"{name}: {answer.word}, and wrote {sorted(wrote)}")
