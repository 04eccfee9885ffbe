"""Workbooks of achievements for tests and trials: good rows in the many spellings that people use, and planted errors.

`achievements(200, bad=7)` gives the bytes of a workbook and where the errors are. Everything follows from the count and
the seed. Run as a program it writes a file: `python -m tests.workbooks out.xlsx 200 7`.
"""

import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

HEADINGS = (
    "成果编号",
    "成果名称*",
    "成果简介*",
    "解决的问题*",
    "技术要点与创新点*",
    "主要技术指标*",
    "应用行业*",
    "应用场景",
    "技术领域*",
    "战略性新兴产业",
    "学科*",
    "关键词*",
    "成熟度*",
    "成熟度证据",
    "成果来源*",
    "国家科技计划项目编号",
    "完成单位",
    "完成人*",
    "知识产权*",
    "权属状况*",
    "赋权改革试点",
    "合作方式*",
    "意向价格区间",
    "意向价格（万元）",
    "所需条件",
    "是否涉密",
    "单位审核意见",
    "审核日期",
    "联系人",
    "联系电话",
    "电子邮箱",
)
_THINGS = (
    "高温合金叶片",
    "锂电池极片",
    "污水处理膜",
    "玉米种质",
    "骨科植入体",
    "桥梁缆索",
    "光伏组件",
    "轴承滚子",
    "催化剂载体",
    "冷链包装",
)
_DEEDS = ("在线检测", "表面强化", "寿命预测", "低能耗制备", "回收再生", "无损评价", "精密成形", "智能调控")
_FIELDS = ("0804", "0804 先进制造工艺与装备", "金属", "固体废弃物处置与综合利用", "０７０１", 601)
_LEVELS = (6, 6.0, "TRL6", "6级", "７", "TRL 5", "四级", "8")
_MODES = ("普通许可、合作开发", "转让；技术服务", "license_ex", "委托开发\n咨询", "普通许可,作价入股")
_INDUSTRIES = ("35、37", "专用设备", 35, "化学原料及制品；医药", "36/38")
_YES = ("是", "否", "√", "×", "Y", "N", None)
_PRICES = (45, "12万元", "１２０", 8.5, None)
_DAYS = ("2026-03-05", "2026/3/5", "2026年3月5日", "2026.3.5", 20260305)


@dataclass(frozen=True)
class Mistake:
    """A planted error: in which column, what is written, and a word of what the portal must say about it."""

    heading: str
    value: Any


MISTAKES = (
    Mistake("技术领域*", "0899 星际旅行"),
    Mistake("成熟度*", "6-7级"),
    Mistake("意向价格（万元）", "面议"),
    Mistake("合作方式*", "普通许可、包产到户"),
    Mistake("知识产权*", "ZL202110000000.1，没有写种类的专利"),
    Mistake("审核日期", "2026年2月30日"),
    Mistake("完成单位", "并不存在的大学"),
    Mistake("成果名称*", "长" * 101),
    Mistake("是否涉密", "涉密"),
    Mistake("赋权改革试点", "也许"),
    Mistake("学科*", "炼金术"),
    Mistake("电子邮箱", "zhang.example"),
    Mistake("联系电话", "找办公室"),
    Mistake("应用行业*", "99"),
    Mistake("成果编号", "CG-1999-000001"),
    Mistake("成果名称*", None),
    Mistake("关键词*", "、".join(f"词{n}" for n in range(9))),
    Mistake("权属状况*", "看情况"),
)


