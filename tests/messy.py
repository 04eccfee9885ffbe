"""A workbook as a university really keeps it, and next term's version of it.

Two sheets, title rows, two rows of headings with merged groups, names of its own for columns, a merged column of
colleges, blank rows between them, mixed dates and widths, rows that stand there twice, wrong codes, and notes at the
end. Everything follows from the count and the seed: `python -m tests.messy out.xlsx 2000` writes this term's file,
`python -m tests.messy out.xlsx 2000 next` the next one's.
"""

import random
import sys
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from tests.workbooks import MISTAKES, good_rows

COLLEGES = ("机械工程学院", "材料科学与工程学院", "环境学院", "生命科学学院", "信息学院", "土木工程学院", "医学院")
# (group, heading of the university, heading of the template); "" for what the portal does not know
COLUMNS = (
    ("", "序号", ""),
    ("", "学院", ""),
    ("基本情况", "项目名称", "成果名称*"),
    ("基本情况", "成果内容简介", "成果简介*"),
    ("基本情况", "痛点", "解决的问题*"),
    ("基本情况", "创新点（不超过1000字）", "技术要点与创新点*"),
    ("基本情况", "技术指标", "主要技术指标*"),
    ("基本情况", "所属行业", "应用行业*"),
    ("基本情况", "所属技术领域", "技术领域*"),
    ("基本情况", "一级学科", "学科*"),
    ("基本情况", "关键字", "关键词*"),
    ("成熟情况", "目前做到哪一步（1-9级）", "成熟度*"),
    ("成熟情况", "成熟度佐证", "成熟度证据"),
    ("成熟情况", "课题来源", "成果来源*"),
    ("人员与产权", "主要完成人", "完成人*"),
    ("人员与产权", "专利情况", "知识产权*"),
    ("人员与产权", "权属", "权属状况*"),
    ("转化意向", "拟转化方式", "合作方式*"),
    ("转化意向", "期望价格(万元)", "意向价格（万元）"),
    ("转化意向", "涉密情况", "是否涉密"),
    ("转化意向", "单位意见", "单位审核意见"),
    ("转化意向", "审核日期", "审核日期"),
    ("联系方式", "联系人", "联系人"),
    ("联系方式", "手机", "联系电话"),
    ("联系方式", "邮箱", "电子邮箱"),
    ("", "备注", ""),
)
HEAD_ROW = 4
DAYS = ("2026-03-05", "2026/3/5", "2026年3月5日", "2026.3.5", 20260305, date(2026, 3, 5), "２０２６年３月５日")
WRONG = tuple(one for one in MISTAKES if one.heading in {heading for _group, _own, heading in COLUMNS})


