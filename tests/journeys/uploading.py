"""The workbook of the journey: 200 rows, seven of them wrong, one of them the achievement that fits the need."""

from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from tests.workbooks import build, good_rows, plant

ROWS, BAD = 200, 7
SIGNS = {"ge": "≥", "le": "≤", "gt": ">", "lt": "<", "eq": "="}
FITTING_ROW = 41


def indicator_line(one: dict[str, Any]) -> str:
    condition = f"（{one['condition']}）" if one["condition"] else ""
    return f"{one['name']}{SIGNS[one['operator']]}{one['value']}{one['unit']}{condition}"


def fitting_row(row: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    """A good row with the text of a written sample achievement."""
    return row | {
        "成果名称*": record["title"],
        "成果简介*": record["summary"],
        "解决的问题*": record["problem_solved"],
        "技术要点与创新点*": record["key_points"],
        "主要技术指标*": "\n".join(indicator_line(one) for one in record["indicators"]),
        "应用行业*": "、".join(record["applications"]),
        "应用场景": record["application_text"],
        "技术领域*": record["tech_field"],
        "学科*": record["discipline"],
        "关键词*": "、".join(record["keywords"]),
        "成熟度*": record["trl"],
        "成熟度证据": record["trl_evidence"],
        "合作方式*": "独占许可、转让、合作开发",
        "意向价格区间": None,
    }


def workbook(record: dict[str, Any]) -> tuple[bytes, dict[str, Any], list[dict[str, Any]]]:
    """Return the file, the wrong cells {address: mistake}, and the rows as they should have been."""
    right = good_rows(ROWS)
    right[FITTING_ROW] = fitting_row(right[FITTING_ROW], record)
    written = [dict(row) for row in right]
    cells = plant(written, BAD)
    assert written[FITTING_ROW] == right[FITTING_ROW]
    return build(written), cells, right


def mend(file: Path, cells: dict[str, Any], right: list[dict[str, Any]]) -> bytes:
    """Correct the downloaded rows as a person would: the red cell gets the right value, the rest stays."""
    book = load_workbook(BytesIO(file.read_bytes()))
    sheet = book.worksheets[0]
    headings = {str(cell.value).rstrip("*"): cell.column for cell in sheet[1]}
    places = sorted((int("".join(filter(str.isdigit, address))), mistake) for address, mistake in cells.items())
    for line, (row, mistake) in enumerate(places, start=2):
        column = next(at for name, at in headings.items() if name.startswith(mistake.heading.rstrip("*")))
        sheet.cell(line, column).value = right[row - 2][mistake.heading]
    out = BytesIO()
    book.save(out)
    return out.getvalue()
