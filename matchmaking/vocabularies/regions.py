"""Reading regions: words, choices, and the region somebody means by what he wrote."""

import re
from collections.abc import Iterable
from typing import Any

from matchmaking.vocabularies import cache
from matchmaking.vocabularies.cache import Place
from matchmaking.vocabularies.folding import fold
from matchmaking.vocabularies.models import Region, in_language

_MUNICIPALITIES = {"11", "12", "31", "50"}
_DIGITS = re.compile(r"[0-9]{2}(?:[0-9]{2}){0,5}")


def region_label(code: str, *, full: bool = False) -> str:
    """The short name of a region, or its whole line from the province down; the code itself when unknown."""
    places = cache.snapshot().places
    place = places.get(str(code)) if code else None
    if place is None:
        return str(code or "")
    if not full:
        return place.label
    line = [places[step] for step in place.path]
    return in_language("".join(step.name_zh for step in line), ", ".join(step.name_en for step in reversed(line)))


def region_choices(
    kind: str | None = None, *, blank: Any = None, parent: str | None = None, keep: Iterable[str] = ()
) -> list[tuple[str, Any]]:
    """(code, short name) of provinces and the corps, of one kind, or of the cities of a province.

    `keep` adds regions that a record holds though they are retired; `blank` puts an empty choice in front.
    """
    kept, today = {str(code) for code in keep or ()}, cache.today()
    chosen = [
        (place.code, place.label)
        for place in cache.snapshot().places.values()
        if (place.valid_on(today) and _asked_for(place, kind, parent)) or place.code in kept
    ]
    return [("", blank), *chosen] if blank is not None else chosen


def region_tree() -> list[tuple[str, str, str, bool]]:
    """(code, short name, code above or empty, retired) of every region."""
    today = cache.today()
    return [
        (place.code, place.label, place.parent, not place.valid_on(today)) for place in cache.snapshot().places.values()
    ]


def find_region(text: object) -> str | None:
    """The region meant by a code of two to twelve digits or a name, from the province down or the city alone.

    A district is answered by its city, a county under the province by the province. None when the words contradict
    each other or name nothing known.
    """
    words = fold("" if text is None else text)
    if not words:
        return None
    today = cache.today()
    places = [place for place in cache.snapshot().places.values() if place.valid_on(today)]
    if _DIGITS.fullmatch(words):
        return _by_code(words, {place.code for place in places})
    tops = [place for place in places if place.kind != Region.Kind.CITY]
    cities = [place for place in places if place.kind == Region.Kind.CITY]
    for group in (tops, cities):  # a province before a city of the same short name
        whole = [place.code for place in group if words in _names(place)]
        if whole:
            return whole[0] if len(whole) == 1 else None
    begun = [(len(rest), place) for place in tops if (rest := _rest(words, place)) is not None]
    top = min(begun, key=lambda pair: pair[0])[1] if begun else None  # the longest name that fits
    if top is None:
        alone = next((place for place in cities if words.startswith(fold(place.name_zh))), None)
        return alone.code if alone else None
    rest = _rest(words, top) or ""
    below = next((place for place in cities if place.parent == top.code and _rest(rest, place) is not None), None)
    if below is not None:
        return below.code
    elsewhere = any(rest.startswith(fold(place.name_zh)) for place in cities)
    return None if elsewhere else top.code


def _by_code(digits: str, known: set[str]) -> str | None:
    top, city = digits[:2], digits[:4]
    if city in known:
        return city
    directly_below = top in _MUNICIPALITIES or city[2:] in {"", "00", "90"}  # 90: counties under the province
    return top if top in known and directly_below else None


def _asked_for(place: Place, kind: str | None, parent: str | None) -> bool:
    if parent is not None:
        return place.parent == parent and kind in {None, place.kind}
    return place.kind == kind if kind else place.kind != Region.Kind.CITY


def _names(place: Place) -> set[str]:
    return {fold(name) for name in (place.name_zh, place.short_zh, place.name_en)}


def _rest(words: str, place: Place) -> str | None:
    """What follows the region's full or short name, None where the words do not begin with it."""
    for name in (fold(place.name_zh), fold(place.short_zh)):
        if words.startswith(name):
            return words[len(name) :]
    return None