def good_rows(count: int, *, seed: int = 1) -> list[dict[str, Any]]:
    """Rows that can all be imported, as {heading: cell}."""
    rng = random.Random(seed)
    rows = []
    for number in range(1, count + 1):
        thing, deed = rng.choice(_THINGS), rng.choice(_DEEDS)
        title = f"{thing}{deed}技术（第{number}号）"
        row = dict.fromkeys(HEADINGS)
        row |= {
            "成果名称*": title,
            "成果简介*": f"本成果面向{thing}的{deed}需求，给出从材料、工艺到装备的整套方案，已在示范线上连续运行。" * 5,
            "解决的问题*": f"现有{deed}手段速度慢、一致性差，难以满足{thing}的批量生产。",
            "技术要点与创新点*": "一是建立多场耦合模型；\n二是提出自适应的参数整定方法；\n三是研制配套装备。",
            "主要技术指标*": f"合格率≥{rng.randint(90, 99)}.{rng.randint(0, 9)}%\n单件时间≤{rng.randint(5, 60)}s\n"
            f"工作温度：{rng.randint(20, 60)}～{rng.randint(100, 300)}℃\n耐盐雾性能优良",
            "应用行业*": rng.choice(_INDUSTRIES),
            "应用场景": f"{thing}生产线",
            "技术领域*": rng.choice(_FIELDS),
            "战略性新兴产业": rng.choice(("2 高端装备制造", 3, "节能环保", None)),
            "学科*": rng.choice(("460 机械", "材料", 530, "610")),
            "关键词*": rng.choice((f"{thing}、{deed}、示范线", f"{thing} {deed} 智能装备", f"{thing}；{deed}；质量")),
            "成熟度*": rng.choice(_LEVELS),
            "成熟度证据": "第三方检测报告",
            "成果来源*": rng.choice(("国家科技计划", "nsfc", "横向", "自选")),
            "国家科技计划项目编号": f"示例{2020 + number % 6}-{number:04d}",
            "完成人*": rng.choice(("张三、李四", "王五，赵六；钱七", "孙八")),
            "知识产权*": f"发明专利，ZL2021{number:08d}.{number % 10}，一种{thing}{deed}方法，授权有效\n"
            f"软件著作权 | 2023SR{number:07d}",
            "权属状况*": rng.choice(("单一单位", "joint", "与企业共有")),
            "赋权改革试点": rng.choice(_YES),
            "合作方式*": rng.choice(_MODES),
            "意向价格区间": rng.choice(("b2", "面议", None)),
            "意向价格（万元）": rng.choice(_PRICES),
            "是否涉密": rng.choice(("否", "不涉密")),
            "单位审核意见": "同意推荐",
            "审核日期": rng.choice(_DAYS),
            "联系人": "王老师",
            "联系电话": "025-80000000",
            "电子邮箱": "transfer@example.edu.cn",
        }
        rows.append(row)
    return rows


def plant(rows: list[dict[str, Any]], bad: int, *, seed: int = 1) -> dict[str, Mistake]:
    """Put one mistake each into `bad` rows; return {cell: mistake} for rows that begin in row 2 of the sheet."""
    places = sorted(random.Random(seed).sample(range(len(rows)), bad))
    planted = {}
    for place, number in zip(places, range(bad), strict=True):
        mistake = MISTAKES[number % len(MISTAKES)]
        rows[place][mistake.heading] = mistake.value
        planted[f"{get_column_letter(HEADINGS.index(mistake.heading) + 1)}{place + 2}"] = mistake
    return planted


def build(
    rows: Sequence[Mapping[str, Any]], *, headings: Sequence[str] = HEADINGS, above: Sequence[Sequence[Any]] = ()
) -> bytes:
    """The bytes of a workbook with these rows below these headings; `above` are rows before the headings."""
    book = Workbook()
    sheet = book.active
    sheet.title = "成果清单"
    for line in above:
        sheet.append(list(line))
    sheet.append(list(headings))
    for row in rows:
        sheet.append([row.get(heading) for heading in headings])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def achievements(count: int = 200, *, bad: int = 0, seed: int = 1) -> tuple[bytes, dict[str, Mistake]]:
    """A workbook of `count` rows with `bad` planted errors, and where they are."""
    rows = good_rows(count, seed=seed)
    planted = plant(rows, bad, seed=seed) if bad else {}
    return build(rows), planted


if __name__ == "__main__":
    target, count, bad = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    content, where = achievements(count, bad=bad)
    target.write_bytes(content)
    for cell, mistake in where.items():
        print(f"{cell}: {mistake.heading} = {mistake.value}")
