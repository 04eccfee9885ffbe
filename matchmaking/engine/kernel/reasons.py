"""The compiled loops of explaining one pair. Arrays only; `explaining.py` and `passages.py` say what they mean."""

# Compiled functions take their arrays by position.
# ruff: noqa: PLR0917
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from matchmaking.engine.kernel.compiled import compiled

# So many characters mean the same wherever they stand.
_LONG = 4
# Characters that are looked at in one step.
_LANES = 64

Array = Any  # numba infers the types; numpy's own are checked at the callers


class Weights(NamedTuple):
    """All rows of an index: the terms of row i from starts[i] to starts[i + 1], with both weights."""

    starts: Array
    terms: Array
    words: Array
    cosine: Array


class Sentences(NamedTuple):
    """Sentences as terms, and what their sums are multiplied by."""

    terms: Array
    starts: Array
    damping: Array


class Places(NamedTuple):
    """See `passages.Places`. A wording may begin at place i when opens[i], and end before it when closes[i]."""

    text: Array
    double: Array
    single: Array
    credited: Array
    opens: Array
    closes: Array


class Need(NamedTuple):
    """A need: dense (terms of the index) what a unit of each weight adds; its own terms and weights; its sentences, its
    places, those of its words of letters, and its wordings as the terms by which they are told."""

    words: Array
    cosine: Array
    terms: Array
    weights: Array
    sentences: Sentences
    places: Places
    spaced: Array
    telling: Array
    wordings: Array


class Target(NamedTuple):
    """A target: its rows in the index, its sentences, the first one of every row, and its text as characters, with
    where a word begins or ends there (one place more)."""

    first: int
    last: int
    sentences: Sentences
    rows: Array
    text: Array
    bounds: Array


class Limits(NamedTuple):
    """How many rows count and how often, how many stretches are looked at, and whose sentences are quoted."""

    best: int
    factor: float
    looked: int
    quoted: bool
    worth_quoting: float
    worth_adding: float


class Scratch(NamedTuple):
    """Room for a pair, by the size of the index; `shared` and `asked` hold zeros before and after, `quoted` gets the
    numbers of sentences of both sides."""

    shared: Array
    asked: Array
    sums: Array
    order: Array
    quoted: Array
    missing: Array
    values: Array
    partials: Array


class Spans(NamedTuple):
    """Room for the stretches of a need, by its places."""

    until: Array
    begin: Array
    stop: Array
    weight: Array
    found: Array
    credits: Array
    said: Array
    worth: Array


@compiled
def exact_sum(values: Array, count: int, partials: Array) -> float:
    """The sum of the first `count` values, rounded once, as `math.fsum` gives it (Shewchuk 1997). `partials` is room
    for 64 numbers, which is enough for any finite values."""
    used = 0
    for at in range(count):
        value, kept = values[at], 0
        for number in range(used):
            other = partials[number]
            if abs(value) < abs(other):
                value, other = other, value
            high = value + other
            low = other - (high - value)
            if low != 0.0:
                partials[kept] = low
                kept += 1
            value = high
        partials[kept] = value
        used = kept + 1
    if used == 0:
        return 0.0
    used -= 1
    high, low = partials[used], 0.0
    while used > 0:
        used -= 1
        value, other = high, partials[used]
        high = value + other
        low = other - (high - value)
        if low != 0.0:
            break
    # Half way between two doubles, what lies below decides.
    if used > 0 and ((low < 0.0 and partials[used - 1] < 0.0) or (low > 0.0 and partials[used - 1] > 0.0)):
        value = high + 2.0 * low
        if 2.0 * low == value - high:
            high = value
    return high


@compiled
def _carry(rows: Weights, need: Need, first: int, last: int, codes: Array, best: int, scratch: Scratch) -> int:
    """Sum up every row of a target and put the best first; returns how many count. Equal rows: the first one first.

    `sums` (3, rows) gets what the words, the platform's encoder and one from outside add.
    """
    sums, order, values, count = scratch.sums, scratch.order, scratch.values, last - first
    for number in range(count):
        size = 0
        for place in range(rows.starts[first + number], rows.starts[first + number + 1]):
            term = rows.terms[place]
            value = need.words[term] * rows.words[place] + need.cosine[term] * rows.cosine[place]
            if value != 0.0:
                values[size] = value
                size += 1
        sums[0, number] = exact_sum(values, size, scratch.partials)
        sums[1, number], sums[2, number] = codes[0, number], codes[1, number]
        total = sums[0, number] + sums[1, number] + sums[2, number]
        at = number
        while at > 0:
            other = order[at - 1]
            if sums[0, other] + sums[1, other] + sums[2, other] >= total:
                break
            order[at] = other
            at -= 1
        order[at] = number
    return min(best, count)


