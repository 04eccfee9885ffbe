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
    r"|[(（]?(?:填[表报]人|填报单位|制表人?|审核人|负责人|联系人|经办人|单位盖章|盖章)[)）]?\s*(?:[:：]|$))"
)
_TOTAL = re.compile(r"(?:合|总|小|共)\s*计\s*[:：]?\s*[\d,.，]*\s*[^\s\d，,。]{0,3}")
_PLAIN_NUMBER = re.compile(r"[\d,]+(?:\.\d+)?")
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
        filled = [(index, cell) for index, cell in enumerate(cells) if cell not in (None, "")]
        first = written(filled[0][1]) if filled else ""
        is_note = bool(first) and (
            self._is_text(first, alone=len(filled) == 1) or self._is_sum(first, filled) or self._is_heading(filled)
        )
        self._in_notes = is_note
        if is_note:
            self.found.append((number, first))
        return is_note

    def _is_text(self, text: str, *, alone: bool) -> bool:
        """One cell alone that begins like a note, or goes on with one: 2、…"""
        if not alone:
            return False
        is_note = _NOTE.match(text) or _TOTAL.fullmatch(text)
        return bool(is_note) or (self._in_notes and bool(_NUMBERED.match(text)))

    def _is_sum(self, text: str, filled: Sequence[tuple[int, Any]]) -> bool:
        """合计, with numbers alone beside it."""
        return bool(_TOTAL.fullmatch(text)) and all(_PLAIN_NUMBER.fullmatch(written(cell)) for _i, cell in filled[1:])

    def _is_heading(self, filled: Sequence[tuple[int, Any]]) -> bool:
        """The headings once more, as a program prints them at the top of each page."""
        key = next((cell for index, cell in filled if index == self._key), None)
        if len(filled) == 1 or key is None or fold_heading(key) != self._heading.get(self._key):
            return False
        return all(self._heading.get(index) == fold_heading(cell) for index, cell in filled)

    @property
    def params(self) -> dict[str, Any]:
        rows = "、".join(str(number) for number, _text in self.found[:SHOWN])
        return {"count": len(self.found), "rows": f"{rows}…" if len(self.found) > SHOWN else rows,
                "first": self.found[0][1][:40]}  # fmt: skip
