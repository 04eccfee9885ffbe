"""Cells that hold whole numbers: how many, and how many months."""

import re
from typing import Any

from matchmaking.common.reading import half_width, ungrouped
from matchmaking.intake.cells import Cell, CellError
from matchmaking.intake.said import Text
from matchmaking.intake.said import said as _

_MONTHS = re.compile(r"(\d{1,4})(?:个月|月)?", re.ASCII)
_YEARS = re.compile(r"(?P<years>\d{1,3})(?:年|(?P<half>\.5年|年半)|年零?(?P<months>\d{1,2})个?月)", re.ASCII)
_SMALL = str.maketrans("一二两三", "1223")
_LONGEST = 12


class CountCell(Cell):
    """A whole number from `low` to `high`, with or without one of the words for its unit: 3, ３, 3名, 3.0."""

    def __init__(self, low: int, high: int, *, units: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.low, self.high, self.units = low, high, units

    def read(self, value: Any, text: str) -> int:
        plain = re.sub(r"\s", "", ungrouped(half_width(text)))
        for unit in self.units:
            plain = plain.removesuffix(unit)
        number = self.number_in(plain)
        if number is None:
            raise CellError(_("“%(text)s” is not a whole number.") % {"text": text[:30]}, self._right())
        if not self.low <= number <= self.high:
            raise CellError(_("“%(text)s” is out of range.") % {"text": text[:30]}, self._right())
        return number

    def number_in(self, plain: str) -> int | None:
        """The number that the text, half-width and without blanks, says in one way; None for anything else."""
        return int(plain) if re.fullmatch(rf"\d{{1,{_LONGEST}}}", plain, re.ASCII) else None

    def _right(self) -> Text:
        return _("Write a whole number from %(low)d to %(high)d.") % {"low": self.low, "high": self.high}


class MonthsCell(CountCell):
    """A span in months: 18, 18个月, 2年, 两年, 1年半, 1.5年, 1年6个月, 半年."""

    def number_in(self, plain: str) -> int | None:
        plain = "6" if plain == "半年" else plain.translate(_SMALL)
        if found := _MONTHS.fullmatch(plain):
            return int(found[1])
        if found := _YEARS.fullmatch(plain):
            return 12 * int(found["years"]) + (6 if found["half"] else int(found["months"] or 0))
        return None

    def _right(self) -> Text:
        return _("Write the months, from %(low)d to %(high)d, for example: 18") % {"low": self.low, "high": self.high}
