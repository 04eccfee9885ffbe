"""The strings that are planted: unlike any word, each in one field of one record, with who may read it there."""

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

LETTERS = "bcdfghjkmnpqrstvwxz"
WORD = re.compile(r"zq[a-z]{7}", re.IGNORECASE)
# Amounts are seven figures in 万元; a page says them in 万元, 元 or fen, with or without commas.
FIGURE = re.compile(r"(?<![\w.-])(8\d{6})(?:0{4}|0{6})?(?:\.0+)?(?![\w-])")


@dataclass(frozen=True)
class Plant:
    """One canary: what it stands in, who may read it, and under which addresses everybody may."""

    token: str
    what: str
    readers: frozenset[str]
    everywhere_under: tuple[str, ...] = ()


@dataclass
class Garden:
    """All plants of a world. The seed decides the strings."""

    seed: int = 7
    plants: dict[str, Plant] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(f"canaries {self.seed}")

    def word(self, what: str, readers: Iterable[str], under: tuple[str, ...] = ()) -> str:
        token = ""
        while not token or token in self.plants:
            token = "zq" + "".join(self.chance.choices(LETTERS, k=7))
        self.plants[token] = Plant(token, what, frozenset(readers), under)
        return token

    def amount(self, what: str, readers: Iterable[str]) -> int:
        """An unlikely amount, in fen."""
        token = ""
        while not token or token in self.plants:
            token = f"8{self.chance.randrange(10**5, 10**6)}"
        self.plants[token] = Plant(token, what, frozenset(readers))
        return int(token) * 1_000_000

    def free(self) -> str:
        """A string that stands nowhere: what a search for nothing answers."""
        return "zq" + "".join(self.chance.choices(LETTERS, k=7))

    def found_in(self, text: str) -> set[str]:
        """The canaries that stand in a text."""
        words = {word.lower() for word in WORD.findall(text)}
        figures = set(FIGURE.findall(re.sub(r"(?<=\d),(?=\d)", "", text)))
        return (words | figures) & self.plants.keys()
