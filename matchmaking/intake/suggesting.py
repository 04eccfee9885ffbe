"""What a cell that cannot be read probably means: offered to the person as a button, never written by itself.

Whatever is offered is read by the cell's own field first, so that one click mends the cell.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from matchmaking.common.reading import half_width, visible_text
from matchmaking.intake.cells import (
    DayCell,
    EmailCell,
    LevelCell,
    MoneyCell,
    PhoneCell,
    TextCell,
    YesNoCell,
    split_list,
)
from matchmaking.intake.code_cells import CodeCell, CodesCell, option
from matchmaking.intake.importing import RowKind
from matchmaking.intake.models import ImportRow
from matchmaking.intake.organisation_names import ORGANISATION, near_names

MOST = 3  # offers for one cell
LONGEST = 200  # characters; nothing is offered for longer texts
READ_ALIKE = (DayCell, MoneyCell, EmailCell, PhoneCell)  # cells in which one way of writing has one reading
NEAR = 0.4  # of 1; as near as the hint beside the cell, so that what it names can be taken by a click
_AROUND = re.compile(r"[(（\[【].*?[)）\]】]|大?约|左右|[。.；;，,]+$")
_YMD = re.compile(r"(\d{4})\D{1,3}(\d{1,2})\D{1,3}(\d{1,2})(?!\d)")
_SHORT_YMD = re.compile(r"['’]?(\d{2})[-./年](\d{1,2})[-./月](\d{1,2})日?")
_YEAR_LAST = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})")
_SERIAL = re.compile(r"[34]\d{4}|5[0-4]\d{3}")  # days since 1899-12-30, as a sheet shows an unformatted date
_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_AMOUNT = re.compile(r"(?:人民币|rmb|[¥￥])?(\d+(?:\.\d+)?)(w|万元?|千元|元|亿元?)?(?:人民币|整)?", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_PHONE = re.compile(r"(?<!\d)(?:1\d{10}|0\d{2,3}-?\d{7,8})(?!\d)")
_LEVELS = re.compile(r"([1-9])\s*级?\s*[-~—–至到/]\s*(?:trl)?\s*([1-9])", re.IGNORECASE)
_NOT = re.compile(r"(?:不|非|未|没)\S{0,6}")


def offers(kind: RowKind, cells: Iterable[tuple[ImportRow, str, str]]) -> dict[tuple[ImportRow, str], list[str]]:
    """Return, for (row, column, what stands in the cell), the texts that could stand there instead, the nearest first.

    One query at most for any number of cells.
    """
    form = kind.form()
    asked = list(cells)
    unknown = {(row, column): _unknown_names(row, column) for row, column, _text in asked}
    known_as = near_names(name for names in unknown.values() for name in names)
    found: dict[tuple[str, str], list[str]] = {}
    result = {}
    for row, column, text in asked:
        if names := unknown[row, column]:
            result[row, column] = [
                text.replace(name, near) for name in names[:1] for near in known_as[name] if name in text
            ][:MOST]
            continue
        if (column, text) not in found:
            found[column, text] = readings(form.fields[column], text)
        result[row, column] = found[column, text]
    return result


def _unknown_names(row: ImportRow, column: str) -> list[str]:
    messages = [error["message"] for error in row.errors if error["name"] == column and error["code"] == ORGANISATION]
    return [str(message["p"]["name"]) for message in messages if isinstance(message, dict)]


def is_read_alike(kind: RowKind, column: str) -> bool:
    """Whether a person may have a whole column read by one click: dates, amounts, addresses. Never codes or names."""
    return isinstance(kind.form.base_fields[column], READ_ALIKE)


def readings(field: forms.Field, text: str) -> list[str]:
    """What the field can read of the candidates; nothing for a cell that can be read as it is."""
    if not text or len(text) > LONGEST or _reads(field, text):
        return []
    candidates = [_tidy(text), *_candidates(field, text)]
    return [one for one in dict.fromkeys(candidates) if one and one != text and _reads(field, one)][:MOST]


def _reads(field: forms.Field, text: str) -> bool:
    try:
        field.clean(text)
    except ValidationError:
        return False
    return True


def _tidy(text: str) -> str:
    """The text without 约, 左右 and remarks in brackets."""
    return _AROUND.sub("", text).strip()


def _candidates(field: forms.Field, text: str) -> list[str]:
    ways: tuple[tuple[type[forms.Field], Callable[[Any, str], Sequence[str]]], ...] = (
        (CodesCell, _codes), (CodeCell, _code), (DayCell, _days), (MoneyCell, _amounts), (LevelCell, _levels),
        (YesNoCell, _yes_no), (EmailCell, _mails), (PhoneCell, _phones),
    )  # fmt: skip
    if type(field) is TextCell:
        return []
    return next((list(way(field, text)) for kind, way in ways if isinstance(field, kind)), [])


def _code(field: CodeCell, text: str) -> list[str]:
    plain = half_width(text).strip()
    number = re.match(r"[A-Z]?\d+", plain)
    if number and number[0] in field.offered:
        return [option(number[0], field.offered[number[0]])]
    word = re.sub(r"^[\d\s.、]+", "", plain) or plain
    names = {name: option(code, name) for code, name in field.offered.items()}
    if len(word) < 2:
        return []
    holding = [name for name in names if word in name or name in word]
    return [names[name] for name in (holding or get_close_matches(word, list(names), n=MOST, cutoff=NEAR))]


def _codes(field: CodesCell, text: str) -> list[str]:
    """Every entry that cannot be read replaced by what is nearest; nothing when one of them is near to nothing."""
    entries = []
    for part in split_list(text):
        near = [part] if _reads(field, part) else _code(field, part)
        if not near:
            return []
        entries.append(near[0])
    return ["、".join(dict.fromkeys(entries))]


def _days(_field: Any, text: str) -> list[str]:
    plain = half_width(visible_text(text)).strip().translate(_DIGITS)
    plain = re.sub(r"(?<!\d)十(?=\d)", "1", re.sub(r"(?<!\d)十(?!\d)", "10", plain))
    plain = re.sub(r"(?<=[123])十(?=\d)", "", re.sub(r"(?<=[123])十(?!\d)", "0", plain))
    found: list[tuple[int, int, int]] = []
    if whole := _YMD.search(plain):
        found = [(int(whole[1]), int(whole[2]), int(whole[3]))]
    elif last := _YEAR_LAST.fullmatch(plain):  # month or day first: both are offered
        found = [(int(last[3]), int(last[1]), int(last[2])), (int(last[3]), int(last[2]), int(last[1]))]
    elif short := _SHORT_YMD.fullmatch(plain):
        found = [(2000 + int(short[1]), int(short[2]), int(short[3]))]
    elif _SERIAL.fullmatch(plain):
        return [(date(1899, 12, 30) + timedelta(days=int(plain))).isoformat()]
    return [f"{year:04}-{month:02}-{day:02}" for year, month, day in found]


def _amounts(_field: Any, text: str) -> list[str]:
    plain = re.sub(r"[\s,，]", "", half_width(_tidy(text)))
    found = _AMOUNT.fullmatch(plain)
    if not found:
        return []
    if not found[2]:
        return [f"{found[1]}万元", f"{found[1]}元"]
    return [f"{found[1]}{'万元' if found[2].lower() == 'w' else found[2]}"]


def _levels(_field: Any, text: str) -> list[str]:
    found = _LEVELS.search(half_width(text))
    if not found:
        return []
    low, high = int(found[1]), int(found[2])
    return [str(level) for level in range(low, high + 1)] if low < high < low + MOST else []


def _yes_no(_field: Any, text: str) -> list[str]:
    return ["否"] if _NOT.fullmatch(text.strip()) else []


def _mails(_field: Any, text: str) -> list[str]:
    plain = re.sub(r"\s", "", half_width(text)).replace("。", ".")
    plain = re.sub(r"\(at\)|\[at\]|#", "@", plain, flags=re.IGNORECASE)
    return _MAIL.findall(plain)


def _phones(_field: Any, text: str) -> list[str]:
    return _PHONE.findall(re.sub(r"[\s.]", "", half_width(text)).replace("—", "-"))
