"""What a cell of an uploaded workbook means. Each class is a form field that reads what people really write.

A value is understood in one way only or refused with a sentence that says what is wrong and, beside it, what would be
right. Nothing is guessed: `6-7级` is not level 6, `12` is no price without a unit.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from matchmaking.common.exporting import strip_export_prefix
from matchmaking.common.reading import half_width, read_day, ungrouped, visible_text
from matchmaking.intake.said import Said, Text
from matchmaking.intake.said import said as _
from matchmaking.vocabularies.selectors import extra, find_code

NOTHING = frozenset({"", "无", "暂无", "/", "-", "—", "——", "n/a", "none"})
YES = frozenset({"是", "有", "√", "✓", "✔", "☑", "y", "yes", "true", "1"})
NO = frozenset({"否", "无", "×", "✗", "✘", "x", "☐", "n", "no", "false", "0"})
EXCEL_ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#GETTING_DATA"})
FEN = {
    "元": 100,
    "千元": 10**5,
    "万": 10**6,
    "万元": 10**6,
    "百万元": 10**8,
    "千万元": 10**9,
    "亿": 10**10,
    "亿元": 10**10,
}
MAX_FEN = 10**17
REMEMBERED = 60  # characters
_SEPARATORS = re.compile(r"[、，,；;\n|｜]+")
_MONEY = re.compile(
    r"(?:人民币|rmb|[¥￥])?\s*(\d+(?:\.\d+)?)\s*(" + "|".join(sorted(FEN, key=len, reverse=True)) + ")?"
)
_LEVEL = re.compile(r"(?:(?:trl|技术成熟度|成熟度)[\s:_-]*|第)?(\d{1,3}|[一二三四五六七八九])\s*级?")
_TIME_OF_DAY = re.compile(r"(?<=\d{4}-\d\d-\d\d) \d\d:\d\d$")  # as `written` shows a moment
_PLAIN = re.compile(r"[0-9A-Za-z\u4e00-\u9fff]")
_HAN = re.compile(r"[\u3400-\u9fff]")


class CellError(ValidationError):
    """What is wrong with a cell, and in `hint` what would be right."""

    def __init__(self, message: Text, hint: Text = "", *, code: str = "cell") -> None:
        # The sentence is complete; a percent sign in it is the person's own.
        super().__init__(cast("str", message), code=code)
        self.hint = hint


def written(value: Any) -> str:
    """Return a cell as the person sees it: 6 for 6.0, an ISO day for a date, without invisible characters."""
    if value is None:
        return ""
    if type(value) is str and value.isprintable() and _PLAIN.match(value) and value[-1] != " " and "_x" not in value:
        return value  # nine cells in ten
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return (
            f"{value:%Y-%m-%d}" if (value.hour, value.minute, value.second) == (0, 0, 0) else f"{value:%Y-%m-%d %H:%M}"
        )
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value.is_finite() and abs(value.adjusted()) < 40 else str(value)
    text = strip_export_prefix(str(value)).replace("_x000D_", "")
    return visible_text(text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def folded(value: Any) -> str:
    """Return a cell in the form in which words and numbers are compared: half-width, lower case, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", written(value)).lower().split())


def split_list(text: str) -> list[str]:
    """Split what stands in one cell as a list, by 、，,；; bars and lines; nothing twice."""
    return list(dict.fromkeys(part for part in (piece.strip() for piece in _SEPARATORS.split(text)) if part))


