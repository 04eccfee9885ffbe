"""Which cells of a sheet are merged: those of one column, which may stand for each of their rows, and the others."""

import re
from collections.abc import Iterable

from openpyxl.utils.cell import column_index_from_string

_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6}):\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
_WIDE = 1_000  # of the ranges that are only named


def sort_merges(ranges: Iterable[str]) -> tuple[list[list[int]], list[list[str | int]]]:
    """Return ([column, first row, last row] of one column each, in order, [name, first row, last row] of others).

    No program writes overlapping ranges; they contradict each other and count among the others.
    """
    spans: list[list[int]] = []
    wide: list[list[str | int]] = []
    for name in dict.fromkeys(ranges):
        if not (found := _RANGE.fullmatch(name)):
            continue
        column, other = column_index_from_string(found[1]), column_index_from_string(found[3])
        first, last = int(found[2]), int(found[4])
        if column == other and first < last:
            spans.append([column, first, last])
        elif len(wide) < _WIDE and first <= last:
            wide.append([name, first, last])
    spans.sort()
    kept: list[list[int]] = []
    column_of = end = 0
    for span in spans:
        column, first, last = span
        if column == column_of and first <= end:
            if kept and kept[-1][0] == column and kept[-1][2] >= first:
                kept.pop()
        else:
            kept.append(span)
        column_of, end = column, max(end, last) if column == column_of else last
    return kept, wide
