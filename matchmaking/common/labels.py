"""The way down for code labels: pages show them through the floor, the vocabularies above provide them.

`matchmaking.vocabularies` registers its two functions when it is ready; the floor never imports it.
"""

from collections.abc import Callable, Iterable

_label: Callable[[str, str], str] | None = None
_labels: Callable[[str, list[str]], list[str]] | None = None


def register(label: Callable[[str, str], str], labels: Callable[[str, list[str]], list[str]] | None = None) -> None:
    """Take the functions that turn a code of a table into words in the reader's language."""
    global _label, _labels
    _label, _labels = label, labels


def label(table: str, code: str) -> str:
    """Return the words for a code; the code itself when nobody has registered."""
    if not code:
        return ""
    return _label(table, code) if _label else str(code)


def labels(table: str, codes: Iterable[str]) -> list[str]:
    """Return the words for several codes of one table, in the order given."""
    wanted = list(codes or ())
    if _labels:
        return list(_labels(table, wanted))
    return [label(table, code) for code in wanted]