class Cell(forms.Field):
    """The base: an empty cell gives `empty`; `read` turns anything else into a value or raises CellError."""

    widget = forms.TextInput
    empty: Any = None
    knows_nothing = True  # 无, / and the like mean an empty cell
    remembers = False  # the same few texts stand in thousands of rows, and mean the same each time

    def __init__(self) -> None:
        super().__init__(required=False)
        self._known: dict[str, Any] = {}

    def clean(self, value: Any) -> Any:
        text = written(value)
        if not self.remembers or len(text) > REMEMBERED or not isinstance(value, str):
            return self.understand(value, text)
        if text not in self._known:
            self._known[text] = self.understand(value, text)
        known = self._known[text]
        return list(known) if isinstance(known, list) else known

    def understand(self, value: Any, text: str) -> Any:
        if text in EXCEL_ERRORS:
            raise CellError(
                _("The formula in this cell has no result (%(error)s).") % {"error": text},
                _("Write the value itself instead of the formula."),
            )
        if not text or (self.knows_nothing and folded(text) in NOTHING):
            return self.nothing()
        return self.read(value, text)

    def nothing(self) -> Any:
        return self.empty() if callable(self.empty) else self.empty

    def read(self, value: Any, text: str) -> Any:
        raise NotImplementedError


class TextCell(Cell):
    """Words. `lines=False` joins what was broken into lines."""

    empty = ""

    def __init__(self, max_length: int, *, lines: bool = False, needed: bool = False) -> None:
        super().__init__()
        self.max_length, self.lines, self.needed = max_length, lines, needed
        self.knows_nothing = not needed

    def nothing(self) -> str:
        if self.needed:
            raise CellError(_("This cell is empty."), _("Every row needs it; delete rows that are not records."))
        return ""

    def read(self, value: Any, text: str) -> str:
        text = text if self.lines else " ".join(text.split())
        if len(text) > self.max_length:
            raise CellError(
                _("The text has %(count)d characters, at most %(limit)d are possible.")
                % {"count": len(text), "limit": self.max_length},
                _("Shorten it by %(over)d characters.") % {"over": len(text) - self.max_length},
            )
        return text


class EmailCell(TextCell):
    def read(self, value: Any, text: str) -> str:
        address = unicodedata.normalize("NFKC", super().read(value, text))
        try:
            validate_email(address)
        except ValidationError:
            raise CellError(_("This is not an e-mail address."), _("For example: zhang@example.edu.cn")) from None
        return address


class PhoneCell(TextCell):
    def read(self, value: Any, text: str) -> str:
        number = unicodedata.normalize("NFKC", super().read(value, text))
        if not re.fullmatch(r"[\d+()\-\s转/]{5,40}", number):
            raise CellError(_("This is not a telephone number."), _("For example: 025-80000000 or 13800000000"))
        return number


class LevelCell(Cell):
    """A technology readiness level 1 to 9: 6, 6.0, TRL6, 6级, ６, 六级, 正样级."""

    remembers = True

    def read(self, value: Any, text: str) -> int:
        plain = folded(text)
        right = _("Write one level from 1 to 9, for example: 6")
        if found := _LEVEL.fullmatch(plain):
            word = found[1]
            level = int(word) if word.isdigit() else "一二三四五六七八九".index(word) + 1
            if not 1 <= level <= 9:
                raise CellError(_("“%(text)s” is no level: there are 1 to 9.") % {"text": text}, right)
            return level
        if _HAN.search(text) and (code := find_code("TRL", text)):
            return int(code)
        if stage := find_code("MATURITY", text):
            levels = extra("MATURITY", stage).get("trl", [])
            if levels:
                words = {"low": levels[0], "high": levels[-1]}
                raise CellError(
                    _("“%(text)s” is a stage of maturity, not a level.") % {"text": text},
                    _("It covers the levels %(low)s to %(high)s: write one of them.") % words,
                )
        if re.search(r"\d\s*(?:级)?\s*[-~—–至到/]\s*(?:trl)?\s*\d", plain):
            raise CellError(_("“%(text)s” names more than one level.") % {"text": text}, right)
        raise CellError(_("“%(text)s” is not a readiness level.") % {"text": text}, right)


class YesNoCell(Cell):
    """是, 否, √, ×, 有, 无, Y, N, 1, 0."""

    remembers = True

    knows_nothing = False

    def read(self, value: Any, text: str) -> bool:
        word = folded(text)
        if word in YES:
            return True
        if word in NO:
            return False
        raise CellError(_("“%(text)s” is neither yes nor no.") % {"text": text}, _("Write 是 or 否."))


