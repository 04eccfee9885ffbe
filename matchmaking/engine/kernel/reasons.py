"""The compiled loops of explaining pairs. Arrays only; `explaining.py` and `passages.py` say what they mean."""

# Compiled functions take their arrays by position.
# ruff: noqa: PLR0917
from __future__ import annotations

import numpy as np

from matchmaking.engine.kernel.compiled import compiled
from matchmaking.engine.kernel.layouts import (
    Array,
    Asked,
    Limits,
    Need,
    Places,
    Scratch,
    Sentences,
    Spans,
    Target,
    Targets,
    Told,
    Weights,
)

# So many characters mean the same wherever they stand.
_LONG = 4
# Numbers that are looked at in one step.
_LANES = 64
# Bounds are rounded, so they are held against a little less.
_NEARLY = 1.0 - 1e-9


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
            if not need.known[term]:
                continue
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
        if not need.known[term]:
            continue
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
    for start in range(0, len(among), _LANES):
        there = 0
        for place in range(start, min(start + _LANES, len(among))):
            there += among[place] == number
        if there > 0:
            return True
    return False


@compiled
def _held(of: Sentences, shared: Array) -> Sentences:
    """Sentences with no more than their terms that weigh anything."""
    terms, starts, filled = np.empty_like(of.terms), np.empty_like(of.starts), 0
    for sentence in range(len(of.damping)):
        starts[sentence] = filled
        for place in range(of.starts[sentence], of.starts[sentence + 1]):
            if shared[of.terms[place]] > 0.0:
                terms[filled] = of.terms[place]
                filled += 1
    starts[len(of.damping)] = filled
    return Sentences(terms, starts, of.damping)


@compiled
def _sums(of: Sentences, first: int, last: int, shared: Array) -> Array:
    """What the terms of each sentence from `first` to `last` weigh."""
    sums = np.zeros(last - first)
    for sentence in range(first, last):
        for place in range(of.starts[sentence], of.starts[sentence + 1]):
            sums[sentence - first] += shared[of.terms[place]]
    return sums


@compiled
def _best_pair(need: Sentences, of: Sentences, first: int, last: int, scratch: Scratch, at: int, apart: int) -> float:
    """Find the sentence of the need and the one of the target, from `first` to `last`, whose common terms weigh most,
    the first of equals; they go to `quoted[at]`. Neither is one of the first `apart` there. 0 when nothing weighs.

    The need's heaviest sentence is held against the target beforehand: no pair below what it gives can be the best.
    """
    shared, asked, quoted = scratch.shared, scratch.asked, scratch.quoted
    if first == last or len(need.damping) == 0:
        return 0.0
    mine_all, theirs_all = _sums(need, 0, len(need.damping), shared), _sums(of, first, last, shared)
    highest, floor, least = 0.0, 0.0, of.damping[first:last].max()
    for step in range(-1, len(need.damping)):
        mine = int(np.argmax(mine_all * need.damping)) if step < 0 else step
        most = mine_all[mine] * need.damping[mine] * least
        if most <= highest or most < floor or _stands(mine, quoted[:apart, 0]):
            continue
        for place in range(need.starts[mine], need.starts[mine + 1]):
            asked[need.terms[place]] = shared[need.terms[place]]
        for theirs in range(first, last):
            scale = need.damping[mine] * of.damping[theirs]
            most = theirs_all[theirs - first] * scale
            if most <= highest or most < floor or _stands(theirs, quoted[:apart, 1]):
                continue
            total = 0.0
            for place in range(of.starts[theirs], of.starts[theirs + 1]):
                total += asked[of.terms[place]]
            total *= scale
            if step < 0:
                floor = max(floor, total * _NEARLY)
            elif total > highest:
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
def _quote(asked: Sentences, target: Target, count: int, limits: Limits, scratch: Scratch) -> int:
    """Choose sentences that belong together: a pair for every row that counts for something, and for a single row a
    second pair by what the first has not said already, if it is worth it. Returns how many."""
    sums, order, found = scratch.sums, scratch.order, 0
    need, of = _held(asked, scratch.shared), _held(target.sentences, scratch.shared)
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
    begins, goes_on, places = of.text[left], of.text[left + 1], len(text) - 1
    for start in range(0, places, _LANES):
        stop, there = min(start + _LANES, places), 0
        for place in range(start, stop):
            there += text[place] == begins
        if there == 0:
            continue
        for place in range(start, stop):
            if text[place] == begins and text[place + 1] == goes_on:
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
def _pair(
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


@compiled
def _target(of: Targets, at: int) -> Target:
    """One of the targets."""
    now, then = of.ends[at], of.ends[at + 1]
    sentences = Sentences(
        of.terms[now[0] : then[0]], of.starts[now[1] + at : then[1] + at + 1], of.damping[now[1] : then[1]]
    )
    text, bounds = of.text[now[3] : then[3]], of.bounds[now[3] + at : then[3] + at + 1]
    return Target(of.spread[at, 0], of.spread[at, 1], sentences, of.rows[now[2] : then[2]], text, bounds)


@compiled
def pairs(
    rows: Weights, need: Need, of: Targets, asked: Asked, codes: Array, limits: Limits, scratch: Scratch, spans: Spans,
    told: Told,
) -> None:  # fmt: skip
    """Everything that is said of the pairs of a need in numbers, left in `told`: as one after the other would."""
    told.ends[0] = 0
    for number in range(len(asked.targets)):
        at, column = asked.targets[number], asked.columns[number]
        target, cut, said = _target(of, at), told.ends[number, 0], told.ends[number, 1]
        own = Limits(
            limits.best, of.factors[at], limits.looked, asked.quoted[number], limits.worth_quoting, limits.worth_adding
        )
        behind = Spans(
            spans.until, spans.begin, spans.stop, spans.weight, told.found[cut:], told.credits[cut:],
            told.said[said:], told.worth[said:],
        )  # fmt: skip
        sums, counts = told.sums[number], told.counts[number]
        sums[0], sums[1], sums[2], sums[3], counts[0], counts[1], cut_here, said_here = _pair(
            rows, need, target, codes[:, column : column + target.last - target.first], own, scratch, behind
        )
        told.ends[number + 1, 0], told.ends[number + 1, 1] = cut + cut_here, said + said_here
        told.quoted[number, : counts[0]] = scratch.quoted[: counts[0]]
        told.missing[number] = scratch.missing