@compiled
def _share_out(rows: Weights, need: Need, row: int, factor: float, shared: Array) -> None:
    """Add what every term of a row adds to `shared`; with the factor 0 empty it again."""
    for place in range(rows.starts[row], rows.starts[row + 1]):
        term = rows.terms[place]
        if factor == 0.0:
            shared[term] = 0.0
        else:
            shared[term] += (need.words[term] * rows.words[place] + need.cosine[term] * rows.cosine[place]) * factor


@compiled
def _weight_of_shared(terms: Array, weights: Array, shared: Array) -> float:
    """The weight of the terms that are shared; exact, as weights lie on a grid."""
    total = 0.0
    for at in range(len(terms)):
        if shared[terms[at]] > 0.0:
            total += weights[at]
    return total


@compiled
def _stands(number: int, among: Array) -> bool:
    for other in among:  # noqa: SIM110 - compiled
        if other == number:
            return True
    return False


@compiled
def _best_pair(need: Sentences, of: Sentences, first: int, last: int, scratch: Scratch, at: int, apart: int) -> float:
    """Find the sentence of the need and the one of the target, from `first` to `last`, whose common terms weigh most,
    the first of equals; they go to `quoted[at]`. Neither is one of the first `apart` there. 0 when nothing weighs.
    """
    shared, asked, quoted = scratch.shared, scratch.asked, scratch.quoted
    highest, least = 0.0, 0.0
    for sentence in range(first, last):
        least = max(least, of.damping[sentence])
    for mine in range(len(need.damping)):
        total = 0.0
        for place in range(need.starts[mine], need.starts[mine + 1]):
            total += shared[need.terms[place]]
        if total * need.damping[mine] * least <= highest or _stands(mine, quoted[:apart, 0]):
            continue
        for place in range(need.starts[mine], need.starts[mine + 1]):
            asked[need.terms[place]] = shared[need.terms[place]]
        for theirs in range(first, last):
            total = 0.0
            for place in range(of.starts[theirs], of.starts[theirs + 1]):
                total += asked[of.terms[place]]
            total *= need.damping[mine] * of.damping[theirs]
            if total > highest and not _stands(theirs, quoted[:apart, 1]):
                highest = total
                quoted[at, 0], quoted[at, 1] = mine, theirs
        for place in range(need.starts[mine], need.starts[mine + 1]):
            asked[need.terms[place]] = 0.0
    return highest


@compiled
def _said(need: Sentences, of: Sentences, scratch: Scratch) -> None:
    """Empty of `shared` what the first pair of sentences has in common."""
    mine, theirs = scratch.quoted[0, 0], scratch.quoted[0, 1]
    for place in range(need.starts[mine], need.starts[mine + 1]):
        scratch.asked[need.terms[place]] = 1.0
    for place in range(of.starts[theirs], of.starts[theirs + 1]):
        if scratch.asked[of.terms[place]] > 0.0:
            scratch.shared[of.terms[place]] = 0.0
    for place in range(need.starts[mine], need.starts[mine + 1]):
        scratch.asked[need.terms[place]] = 0.0


@compiled
def _quote(need: Sentences, target: Target, count: int, limits: Limits, scratch: Scratch) -> int:
    """Choose sentences that belong together: a pair for every row that counts for something, and for a single row a
    second pair by what the first has not said already, if it is worth it. Returns how many."""
    sums, order, of, found = scratch.sums, scratch.order, target.sentences, 0
    for number in range(count):
        row = order[number]
        if sums[0, row] >= sums[0, order[0]] * limits.worth_quoting:
            first, last = target.rows[row], target.rows[row + 1]
            highest = _best_pair(need, of, first, last, scratch, found, 0)
            found += highest > 0.0
            if count == 1 and found:
                _said(need, of, scratch)
                found += _best_pair(need, of, first, last, scratch, 1, 1) > highest * limits.worth_adding
    return found


@compiled
def _missing(need: Need, written: Array, shared: Array, found: Array) -> int:
    """The first wordings of which less than half is shared or written in the target go to `found`; returns how many.
    Terms that the index does not know are in no target."""
    terms, starts, unknown, count = need.telling, need.wordings, len(need.words) - 1, 0
    for wording in range(len(starts) - 1):
        if count == len(found):
            break
        held = 0
        for place in range(starts[wording], starts[wording + 1]):
            term = terms[place]
            held += term != unknown and (shared[term] > 0.0 or _stands(term, written))
        if held * 2 < starts[wording + 1] - starts[wording]:
            found[count] = wording
            count += 1
    return count