def rows(count: int, *, seed: int = 1) -> list[dict[str, Any]]:
    """What the university means: `count` rows, a few of them wrong, incomplete or there twice."""
    rng = random.Random(seed)
    found = good_rows(count, seed=seed)
    for number, row in enumerate(found):
        row["审核日期"] = rng.choice(DAYS)
        row["学院"] = COLLEGES[number * len(COLLEGES) // count]
    for place in rng.sample(range(count), count // 50):  # 2 %: a wrong cell
        mistake = WRONG[place % len(WRONG)]
        found[place][mistake.heading] = mistake.value
    for place in rng.sample(range(count), count // 20):  # 5 %: not filled in yet
        found[place][rng.choice(("关键词*", "合作方式*", "知识产权*"))] = None
    for place in rng.sample(range(count - 20), max(1, count // 400)):  # copied and pasted twice
        found[place + 20] = dict(found[place])
    return found


def next_term(before: list[dict[str, Any]], *, seed: int = 2) -> list[dict[str, Any]]:
    """Half a year later: 3 % changed, 1 % renamed a little, 1 % gone, 1 % new."""
    rng = random.Random(seed)
    found = [dict(row) for row in before]
    places = rng.sample(range(len(found)), len(found) * 5 // 100)
    changed, renamed, gone = places[: len(places) * 3 // 5], places[len(places) * 3 // 5 :][::2], places[-1::-5]
    for place in changed:
        found[place] |= {"成熟度*": 8, "意向价格（万元）": rng.randint(50, 300)}
    for place in renamed:
        title = found[place]["成果名称*"]
        if title and len(title) < 90:
            found[place]["成果名称*"] = title.replace("技术（", "关键技术及装备（")
    found = [row for place, row in enumerate(found) if place not in set(gone)]
    new = good_rows(max(1, len(before) // 100), seed=seed + 100)
    for number, row in enumerate(new):
        row |= {"成果名称*": f"{row['成果名称*']}秋季新报{number}", "学院": COLLEGES[-1]}
    return found + new


def build(data: list[dict[str, Any]], *, term: str = "2026年春季学期") -> bytes:
    """The workbook, as a secretary puts it together."""
    book = Workbook()
    notes: Worksheet = book.active  # type: ignore[assignment]
    notes.title = "填表要求"
    for line in ("各学院：", "请于月底前将本表报科研院成果转化中心。", "1. 一项成果一行。", "2. 不得填报涉密成果。"):
        notes.append([line])
    sheet = book.create_sheet("成果汇总")
    _head(sheet, term)
    _fill(sheet, data)
    last = sheet.max_row
    sheet.cell(last + 2, 1, f"合计：{len(data)} 项")
    sheet.cell(last + 3, 1, "注：1. 本表由各学院填报，科研院汇总。2. 价格为意向价格，以合同为准。")
    sheet.cell(last + 4, 3, "填表人：示例    审核人：示例")
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _head(sheet: Worksheet, term: str) -> None:
    width = len(COLUMNS)
    sheet.append([f"（示例）澄陵理工大学{term}可转化科技成果汇总表"])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=width)
    sheet["A1"].font, sheet["A1"].alignment = Font(bold=True, size=16), Alignment(horizontal="center")
    sheet.append(["填报单位：科研院", None, None, None, f"填报时间：{term}"])
    sheet.append([group or own for group, own, _heading in COLUMNS])
    sheet.append([own if group else None for group, own, _heading in COLUMNS])
    start = 0
    for place in range(1, width + 1):
        if place == width or COLUMNS[place][0] != COLUMNS[start][0] or not COLUMNS[start][0]:
            if not COLUMNS[start][0]:
                sheet.merge_cells(start_row=3, start_column=start + 1, end_row=4, end_column=start + 1)
            elif place - start > 1:
                for column in range(start + 2, place + 1):
                    sheet.cell(3, column).value = None
                sheet.merge_cells(start_row=3, start_column=start + 1, end_row=3, end_column=place)
            start = place


def _fill(sheet: Worksheet, data: list[dict[str, Any]]) -> None:
    college, first = None, 0
    for number, row in enumerate(data, start=1):
        if college != row["学院"]:
            _merge(sheet, first)
            if college:
                sheet.append([])
            college, first = row["学院"], sheet.max_row + 1 + bool(college)
        at = max(sheet.max_row + 1, first)
        for place, (_group, own, heading) in enumerate(COLUMNS, start=1):
            value = number if own == "序号" else row["学院"] if own == "学院" and at == first else row.get(heading)
            if value is not None:
                sheet.cell(at, place, value)
    _merge(sheet, first)


def _merge(sheet: Worksheet, first: int) -> None:
    """The college stands once and is merged down over its rows."""
    if first and sheet.max_row > first:
        sheet.merge_cells(f"{get_column_letter(2)}{first}:{get_column_letter(2)}{sheet.max_row}")


if __name__ == "__main__":
    this = rows(int(sys.argv[2]))
    later = len(sys.argv) > 3
    Path(sys.argv[1]).write_bytes(build(next_term(this), term="2026年秋季学期") if later else build(this))
