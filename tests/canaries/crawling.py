"""Walks every address that a principal can name, by GET, and says which canaries came back."""

import csv
import io
import logging
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import unquote, urlsplit

from django.test import Client
from openpyxl import load_workbook

from matchmaking.common.checks import iter_routes
from tests.canaries.planting import World

KINDS = {"needs/": "need", "achievements/": "achievement", "experts/": "expert", "teams/": "team", "talent-posts/":
         "talent_post", "matches/": "match", "imports/": "import", "organisations/": "organisation", "files/": "file",
         "jobs/": "job", "runs/": "run", "saved-searches/": "search", "drafts/": "draft"}  # fmt: skip
RECORDS = ("need", "achievement", "expert", "team", "talent_post")
# What changes something by GET, or ends the walk: signing in and out, set-up of factors, switching.
SKIPPED = re.compile(r"^/(accounts|language|static|media|healthz|readyz)|/demo/|/switch/|/stop/|/confirm/")
LINK = re.compile(r"""(?:href|hx-get|src|action)=["'](/[^"'#]*)""")


@dataclass(frozen=True)
class Leak:
    """A canary that came back to somebody who may not read it."""

    who: str
    where: str
    token: str
    what: str


@dataclass
class Walk:
    """What one crawl has done: how many answers were read, and what came back to whom."""

    world: World
    asked: int = 0
    read: int = 0
    leaks: list[Leak] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    files: int = 0
    errors: list[str] = field(default_factory=list)

    def look(self, who: str, where: str, text: str, *, under: str = "") -> None:
        """Hold the canaries of a text against who may read them."""
        for token in self.world.garden.found_in(text):
            plant = self.world.garden.plants[token]
            self.seen.add(token)
            if who in plant.readers or (under and under.startswith(plant.everywhere_under or "!")):
                continue
            self.leaks.append(Leak(who, where, token, plant.what))

    def answer(self, who: str, client: Client, address: str) -> Any:
        """Ask, and look at everything that came back: headers, text, the cells of a workbook, the lines of a CSV."""
        self.asked += 1
        response = client.get(address)
        text = "\n".join(f"{name}: {unquote(value)}" for name, value in response.items()) + "\n" + self.told(response)
        asked_for = self.world.garden.found_in(unquote(address))
        for token in asked_for:  # what he asks with comes back in the field of the search
            text = text.replace(token, "")
        self.read += response.status_code == 200
        if response.status_code >= 500:
            self.errors.append(f"{who} {address}")
        self.look(who, f"{response.status_code} {address}", text, under=urlsplit(address).path)
        return response, text

    def told(self, response: Any) -> str:
        if response.streaming:
            content = b"".join(response)
            for close in response._resource_closers:
                close()
        else:
            content = response.content
        kind = response.get("Content-Type", "")
        if "spreadsheet" in kind:
            self.files += 1
            book = load_workbook(io.BytesIO(content))
            cells = [str(cell) for sheet in book.worksheets for row in sheet.values for cell in row if cell is not None]
            return "\n".join([*book.sheetnames, *cells])
        if "csv" in kind:
            self.files += 1
            return "\n".join(cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row)
        return unescape(content.decode("utf-8", "replace"))


def routes() -> list[dict[str, Any]]:
    """Every route of the portal that can be asked for by GET, but those that end or change the walk."""
    return [route for route in iter_routes() if not SKIPPED.match("/" + route["pattern"].replace("^", ""))]


