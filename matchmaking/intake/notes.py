"""Lines in a table that are no records: 注：…, 填表说明, 合计, 填表人, headings repeated at the top of a printed page.

They are counted and named in a remark, never passed over in silence. A line with a record's name in its place and other
cells beside it is a record, whatever the name says.
"""

import re
from collections.abc import Sequence
from typing import Any

from matchmaking.intake.cells import written
from matchmaking.intake.headings import Heading, fold_heading

_NOTE = re.compile(
    r"(?:[*※★]+|[(（【\[]?(?:备?注|说明|填[表报写]说明|填[表报写]要求|注意事项)[】\])）]?\s*(?:[:：.、]|\d|$)"
    r"|(?:填[表报]人|填报单位|制表人?|审核人|负责人|联系人|经办人|单位盖章|[(（]?盖章)[^，,。]{0,40}(?:[:：)）]|$))"
)
_SUM = frozenset({"合计", "总计", "小计", "共计", "总数", "本页合计", "合 计", "总 计", "小 计"})
_NUMBERED = re.compile(r"[(（]?\d{1,2}[)）.、．]")
SHOWN = 10


class NoteFinder:
    """Judges the rows below the headings, one after the other."""

    def __init__(self, heading: Heading, key: str) -> None:
        self._key = heading.places.get(key, -1)
        self._columns = set(heading.places.values())
        self._heading = {one.index: fold_heading(one.text) for one in heading.cells if one.text}
        self._in_notes = False
        self.found: list[tuple[int, str]] = []

    def is_note(self, number: int, cells: Sequence[Any]) -> bool:
        filled = [(index, text) for index, cell in enumerate(cells) if (text := written(cell))]
        is_note = bool(filled) and (self._is_text(filled) or self._is_sum(filled) or self._is_heading(filled))
        self._in_notes = is_note
        if is_note:
            self.found.append((number, filled[0][1]))
        return is_note

    def _is_text(self, filled: Sequence[tuple[int, str]]) -> bool:
        """One cell alone that begins like a note, or goes on with one: 2、…"""
        if len(filled) != 1:
            return False
        text = filled[0][1]
        return bool(_NOTE.match(text)) or (self._in_notes and bool(_NUMBERED.match(text)))

    def _is_sum(self, filled: Sequence[tuple[int, str]]) -> bool:
        """合计, with numbers alone beside it."""
        (_first, text), *rest = filled
        return text in _SUM and all(other.replace(".", "", 1).replace(",", "").isdigit() for _i, other in rest)

    def _is_heading(self, filled: Sequence[tuple[int, str]]) -> bool:
        """The headings once more, as a program prints them at the top of each page."""
        same = sum(self._heading.get(index) == fold_heading(text) for index, text in filled)
        return len(filled) > 1 and same == len(filled) and any(index == self._key for index, _text in filled)

    @property
    def params(self) -> dict[str, Any]:
        rows = "、".join(str(number) for number, _text in self.found[:SHOWN])
        return {"count": len(self.found), "rows": f"{rows}…" if len(self.found) > SHOWN else rows,
                "first": self.found[0][1][:40]}  # fmt: skip
