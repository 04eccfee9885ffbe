"""Talent posts as a workbook, in the columns of the official form (records.md §3.4).

The form is a Chinese document, so headers and words are Chinese whatever the language of the page.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.http import HttpResponseBase
from django.utils import timezone, translation

from matchmaking.common.exporting import workbook_response
from matchmaking.vocabularies.selectors import label, labels, region_label
from needs.exporting import HIDDEN_OWNER
from needs.talent.selectors import Shown

SHEET = "人才需求清单"
Cell = Any


def _body(name: str) -> Callable[[Shown], Cell]:
    """A field of the body; empty where this reader may not read it."""
    return lambda row: getattr(row.body, name) if row.body else ""


def _inside(name: str) -> Callable[[Shown], Cell]:
    """A field of the body for people who work for an organisation."""
    return lambda row: getattr(row.body, name) if row.body and row.inside else ""


COLUMNS: list[tuple[str, int, Callable[[Shown], Cell]]] = [
    ("编号", 16, lambda row: row.post.public_no),
    ("岗位名称", 36, lambda row: row.post.title),
    ("岗位类别", 14, lambda row: label("POST_KIND", row.post.post_kind)),
    ("企业名称", 30, lambda row: row.enterprise.name if row.enterprise else HIDDEN_OWNER),
    ("所在省市", 12, lambda row: region_label(row.post.region_id)),
    ("人数", 8, lambda row: row.post.headcount),
    ("已到位人数", 10, lambda row: row.post.filled),
    ("技术方向", 24, lambda row: label("HNTE8", row.post.tech_field)),
    ("职责任务", 60, _body("duties")),
    ("学历要求", 10, lambda row: label("EDU", row.post.education)),
    ("职称要求", 10, lambda row: label("TITLE", row.post.professional_title)),
    ("专业要求", 24, lambda row: "、".join(labels("GB13745", row.post.disciplines))),
    ("其他任职条件", 40, _body("requirements")),
    ("服务期限（月）", 10, lambda row: row.post.term_months),
    ("在岗方式", 14, lambda row: label("ATTENDANCE", row.post.attendance)),
    ("每周天数", 10, lambda row: row.post.days_per_week),
    ("薪酬区间", 20, lambda row: label("PAY_BAND", row.post.pay_band)),
    ("报酬说明", 24, _inside("pay_details")),
    ("住房保障", 20, _body("housing")),
    ("保险保障", 20, _body("insurance")),
    ("预期成果", 40, _body("expected_output")),
    ("关联技术需求", 16, lambda row: row.need.public_no if row.need else ""),
    ("企业导师", 20, _inside("mentor")),
    ("报名截止", 12, lambda row: row.post.open_until),
    ("状态", 12, lambda row: row.post.get_state_display()),
    ("发布日期", 12, lambda row: timezone.localdate(row.post.published_at) if row.post.published_at else None),
]


def response(filename: str, rows: Iterable[Shown]) -> HttpResponseBase:
    """Return the workbook as a download. Raises ExportTooLarge."""
    headers = [(header, width) for header, width, _cell in COLUMNS]
    with translation.override("zh-hans"):
        return workbook_response(filename, headers, _cells(rows), sheet=SHEET)


def _cells(rows: Iterable[Shown]) -> Iterator[list[Cell]]:
    for row in rows:
        yield [cell(row) for _header, _width, cell in COLUMNS]