@compiled
def _longest_at(of: Places, left: int, end: int, target: Target, place: int) -> int:
    """How long the longest wording from `left` is that stands at a place of the target, where two characters do."""
    text, bounds = target.text, target.bounds
    size, most = 2, min(end - left, len(text) - place)
    while size < most and text[place + size] == of.text[left + size]:
        size += 1
    while size > 1 and not (of.closes[left + size] and (size >= _LONG or (bounds[place] and bounds[place + size]))):
        size -= 1
    return size if size > 1 else 0


@compiled
def _reach(of: Places, left: int, end: int, target: Target) -> int:
    """Where the longest wording from `left` that stands in the target ends; `left` where there is none. It ends where
    it may, and a short one does not begin or end within a word of the target."""
    text, longest = target.text, left
    begins, places = of.text[left], len(text) - 1
    for start in range(0, places, _LANES):
        stop, there = min(start + _LANES, places), 0
        for place in range(start, stop):
            there += text[place] == begins
        if there == 0:
            continue
        for place in range(start, stop):
            if text[place] == begins and text[place + 1] == of.text[left + 1]:
                longest = max(longest, left + _longest_at(of, left, end, target, place))
    return longest


@compiled
def _stretches(of: Places, shared: Array, target: Target, looked: int, scratch: Spans) -> int:
    """Cut the `looked` strongest stretches of shared pairs into the longest wordings that stand in the target; places
    go to `found` (n, 2), what they add to `credits`. Returns how many."""
    until, begin, stop, weight = scratch.until, scratch.begin, scratch.stop, scratch.weight
    count, inside = 0, False
    until[0] = 0.0
    for place in range(len(of.double)):
        until[place + 1] = until[place] + (shared[of.single[place]] + shared[of.credited[place]])
        here = shared[of.double[place]] > 0.0
        if here and not inside:
            begin[count] = place
        if inside and not here:
            stop[count] = place + 1
            count += 1
        inside = here
    for number in range(count):
        weight[number] = until[begin[number]] + shared[of.credited[begin[number]]] - until[stop[number]]
    cut = 0
    for _ in range(min(looked, count)):
        strongest = 0
        for number in range(1, count):
            if weight[number] < weight[strongest]:
                strongest = number
        weight[strongest] = np.inf
        left, end = begin[strongest], stop[strongest]
        while left < end - 1:
            right = _reach(of, left, end, target) if of.opens[left] else left
            if right > left:
                scratch.found[cut, 0], scratch.found[cut, 1] = left, right
                scratch.credits[cut] = until[right] - until[left] - shared[of.credited[left]]
                cut += 1
            left = max(right, left + 1)
    return cut


@compiled
def pair(
    rows: Weights, need: Need, target: Target, codes: Array, limits: Limits, scratch: Scratch, spans: Spans
) -> tuple[float, float, float, float, int, int, int, int]:
    """Everything that is said of one pair in numbers, left in the scratch arrays.

    Returns what the words, the platform's encoder and one from outside add, the share of the need's weight that is
    shared, how many pairs of sentences are quoted, how many wordings are missing, how many stretches were found, and
    how many of the words of the need are shared.
    """
    shared, order, sums = scratch.shared, scratch.order, scratch.sums
    count = _carry(rows, need, target.first, target.last, codes, limits.best, scratch)
    words, related, outside = 0.0, 0.0, 0.0
    for number in range(count):
        row = order[number]
        for reading in range(3):
            sums[reading, row] *= limits.factor
        words, related, outside = words + sums[0, row], related + sums[1, row], outside + sums[2, row]
        _share_out(rows, need, target.first + row, limits.factor, shared)
    share = _weight_of_shared(need.terms, need.weights, shared)
    lacking = _missing(need, target.sentences.terms, shared, scratch.missing)
    cut = _stretches(need.places, shared, target, limits.looked, spans)
    said = 0
    for at in range(len(need.spaced)):
        worth = shared[need.places.single[need.spaced[at]]]
        if worth > 0.0:
            spans.said[said], spans.worth[said] = need.spaced[at], worth
            said += 1
    quoted = _quote(need.sentences, target, count, limits, scratch) if limits.quoted else 0
    for number in range(count):
        _share_out(rows, need, target.first + order[number], 0.0, shared)
    return words, related, outside, share, quoted, lacking, cut, said
