"""Cells that hold codes of a vocabulary, and how a vocabulary is offered in a workbook."""

import re
import unicodedata
from difflib import get_close_matches
from functools import cached_property, lru_cache
from typing import Any

from django.utils.translation import override

from matchmaking.intake.cells import Cell, CellError
from matchmaking.intake.said import Text
from matchmaking.intake.said import said as _
from matchmaking.vocabularies import selectors as vocabularies

SHORT_LIST = 16  # so many words are all said, of longer lists the nearest


class CodeCell(Cell):
    """One code of a vocabulary, written as code, name or synonym. `digits` gives back zeros that Excel dropped."""

    empty: Any = ""
    remembers = True

    def __init__(self, table: str, *, digits: int = 0) -> None:
        super().__init__()
        self.table, self.digits = table, digits

    @cached_property
    def offered(self) -> dict[str, str]:
        """Code → Chinese name of what a record may carry; read once for an examination (a form copies its fields)."""
        return dict(leaves(self.table))

    def understand(self, value: Any, text: str) -> Any:
        # A vocabulary may have a word for “none”, so it is asked before 无 is taken for an empty cell.
        if text and (found := self.find(text)):
            return found
        return super().understand(value, text)

    def find(self, text: str) -> Any:
        return self.code_of(text)

    def code_of(self, text: str) -> str:
        number = unicodedata.normalize("NFKC", text)
        if self.digits and number.isascii() and number.isdigit() and len(number) < self.digits:
            code: str | None = number.zfill(self.digits)
        else:
            code = vocabularies.find_code(self.table, text)
        return code if code in self.offered else ""

    def read(self, value: Any, text: str) -> Any:
        code = vocabularies.find_code(self.table, text)
        if code and code not in self.offered:
            raise self.too_coarse(text, code)
        raise CellError(
            _("“%(text)s” is not in the list.") % {"text": text}, self.nearest(text, within=self._group_of(text))
        )

    def _group_of(self, text: str) -> str:
        """The group a wrong code begins with: 0899 is not there, but 08 is."""
        found = re.match(r"\d+", unicodedata.normalize("NFKC", text))
        groups = {code for code, _name in vocabularies.choices(self.table, level=1)} - set(self.offered)
        return next((code for code in groups if found and found[0].startswith(code)), "")

    def too_coarse(self, text: str, code: str) -> CellError:
        return CellError(
            _("“%(text)s” is a group; the list is finer.") % {"text": text}, self.nearest(text, within=code)
        )

    def chinese(self, code: str) -> str:
        with override("zh-hans"):
            return vocabularies.label(self.table, code)

    def nearest(self, text: str, *, within: str = "") -> Text:
        """Say what could stand in the cell: all of a short list, else the names closest to what was written."""
        below = {code for code, _name in vocabularies.choices(self.table, parent=within)} if within else self.offered
        offered = {name: option(code, name) for code, name in self.offered.items() if code in below}
        if 0 < len(offered) <= SHORT_LIST:
            return _("Possible: %(names)s") % {"names": "、".join(offered.values())}
        if close := _close(tuple(offered), re.sub(r"^[\d\s]+", "", text) or text):
            return _("Perhaps: %(names)s") % {"names": "、".join(offered[name] for name in close)}
        return _("The notes sheet of the template lists what can be written.")


class CodesCell(CodeCell):
    """Several codes of a vocabulary in one cell."""

    empty: Any = list

    def find(self, text: str) -> list[str]:
        if self.digits and (code := self.code_of(text)):
            return [code]
        codes, unknown = vocabularies.find_codes(self.table, text)
        return codes if not unknown and all(code in self.offered for code in codes) else []

    def read(self, value: Any, text: str) -> list[str]:
        codes, unknown = vocabularies.find_codes(self.table, text)
        for code in codes:
            if code not in self.offered and not unknown:
                raise self.too_coarse(self.chinese(code), code)
        first = unknown[0] if unknown else text
        raise CellError(
            _("“%(text)s” is not in the list.") % {"text": "”、“".join(unknown) or text},
            self.nearest(first, within=self._group_of(first)),
        )


def leaves(table: str) -> list[tuple[str, str]]:
    """(code, Chinese name) of what a record may carry, in order: the second level where there is one.

    Workbooks are written in Chinese, whatever the language of the page.
    """
    with override("zh-hans"):
        return vocabularies.choices(table, level=2) or vocabularies.choices(table)


def option(code: str, name: str) -> str:
    """How a code is offered in a workbook: number and name, or the name alone where the code says nothing."""
    return f"{code} {name}" if code[:1].isdigit() else name


@lru_cache(maxsize=512)
def _close(names: tuple[str, ...], text: str) -> list[str]:
    holding = [name for name in names if text in name or name in text]
    return (holding or get_close_matches(text, names, n=3, cutoff=0.4))[:3]