def addresses_of(world: World, route: dict[str, Any]) -> list[str]:
    """All addresses of a route: one for each record of its kind, own and foreign alike."""
    pattern = route["pattern"].replace("^", "").replace("$", "")
    pattern = re.sub(r"\(\?P<uuid>[^)]*\)", "<uuid:uuid>", pattern)
    kind = next((kind for start, kind in KINDS.items() if pattern.removeprefix("api/").startswith(start)), "")
    found = [pattern]
    if "<slug:kind>" in pattern and "<uuid:uuid>" in pattern:
        return [f"/{pattern}".replace("<slug:kind>", one).replace("<uuid:uuid>", str(uuid))
                for one in RECORDS for uuid in world.uuids.get(one, ())]  # fmt: skip
    if "<uuid:uuid>" in pattern:
        found = [pattern.replace("<uuid:uuid>", str(uuid)) for uuid in world.uuids.get(kind, ())]
    fill = {"<slug:kind>": RECORDS, "<int:row_no>": ("2", "3"), "<str:signal>": ("text", "indicators", "budget"),
            "<slug:figure>": ("fresh", "stale"), "<slug:role>": ("secretary",), "<slug:code>": ("TRL",),
            "<int:pk>": ("1", "2"), "<slug:key>": ("x",), "<str:token>": ("x",),
            "<uuid:target>": [str(one) for one in world.uuids.get("achievement", ())[:3]]}  # fmt: skip
    for gap, values in fill.items():
        found = [one.replace(gap, value) for one in found for value in (values if gap in one else [""])]
    return [f"/{one}" for one in found if "<" not in one and "(" not in one]


def crawl(walk: Walk, who: str, client: Client, *, chance: random.Random | None = None, most: int = 0) -> None:
    """Everything this principal can reach: all routes for all records, and what the pages link to.

    A route that answers 405, or 403 to the first two records, is not asked for the others. With `chance` only so many
    addresses are asked, every route at least once before any of them twice.
    """
    waiting = _plan(walk.world, chance, most)
    asked: set[str] = set()
    shut: dict[str, int] = {}
    while waiting:
        name, address = waiting.pop(0)
        key = _shape(address)
        if address in asked or shut.get(name, 0) >= 2 or SKIPPED.search(address):
            continue
        asked.add(address)
        response, text = walk.answer(who, client, address)
        if name and response.status_code == 405:
            shut[name] = 2
        elif name and response.status_code == 403 and not any(kind in name for kind in ("detail", "files")):
            shut[name] = shut.get(name, 0) + 1
        if response.status_code == 200 and not (most and len(asked) >= most):
            for link in dict.fromkeys(LINK.findall(text)):
                if _shape(link) not in asked and _shape(link) != key:
                    asked.add(_shape(link))
                    waiting.append(("", unescape(link)))
        if most and len(asked) >= most * 2:
            break


def _shape(address: str) -> str:
    """A link without its numbers and query values: one of a shape is followed, routes already ask every record."""
    parts = urlsplit(address)
    path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "*", parts.path)
    names = sorted(pair.partition("=")[0] for pair in parts.query.split("&") if pair)
    return f"{path}?{','.join(names)}"


def _plan(world: World, chance: random.Random | None, most: int) -> list[tuple[str, str]]:
    of_routes = []
    for route in routes():
        found = addresses_of(world, route)
        if chance is not None:
            chance.shuffle(found)
        of_routes.append([(f"{route['name']} {route['pattern']}", one) for one in found])
    if chance is None:
        plan = [one for found in of_routes for one in found]
    else:
        chance.shuffle(of_routes)
        deepest = max(map(len, of_routes))
        plan = [found[depth] for depth in range(deepest) for found in of_routes if depth < len(found)][:most]
    exports = [("", f"/{pool}/export/{query}") for pool in ("needs", "achievements", "experts", "teams", "talent-posts")
               for query in ("", "?as=csv")]  # fmt: skip
    extra = [("", "/history/export/?as=csv"), ("", "/board/?as=xlsx"), ("", "/board/rows/?as=xlsx")]
    return exports + extra + plan


class Records(logging.Handler):
    """Everything that was logged, said in full with the trace of an error."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logging.Formatter().format(record))


def listening() -> Iterator[Callable[[], list[str]]]:
    """Keep what every logger says while the block runs; those that do not hand on are listened to by themselves."""
    heard = Records()
    loggers = [logging.getLogger()] + [
        one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger) and not one.propagate
    ]
    for one in loggers:
        one.addHandler(heard)
    try:
        yield lambda: heard.lines
    finally:
        for one in loggers:
            one.removeHandler(heard)
