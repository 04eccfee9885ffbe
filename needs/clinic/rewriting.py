"""A proposed wording beside the present one, sentence by sentence, and putting one sentence into the text.

Pure functions. A sentence keeps the sign that ends it, so that the sentences of a text joined are the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

_SENTENCE = re.compile(r"[^。；;！!？?\n]*[。；;！!？?\n]+|[^。；;！!？?\n]+")


@dataclass(frozen=True)
class Change:
    """A sentence before and after; `old` is empty where one is added, `new` where one is taken out.

    `before` is the sentence in front of it as the text stood.
    """

    before: str
    old: str
    new: str


def one_break(text: str) -> str:
    """The text with one kind of line break; browsers send two signs for each."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def sentences(text: str) -> list[str]:
    """The sentences of a text with the signs that end them; joined they are the text."""
    return _SENTENCE.findall(text)


def changes(original: str, proposed: str) -> list[Change]:
    """Return what differs between two wordings, in the order of the text."""
    return list(_changes(sentences(one_break(original)), sentences(one_break(proposed))))


def _changes(old: list[str], new: list[str]) -> Iterator[Change]:
    matcher = SequenceMatcher(None, [one.strip() for one in old], [one.strip() for one in new], autojunk=False)
    for kind, left, right, first, last in matcher.get_opcodes():
        if kind == "equal":
            continue
        front = old[left - 1] if left else ""
        if right - left == last - first:
            for step in range(right - left):
                yield Change(old[left + step - 1] if left + step else "", old[left + step], new[first + step])
        else:
            yield Change(front, "".join(old[left:right]), "".join(new[first:last]))


def put_in(text: str, change: Change) -> str | None:
    """The text with the change made; None when its place is gone or cannot be told from another."""
    text = one_break(text)
    if not change.old:
        if not change.before:
            return change.new + text
        return text.replace(change.before, change.before + change.new) if text.count(change.before) == 1 else None
    if text.count(change.old) == 1:
        return text.replace(change.old, change.new)
    led = change.before + change.old
    return text.replace(led, change.before + change.new) if change.before and text.count(led) == 1 else None
