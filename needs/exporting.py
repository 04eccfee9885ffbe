"""Needs as a workbook, in the columns of the official form (records.md §3.3).

The form is a Chinese document, so headers and words are Chinese whatever the language of the page. They are those of
the upload (`needs/importing/columns.py`), so that an enterprise's own list can be changed and sent back.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.http import HttpResponseBase
from django.utils import timezone, translation

from matchmaking.common.exporting import workbook_response
from matchmaking.common.formats import WAN_FEN
from matchmaking.vocabularies.selectors import label, labels, region_label
from needs.completeness import INDICATOR_FIELDS
from needs.indicator_lines import written_line
from needs.models import NeedIndicator
from needs.selectors import Shown

HIDDEN_OWNER = "单位不公开"
Cell = Any


def _body(name: str) -> Callable[[Shown], Cell]:
    """A field of the body; empty where this reader may not read it."""
    return lambda row: getattr(row.body, name) if row.body else ""


def _file(name: str) -> Callable[[Shown], Cell]:
    """A field of the body for the owner, the park and the officers only."""
    return lambda row: getattr(row.body, name) if row.body and row.file_open else ""


def _yes(value: Any) -> str:
    return "" if value in (None, "") else "是" if value else "否"


def _indicator(row: NeedIndicator) -> str:
    return written_line({name: getattr(row, name) for name in INDICATOR_FIELDS})


def _budget(row: Shown) -> Cell:
    fen = row.body.budget_fen if row.body and row.file_open else None
    return "" if fen is None else fen / WAN_FEN


COLUMNS: list[tuple[str, int, Callable[[Shown], Cell]]] = [
    ("需求编号", 16, lambda row: row.need.public_no),
    ("需求名称", 40, lambda row: row.need.title),
    ("需求类型", 12, lambda row: label("NEED_KIND", row.need.need_kind)),
    ("企业名称", 30, lambda row: row.enterprise.name if row.enterprise else HIDDEN_OWNER),
    ("所在省市", 12, lambda row: region_label(row.need.region_id)),
    ("需求背景与现状", 40, _body("background")),
    ("现有工艺与问题", 60, _body("problem")),
    ("预期目标", 40, _body("goal")),
    ("考核指标", 50, lambda row: "\n".join(_indicator(one) for one in row.indicators)),
    ("已尝试方案及不足", 40, _body("tried")),
    ("现有工作基础", 40, _body("basis")),
    ("技术领域", 24, lambda row: label("HNTE8", row.need.tech_field)),
    ("行业", 24, lambda row: label("GB4754", row.need.industry)),
    ("产业链环节", 20, _body("chain_link")),
    ("“卡脖子”技术", 10, lambda row: _yes(_file("chokepoint")(row))),
    ("进口替代", 10, lambda row: _yes(_file("import_substitution")(row))),
    ("对应国家工程", 20, lambda row: label("NAT_PROJ", _body("national_project")(row))),
    ("期望成熟度", 12, lambda row: row.need.target_trl),
    ("合作方式", 24, lambda row: "、".join(labels("COOP_MODE", row.need.coop_modes))),
    ("拟投入经费区间", 16, lambda row: label("PRICE_BAND", row.need.budget_band)),
    ("拟投入经费（万元）", 16, _budget),
    ("揭榜挂帅", 10, lambda row: _yes(row.need.open_competition)),
    ("揭榜条件", 30, _body("eligibility")),
    ("完成时限（月）", 10, lambda row: row.need.due_months),
    ("知识产权要求", 24, lambda row: label("IP_TERMS", _body("ip_terms")(row))),
    ("知识产权说明", 24, _body("ip_terms_note")),
    ("征集截止", 12, lambda row: row.need.open_until),
    ("意向高校或专家", 24, _file("wished_partners")),
    ("场景地点", 24, _body("site")),
    ("场景规模", 30, _body("scale")),
    ("开放数据", 30, _body("open_data")),
    ("试用时间", 20, _body("trial_window")),
    ("提供支持", 30, _body("support_offered")),
    ("准入条件", 30, _body("access_conditions")),
    ("状态", 12, lambda row: row.need.get_state_display()),
    ("发布日期", 12, lambda row: timezone.localdate(row.need.published_at) if row.need.published_at else None),
]  # fmt: skip


def response(filename: str, rows: Iterable[Shown]) -> HttpResponseBase:
    """Return the workbook as a download. Raises ExportTooLarge."""
    headers = [(header, width) for header, width, _cell in COLUMNS]
    with translation.override("zh-hans"):
        return workbook_response(filename, headers, _cells(rows), sheet="技术需求清单")


def _cells(rows: Iterable[Shown]) -> Iterator[list[Cell]]:
    for row in rows:
        yield [cell(row) for _header, _width, cell in COLUMNS]
