"""The declared matrix (`matrix.toml`) and what follows from it for one cell."""

import tomllib
from pathlib import Path
from typing import Any

from matchmaking.common.access import PUBLIC, SIGNED_IN
from tests.long.matrix.walk import FORBIDDEN, IN, LOGIN, MISSING_, NO_METHOD, Route

FILE = Path(__file__).parent.parent / "matrix.toml"
NOBODY = ("anonymous", "deactivated")
READ_BY = ("GET", "HEAD")
SAFE = {"HEAD": "GET"}


class Table:
    """`expected(...)` is the word for a cell, None for one that nobody has reviewed."""

    def __init__(self, people: dict[str, Any], text: str | None = None) -> None:
        self.people = people
        self.declared = tomllib.loads(FILE.read_text("utf-8") if text is None else text)
        self.rows: dict[str, dict[str, Any]] = self.declared["route"]
        self._names: dict[str, frozenset[str]] = {}

    def names(self, said: str) -> frozenset[str]:
        """The people of "members -broker other_edu": groups and names, a minus takes out again."""
        if said not in self._names:
            found: set[str] = set()
            for word in said.split():
                meant = self._group(word.removeprefix("-"))
                found = found - meant if word.startswith("-") else found | meant
            self._names[said] = frozenset(found)
        return self._names[said]

    def _group(self, word: str) -> set[str]:
        if word == "all":
            return set(self.people)
        if word in self.declared["group"]:
            return set(self.names(self.declared["group"][word]))
        if word not in self.people:
            raise KeyError(f"matrix.toml names {word!r}, who is nobody and no group")
        return {word}

    def objects(self, route: Route) -> list[str] | None:
        """The kinds of object that a route names; [""] for none, None for a route without a row."""
        row = self.rows.get(route.key)
        return None if row is None else row.get("object", "").split() or [""]

    def expected(self, route: Route, kind: str, situation: str, method: str, who: str) -> str | None:
        row = self.rows.get(route.key)
        if row is None or not self._is_reviewed(route, kind, method, who):
            return None
        if "always" in row:
            return str(row["always"])
        if route.is_api and method == "OPTIONS":  # the API says to everybody what may be asked
            return IN
        if method not in row["methods"].split():
            return NO_METHOD
        spec = row.get(SAFE.get(method, method), row) if who in self.names("walked") else {}
        place = f"{kind}/{situation}" if " " in row.get("object", "") else situation
        for word in (IN, LOGIN, FORBIDDEN, MISSING_):
            said = spec.get(word, {})
            if who in self.names(said.get(place, said.get("*", "") if situation != "missing" else "")):
                return word
        return self._derived(route, spec, kind, situation, who)

    def reads(self, route: Route) -> bool:
        """Whether the route is the page on which one kind of object is read."""
        return route.key in self.declared["reading"].values()

    def _is_reviewed(self, route: Route, kind: str, method: str, who: str) -> bool:
        """`walked` are those for whom every row was looked at; of the others, who reads what (`seen`)."""
        if who in self.names("walked"):
            return True
        return method in READ_BY and self.declared["reading"].get(kind) == route.key

    def _derived(self, route: Route, spec: dict[str, Any], kind: str, situation: str, who: str) -> str | None:
        if PUBLIC not in route.access:
            if who in NOBODY:
                return LOGIN
            if SIGNED_IN not in route.access and not any(self.people[who].can(one) for one in route.access):
                return FORBIDDEN
        if situation == "missing":
            return MISSING_
        if kind:
            if situation not in self.declared["seen"].get(kind, {}):
                return None
            if who not in self.names(self.declared["seen"][kind][situation]):
                return MISSING_
        return FORBIDDEN if IN in spec else IN
