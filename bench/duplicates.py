"""Seconds and memory of the nightly search for achievements entered twice: everything, and what a day changed.

    python bench/duplicates.py [--achievements 5000 50000 --changed 200]

Titles are put together from words, so that very many share a word and few are alike; every fiftieth is the title of
another owner's record with a sign less. The search is run as the job is.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from datetime import timedelta
from typing import Any

from filling import Filler
from platform_ import instance, report

KINDS = [
    "高温",
    "低温",
    "柔性",
    "智能",
    "多模态",
    "微纳",
    "可降解",
    "耐腐蚀",
    "高精度",
    "低功耗",
    "分布式",
    "超声",
    "激光",
    "电化学",
    "生物基",
    "仿生",
    "非接触",
    "抗菌",
    "阻燃",
    "多孔",
]
THINGS = [
    "叶片",
    "轴承",
    "电池隔膜",
    "传感器",
    "齿轮箱",
    "反应器",
    "催化剂",
    "涂层",
    "管道",
    "焊缝",
    "铸件",
    "疫苗",
    "饲料",
    "污泥",
    "烟气",
    "芯片",
    "天线",
    "变压器",
    "刀具",
    "混凝土",
]
DEEDS = [
    "缺陷检测",
    "寿命预测",
    "制备",
    "成形",
    "回收",
    "焊接",
    "监测",
    "优化设计",
    "净化",
    "提取",
    "封装",
    "修复",
    "改性",
    "识别",
    "定位",
    "调度",
    "测量",
    "筛选",
    "发酵",
    "干燥",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--achievements", type=int, nargs="+", default=[5_000, 50_000])
    parser.add_argument("--changed", type=int, default=200)
    chosen = parser.parse_args()
    with instance():
        fill = Filler()
        figures = []
        for size in sorted(chosen.achievements):
            fill.achievements(size - fill.made["achievements"])
            figures.append(measure(size, chosen.changed))
        report("duplicates", sizes=figures)


def measure(size: int, changed: int) -> dict[str, Any]:
    from django.utils import timezone

    from catalog.models import Achievement, DuplicatePair
    from matchmaking.intake.models import DuplicateSearch

    entitle()
    DuplicateSearch.objects.all().delete()
    first = search()
    long_ago = timezone.now() - timedelta(days=400)
    keys = list(Achievement.objects.order_by("pk").values_list("pk", flat=True)[:: max(1, size // changed)])
    Achievement.objects.update(updated_at=long_ago, state_since=long_ago)
    Achievement.objects.filter(pk__in=keys).update(updated_at=timezone.now())
    return {
        "achievements": size,
        "everything": first,
        "changed": len(keys),
        "a_day": search(),
        "pairs": DuplicatePair.objects.count(),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def entitle() -> None:
    """Give every record a title of words."""
    from catalog.models import Achievement

    rng, rows = random.Random(5), list(Achievement.objects.order_by("pk").only("pk", "title"))
    for place, row in enumerate(rows):
        row.title = "".join((*rng.sample(KINDS, 2), rng.choice(THINGS), *rng.sample(DEEDS, 2), rng.choice(KINDS)))
        if place % 50 == 49:
            row.title = rows[place - 1].title[:-1]
    Achievement.objects.bulk_update(rows, ["title"], batch_size=2000)


def search() -> float:
    """Run the job of tonight and return its seconds."""
    from matchmaking.jobs import runner
    from matchmaking.jobs.services import enqueue

    job, started = enqueue(kind="find_duplicates", args={}), time.perf_counter()
    runner.run(job.pk, raise_errors=True)
    return round(time.perf_counter() - started, 1)


if __name__ == "__main__":
    main()
