"""Cells that name places: a province or city by name or code of GB/T 2260."""

from difflib import get_close_matches
from typing import Any

from django.utils.translation import override

from matchmaking.intake.cells import Cell, CellError, folded, split_list
from matchmaking.intake.said import Text
from matchmaking.intake.said import said as _
from matchmaking.vocabularies import selectors as vocabularies

EVERYWHERE = "everywhere"
_ALL = frozenset({"全国", "不限", "全部", "所有", "无限制", "各地", EVERYWHERE})


class RegionCell(Cell):
    """One place: 江苏, 江苏省, 32, 320000, 江苏省南京市, 兵团."""

    empty = ""

    def read(self, value: Any, text: str) -> str:
        return region_code(text)


class RegionsCell(Cell):
    """Several places in one cell; 全国 for everywhere."""

    empty = list

    def read(self, value: Any, text: str) -> list[str]:
        words = split_list(text)
        if any(folded(word) in _ALL for word in words):
            if len(words) > 1:
                raise CellError(
                    _("“%(text)s” says everywhere and names places besides.") % {"text": text[:60]},
                    _("Write 全国 alone, or the places alone."),
                )
            return [EVERYWHERE]
        return list(dict.fromkeys(region_code(word) for word in words))


def region_code(text: str) -> str:
    """Return the code of a place. Raises CellError with the nearest names."""
    if code := vocabularies.find_region(text):
        return code
    raise CellError(_("“%(text)s” is no province or city of the list.") % {"text": text[:30]}, _nearest(text))


def _nearest(text: str) -> Text:
    with override("zh-hans"):
        names = {str(name): code for code, name in vocabularies.region_choices()}
    holding = [name for name in names if name in text or text in name]
    close = (holding or get_close_matches(text, names, n=3, cutoff=0.4))[:3]
    if close:
        return _("Perhaps: %(names)s") % {"names": "、".join(close)}
    return _("Write the province or city, for example: 江苏 or 320000")