class DayCell(Cell):
    """A day: a date of Excel, 2026-03-05, 2026/3/5, 2026.3.5, 2026年3月5日, 20260305."""

    remembers = True

    def read(self, value: Any, text: str) -> date:
        right = _("Write year, month and day, for example: 2026-03-05")
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        try:
            return read_day(_TIME_OF_DAY.sub("", text))
        except ValidationError as error:
            raise CellError(Said.of(error), right) from None


class MoneyCell(Cell):
    """An amount in fen. The unit stands in the cell (12万元) or in the heading (万元); without one it is refused."""

    def __init__(self, *, otherwise: Text = "") -> None:
        super().__init__()
        self.otherwise = otherwise  # where words such as 面议 belong

    def read(self, value: Any, text: str) -> int:
        plain = ungrouped(half_width(text)).lower().replace(" ", "")
        found = _MONEY.fullmatch(plain)
        if not found:
            raise CellError(
                _("“%(text)s” is not an amount of money.") % {"text": text},
                self.otherwise or _("Write one number with its unit, for example: 12万元"),
            )
        if not found[2]:
            raise CellError(
                _("The amount “%(text)s” has no unit.") % {"text": text}, _("Write the unit, for example: 12万元")
            )
        fen = Decimal(found[1]) * FEN[found[2]]
        if fen != fen.to_integral_value() or fen > MAX_FEN:
            raise CellError(_("The amount “%(text)s” is out of range.") % {"text": text}, _("Check number and unit."))
        return int(fen)


class ListCell(Cell):
    """Words in one cell, separated by 、，； or lines; with `by_blanks` blanks separate Chinese words as well."""

    empty = list

    def __init__(
        self, *, each: int, most: int, by_blanks: bool = False, one: Callable[[str], str] | None = None
    ) -> None:
        super().__init__()
        self.each, self.most, self.by_blanks, self.one = each, most, by_blanks, one

    def read(self, value: Any, text: str) -> list[str]:
        words = split_list(text)
        blanks = text.split()
        if self.by_blanks and len(words) == 1 and len(blanks) > 1 and all(_HAN.search(word) for word in blanks):
            words = list(dict.fromkeys(blanks))
        words = [self.one(word) if self.one else " ".join(word.split()) for word in words]
        if len(words) > self.most:
            raise CellError(
                _("There are %(count)d entries, at most %(limit)d are possible.")
                % {"count": len(words), "limit": self.most},
                _("Keep the most important ones."),
            )
        for word in words:
            if len(word) > self.each:
                raise CellError(
                    _("“%(text)s” is too long for one entry.") % {"text": f"{word[:20]}…"},
                    _("Separate the entries by 、 (at most %(limit)d characters each).") % {"limit": self.each},
                )
        return words


def person_name(word: str) -> str:
    """Return a person's name: 张 三 is one person, 张三 李四 are two who need a 、 between them."""
    parts = word.split()
    if len(parts) > 1 and all(_HAN.search(part) for part in parts):
        if any(len(part) > 1 for part in parts):
            raise CellError(
                _("“%(text)s” may be several people.") % {"text": word},
                _("Separate the names by 、, for example: 张三、李四"),
            )
        return "".join(parts)
    return " ".join(parts)


class LinesCell(Cell):
    """One entry a line, each read by `parse(line, number)`, which raises CellError."""

    empty = list

    def __init__(self, parse: Callable[[str, int], Any], *, most: int) -> None:
        super().__init__()
        self.parse, self.most = parse, most

    def read(self, value: Any, text: str) -> list[Any]:
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        if len(lines) > self.most:
            raise CellError(
                _("There are %(count)d lines, at most %(limit)d are possible.")
                % {"count": len(lines), "limit": self.most},
                _("Keep the most important ones."),
            )
        return [self.parse(line, number) for number, line in enumerate(lines, start=1)]
