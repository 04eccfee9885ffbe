"""Asks the cells of the matrix and says what differs from what is declared."""

import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from tests.long.matrix.table import Table
from tests.long.matrix.walk import (
    ACTING,
    IN,
    METHODS,
    Route,
    address,
    ask,
    body_of,
    plain_pages,
    remembered,
    situations,
)
from tests.long.matrix.world import World

# Written although nothing happens: the receipt of a POST of the API, which holds its answer.
RECEIPTS = {"intake_idempotencykey"}
BY_LIBRARIES = ("GET", "HEAD", "POST")


@dataclass
class Found:
    """What a walk found: how many cells, which nobody has declared, which differ, which wrote where they must not."""

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
    client.get("/healthz")  # notes the time in the session
    with plain_pages(), remembered():
        for route in routes:
            asked = list(cells_of(world, table, route, who, methods))
            if table.objects(route) is None:
                found.unreviewed.append(how_to_declare(route))
            if seed is not None and asked:
                asked = [_pick(asked, table, route, random.Random(f"{seed} {route.key} {who}"))]
            for kind, situation, values, method in asked:
                _ask(world, table, route, (kind, situation, method, who), values, client, found)
    transaction.savepoint_rollback(point)
    return found


def how_to_declare(route: Route) -> str:
    """The sentence for whoever adds a route."""
    return (
        f"{route.key} ({route.pattern}) has no row in the matrix. Add [route.{route.key!r}] to a file in"
        f' tests/long/matrix/declared/ with door = "{" ".join(route.access or ("…",))}", its methods, and the object'
        " it names; declared/world.toml says what else a row may hold."
    )


def cells_of(
    world: World, table: Table, route: Route, who: str, methods: Sequence[str] = METHODS
) -> Iterator[tuple[str, str, Any, str]]:
    """(kind of object, situation, values of the route, method) of every cell of a route.

    A method of its own is asked before every object in every situation. HEAD, and a method that is refused before the
    route looks for an object, in one of them, another one for each person.
    """
    places = [(kind, situation, values) for kind in table.objects(route) or ()
              for situation, values in situations(world, kind).items()]  # fmt: skip
    for method in methods if places else ():
        if route.is_library and method not in BY_LIBRARIES:
            continue
        if method in ACTING and method in table.rows[route.key].get("methods", "").split():
            yield from ((*place, method) for place in places)
        else:
            yield (*places[zlib.crc32(f"{route.key} {method} {who}".encode()) % len(places)], method)


def _pick(asked: list[Any], table: Table, route: Route, dice: random.Random) -> Any:
    """One cell; nine times out of ten of a method that the route knows."""
    known = table.rows[route.key].get("methods", "").split()
    return dice.choice([one for one in asked if one[3] in known] if known and dice.random() < 0.9 else asked)


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
    row = table.rows[route.key]
    body = body_of(world, kind, situation) | {name: said.format(**values) for name, said in row.get("body", {}).items()}
    answer = ask(world, client, method, address(route.pattern, values) + row.get("query", ""), body)
    if answer.word != expected:
        found.differ.append(f"{name}: {answer.word} ({answer.status}) instead of {expected}")
    wrote = answer.wrote - RECEIPTS - set(row.get("notes", "").split())
    known = table.knows(kind, situation, who)
    if wrote and (answer.word != IN or method in ("GET", "HEAD", "OPTIONS") or not known):
        found.wrote.append(f"{name}: {answer.word}, and wrote {sorted(wrote)}")
