"""Representative works in one cell: one a line, with kind and year where they are written."""

import re
from typing import Any

from django.utils.translation import override

from experts.enums import WorkKind
from matchmaking.common.reading import half_width
from matchmaking.intake.cells import CellError
from matchmaking.intake.said import said as _

TITLE_MAX = 200
_BULLET = re.compile(r"^\s*(?:\(?\d{1,2}\)|\d{1,2}[.、](?!\d)|[①-⑳]|[-–—·•*])\s*")
# On half-width text: 题名(2022), 题名,2022年, 2022:题名, 论文:题名, [论文]题名, 题名,论文, 题名(论文).
_YEAR = re.compile(
    r"(?P<rest>.*\S)\s*(?:[(\[]\s*(?P<in>(?:19|20)\d\d)\s*年?\s*[)\]]|[,;]\s*(?P<last>(?:19|20)\d\d)\s*年?)"
    r"|(?P<first>(?:19|20)\d\d)\s*年?\s*[,:;]\s*(?P<after>\S.*)"
)
_KIND_FIRST = re.compile(r"(?:\[(?P<a>[^\s\[\]]{2,6})\]\s*:?|(?P<b>[^\s:,;()\[\]]{2,6})\s*[:,;])\s*(?P<after>\S.*)")
_KIND_LAST = re.compile(r"(?P<after>.*\S)\s*(?:,|;|\(|\[)\s*(?P<a>[^\s:,;()\[\]]{2,6})(?P<b>)[)\]]?")
_BRACKETS = str.maketrans("【】", "[]")
_WORDS = {
    "论文": WorkKind.PAPER, "期刊论文": WorkKind.PAPER, "会议论文": WorkKind.PAPER,
    "专利": WorkKind.PATENT, "发明专利": WorkKind.PATENT, "实用新型": WorkKind.PATENT,
    "标准": WorkKind.STANDARD, "项目": WorkKind.PROJECT, "课题": WorkKind.PROJECT, "科研项目": WorkKind.PROJECT,
    "获奖": WorkKind.AWARD, "奖项": WorkKind.AWARD, "奖励": WorkKind.AWARD,
    "著作": WorkKind.BOOK, "专著": WorkKind.BOOK, "教材": WorkKind.BOOK, "其他": WorkKind.OTHER,
}  # fmt: skip


def parse_work(line: str, number: int) -> dict[str, Any]:
    """Read `种类：题名（年份）`; kind and year may be missing or stand elsewhere. Raises CellError."""
    bullet = _BULLET.match(_plain(line))
    title = line[bullet.end() if bullet else 0 :].strip(" ;；。")
    year, kind = None, ""
    if found := _YEAR.fullmatch(_plain(title)):
        year = int(found["in"] or found["last"] or found["first"])
        title = _kept(title, found, "rest" if found["rest"] else "after")
    for pattern in (_KIND_FIRST, _KIND_LAST):
        if (found := pattern.fullmatch(_plain(title))) and (word := _kind_of(found["a"] or found["b"])):
            kind, title = word, _kept(title, found, "after")
            break
    if len(title) > TITLE_MAX:
        raise CellError(
            _("Line %(number)d has %(count)d characters, at most 200 are possible.")
            % {"number": number, "count": len(title)},
            _("Write one work a line, for example: 论文：涡流阵列检测方法研究（2022）"),
        )
    return {"title": title, "kind": kind, "year": year}


def _plain(text: str) -> str:
    """The text in half width, sign for sign."""
    return half_width(text).translate(_BRACKETS)


def _kept(text: str, found: re.Match[str], name: str) -> str:
    """A part of the text as it was written."""
    return text[found.start(name) : found.end(name)].strip()


def written_work(title: str, kind: str, year: int | None) -> str:
    """Return a work as a line of the workbook, which `parse_work` reads as the same work."""
    with override("zh-hans"):
        word = str(WorkKind(kind).label) if kind in WorkKind.values else ""
    return f"{f'{word}：' if word else ''}{title}{f'（{year}）' if year else ''}"


def _kind_of(word: str) -> str:
    with override("zh-hans"):
        labels = {str(kind.label): kind for kind in WorkKind}
    return str(labels.get(word) or _WORDS.get(word) or "")
