"""The declared matrix (`declared/*.toml`) and what follows from it for one cell.

Whoever reads it begins with `declared/world.toml`, which says what a row may hold.
"""

import tomllib
from pathlib import Path
from typing import Any

from matchmaking.common.access import PUBLIC, SIGNED_IN
from tests.long.matrix.walk import FORBIDDEN, IN, LOGIN, MISSING_, NO_METHOD, Route

FOLDER = Path(__file__).parent / "declared"
NOBODY = ("anonymous", "deactivated")
SAFE = {"HEAD": "GET"}
WORDS = (IN, LOGIN, FORBIDDEN, MISSING_, NO_METHOD)


def read_files() -> dict[str, Any]:
    """All files as one table; a route that stands in two of them is a mistake."""
    declared: dict[str, Any] = {"route": {}}
    for path in sorted(FOLDER.glob("*.toml")):
        for key, value in tomllib.loads(path.read_text("utf-8")).items():
            if key != "route":
                declared[key] = value
                continue
            twice = declared["route"].keys() & value
            assert not twice, f"{path.name} declares anew: {sorted(twice)}"
            declared["route"] |= value
    return declared


class Table:
    """`expected(...)` is the word for a cell, None for one that nobody has declared."""

    def __init__(self, people: dict[str, Any]) -> None:
        self.people = people
        self.declared = read_files()
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
            raise KeyError(f"the matrix names {word!r}, who is nobody and no group")
        return {word}

    def objects(self, route: Route) -> list[str] | None:
        """The kinds of object that a route names; [""] for none, None for a route without a row."""
        row = self.rows.get(route.key)
        return None if row is None else row.get("object", "").split() or [""]

    def seen(self, kind: str, situation: str) -> frozenset[str] | None:
        """Who may know of an object in a situation, None where nobody has said so."""
        told = self.declared["seen"].get(kind, {})
        if "as" in told:
            return self.seen(told["as"], situation)
        return self.names(told[situation]) if situation in told else None

    def knows(self, kind: str, situation: str, who: str) -> bool:
        """Whether there is such an object, as far as this person may know."""
        return not kind or who in (self.seen(kind, situation) or ())

    def holders(self, door: str) -> frozenset[str]:
        """Who passes a door: one of the capabilities of a row is enough."""
        if PUBLIC in door.split():
            return self.names("all")
        if SIGNED_IN in door.split():
            return self.names("signed_in")
        return frozenset().union(*(self.names(self.declared["may"][one]) for one in door.split()))

    def expected(self, route: Route, kind: str, situation: str, method: str, who: str) -> str | None:
        row = self.rows.get(route.key)
        if row is None:
            return None
        if "always" in row:
            return str(row["always"])
        if route.is_api and method == "OPTIONS":  # the API says to everybody what may be asked
            return IN
        if method not in row["methods"].split():
            return NO_METHOD
        spec = row | row.get(SAFE.get(method, method), {})
        place = f"{kind}/{situation}" if " " in row.get("object", "") else situation
        for word in WORDS:
            said = spec.get(word, {})
            if who in self.names(said.get(place, said.get("*", "") if situation != "missing" else "")):
                return word
        return self._derived(spec, kind, situation, who)

    def _derived(self, spec: dict[str, Any], kind: str, situation: str, who: str) -> str | None:
        """The rule: the door, then whether there is such an object for this reader, then whether he may."""
        if not all(who in self.holders(spec[door]) for door in ("door", "within") if door in spec):
            return LOGIN if who in NOBODY else FORBIDDEN
        if situation == "missing":
            return MISSING_
        if kind:
            seen = self.seen(kind, situation)
            if seen is None:
                return None
            if who not in seen:
                return MISSING_
        if "may" not in spec:
            return IN
        return IN if who in self._related(spec["may"], kind, situation) else str(spec.get("else", FORBIDDEN))

    def _related(self, name: str, kind: str, situation: str) -> frozenset[str]:
        """The people of a relation to objects of a kind; of a list of people where a route names no object."""
        if name == "no_one":
            return frozenset()
        if not kind:
            return self.names(name)
        told = self.declared["relation"][kind][name]
        return self.names(told.get(situation, ""))

    def reads(self, route: Route) -> bool:
        """Whether the route is the page on which one kind of object is read."""
        return route.key in self.declared["reading"].values()
