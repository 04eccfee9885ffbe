"""Reading the code tables: words for codes, choices for forms, and codes for what people write in workbooks.

Everything answers from the per-process cache, in the language of the page. Codes valid today may be chosen; retired
ones keep their words, so that a record filed under them stays readable.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from matchmaking.vocabularies import cache
from matchmaking.vocabularies.cache import Entry, Table
from matchmaking.vocabularies.folding import fold
from matchmaking.vocabularies.regions import find_region, region_choices, region_label, region_tree

__all__ = ["choices", "clear_cache", "codes", "exists", "extra", "find_code", "find_codes", "find_region",
           "grouped_choices", "heir_of", "label", "labels", "maturity_of", "price_band_of", "region_choices",
           "region_label", "region_tree", "retired_code", "tree", "warm"]  # fmt: skip

Choice = tuple[str, Any]
_CODE_AND_NAME = re.compile(r"\s*([0-9A-Za-z+]+)[\s.、:：\-—_|]+(.+)", re.DOTALL)
_STRONG_SEPARATOR = re.compile(r"[;；\n\r|]+")
_WEAK_SEPARATOR = re.compile(r"[、，,/／+＋\s]+")
# People write finer codes of the same standard than the records keep: C2651 or 2651 for 26, 470.20 for 470.
_FINER_CODE = {
    "GB4754": re.compile(r"[A-T]?([0-9]{2})[0-9]{0,2}", re.IGNORECASE),
    "GB13745": re.compile(r"([0-9]{3})[.\-]?[0-9]{2,4}"),
}


def label(table: str, code: str) -> str:
    """The words for a code; the code itself when the table does not know it, nothing for nothing."""
    if not code:
        return ""
    entry = _table(table).entries.get(str(code))
    return entry.label if entry else str(code)


def labels(table: str, codes: Iterable[str]) -> list[str]:
    """The words for several codes, in the order given."""
    return [label(table, code) for code in codes or () if code]


def choices(
    table: str, *, blank: Any = None, parent: str | None = None, level: int | None = None, keep: Iterable[str] = ()
) -> list[Choice]:
    """(code, words) of the codes that may be chosen today, and of those to `keep` because a record holds them.

    `blank` puts an empty choice with these words in front.
    """
    chosen = [
        (entry.code, _choice_label(table, entry))
        for entry in _choosable(table, keep)
        if (parent is None or entry.parent == parent) and (level is None or entry.level == level)
    ]
    return [("", blank), *chosen] if blank is not None else chosen


def grouped_choices(table: str, *, blank: Any = None, keep: Iterable[str] = ()) -> list[Any]:
    """(words of the group, its choices) for a table of two levels, as a select field shows option groups."""
    entries = _choosable(table, keep)
    groups = [
        (top.label, [(entry.code, _choice_label(table, entry)) for entry in entries if entry.parent == top.code])
        for top in entries
        if top.level == 1
    ]
    filled = [group for group in groups if group[1]]
    return [("", blank), *filled] if blank is not None else filled


def tree(table: str) -> list[tuple[str, str, str, bool]]:
    """(code, words, code above or empty, retired) of every code there was, in the order of the table."""
    today = cache.today()
    return [
        (entry.code, entry.label, entry.parent, not entry.valid_on(today)) for entry in _table(table).entries.values()
    ]


def heir_of(table: str, code: str) -> str:
    """The code that took the place of a retired one and may be chosen today; empty where there is none."""
    known, today = _table(table), cache.today()
    at = known.heirs.get(code, "")
    for _step in range(len(known.heirs)):
        entry = known.entries.get(at)
        if entry is None or entry.valid_on(today):
            break
        at = known.heirs.get(at, "")
    entry = known.entries.get(at)
    return at if entry is not None and entry.valid_on(today) else ""


def retired_code(table: str, text: object) -> str | None:
    """The retired code that somebody means by its code or name, for a sentence that says what to write instead."""
    known, folded, today = _table(table), fold("" if text is None else str(text)), cache.today()
    for index in (known.by_code, known.by_name):
        meant = [code for code in index.get(folded, ()) if not known.entries[code].valid_on(today)]
        if len(meant) == 1:
            return meant[0]
    return None


def codes(table: str) -> list[str]:
    """The codes that may be chosen today."""
    return [entry.code for entry in _choosable(table, ())]


def exists(table: str, code: str) -> bool:
    """Whether a code may be chosen today."""
    entry = _table(table).entries.get(str(code))
    return entry is not None and entry.valid_on(cache.today())


def extra(table: str, code: str) -> Mapping[str, Any]:
    """What else the table says about a code, such as the TRL range of a maturity; empty for an unknown one."""
    entry = _table(table).entries.get(str(code))
    return entry.extra if entry else {}


def maturity_of(trl: int | None) -> str:
    """The MATURITY word for a technology readiness level, empty where there is none."""
    for entry in _choosable("MATURITY", ()):
        low, high = entry.extra.get("trl", (0, -1))
        if trl is not None and low <= trl <= high:
            return entry.code
    return ""


def price_band_of(fen: int | None) -> str:
    """The PRICE_BAND an amount falls into; the lower bound belongs to the band. Without an amount: negotiable."""
    for entry in _choosable("PRICE_BAND", ()):
        low, high = entry.extra.get("low_fen"), entry.extra.get("high_fen")
        if fen is None and low is None:
            return entry.code
        if fen is not None and low is not None and low <= fen and (high is None or fen < high):
            return entry.code
    return ""


def find_code(table: str, text: object, *, level: int | None = None) -> str | None:
    """The code somebody means by a code, a name in either language, a synonym, or a code followed by its name.

    Width, case, blanks and punctuation do not matter. None when nothing or more than one thing is meant; of a code
    and its only child of the same name, the child is meant, since records keep the finer one.
    """
    known = _table(table)
    words = "" if text is None else str(text).strip()
    if not words:
        return None
    if found := _by_words(known, words, level):
        return found
    if finer := _FINER_CODE.get(table):
        match = finer.fullmatch(words)
        if match and (found := _by_words(known, match[1], level)):
            return found
    if pair := _CODE_AND_NAME.fullmatch(words):
        code, name = find_code(table, pair[1], level=level), _by_words(known, pair[2], level)
        return code if code == name else None
    return None


def find_codes(table: str, text: object, *, level: int | None = None) -> tuple[list[str], list[str]]:
    """The codes meant by a cell that lists several, each once in their order, and the parts that mean nothing known.

    Names that themselves contain a separator are understood whole.
    """
    found: list[str] = []
    unknown: list[str] = []
    for part in filter(str.strip, _STRONG_SEPARATOR.split("" if text is None else str(text))):
        if whole := find_code(table, part, level=level):
            found.append(whole)
            continue
        for word in filter(None, _WEAK_SEPARATOR.split(part)):
            code = find_code(table, word, level=level)
            (found if code else unknown).append(code or word)
    return list(dict.fromkeys(found)), unknown


def clear_cache() -> None:
    """Forget the cache of this process; for tests that change tables, and called after a load."""
    cache.clear()


def warm() -> None:
    """Fill the cache, so that the next ten seconds ask the database nothing; for tests that count queries."""
    cache.clear()
    cache.snapshot()


def _table(name: str) -> Table:
    try:
        return cache.snapshot().tables[name]
    except KeyError:
        raise LookupError(f"no code table {name}; was load_vocabularies run?") from None


def _choosable(table: str, keep: Iterable[str]) -> list[Entry]:
    kept, today = {str(code) for code in keep or ()}, cache.today()
    return [entry for entry in _table(table).entries.values() if entry.valid_on(today) or entry.code in kept]


def _choice_label(table: str, entry: Entry) -> str:
    """A retired code that a record still holds says so, and what took its place."""
    if entry.valid_on(cache.today()):
        return entry.label
    if heir := heir_of(table, entry.code):
        return _("%(old)s (retired, now: %(new)s)") % {"old": entry.label, "new": label(table, heir)}
    return _("%(old)s (retired)") % {"old": entry.label}


def _by_words(table: Table, words: str, level: int | None) -> str | None:
    folded, today = fold(words), cache.today()
    for index in (table.by_code, table.by_name, table.by_synonym):
        meant = [
            entry
            for entry in (table.entries[code] for code in index.get(folded, ()))
            if entry.valid_on(today) and (level is None or entry.level == level)
        ]
        if len(meant) == 2:
            first, second = sorted(meant, key=lambda entry: entry.level)
            meant = [second] if second.parent == first.code else meant
        if meant:
            return meant[0].code if len(meant) == 1 else None
    return None
