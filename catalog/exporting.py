"""The columns of the exported list: public fields only, under the Chinese names of the form (records.md 3.2).

The headings are the fixed names of the official list, in Chinese whatever the language of the page, so that an
exported workbook is the same document for everybody and its columns are known to the upload.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from catalog import rules
from catalog.models import Achievement
from catalog.selectors import for_page
from matchmaking.accounts.models import User
from matchmaking.common.labels import label, labels
from matchmaking.common.pools import in_batches

Getter = Callable[[Achievement], Any]
CHUNK = 500


def code(name: str, table: str) -> Getter:
    return lambda achievement: label(table, str(getattr(achievement, name) or ""))


def codes(name: str, table: str) -> Getter:
    return lambda achievement: "；".join(labels(table, getattr(achievement, name)))


def text(name: str) -> Getter:
    return lambda achievement: getattr(achievement, name)


def joined(parts: Iterable[Any]) -> str:
    return "；".join(str(part) for part in parts)


def rights(achievement: Achievement) -> str:
    return joined(
        " ".join(filter(None, [label("IP_RIGHT", row.kind), row.number, row.title, label("IP_STATUS", row.status)]))
        for row in achievement.ip_items.all()
    )


def honours(achievement: Achievement) -> str:
    return joined([*achievement.honours.all(), *filter(None, [achievement.awards])])


def units(achievement: Achievement) -> str:
    return joined(row.organisation.name for row in achievement.completing_units.all())


# The flag says whether the column tells who the owner is.
COLUMNS: tuple[tuple[str, int, Getter, bool], ...] = (
    ("编号", 18, text("public_no"), False),
    ("成果名称", 40, text("title"), False),
    ("状态", 12, lambda achievement: achievement.get_state_display(), False),
    ("成果简介", 60, text("summary"), False),
    ("解决的问题", 40, text("problem_solved"), False),
    ("技术要点与创新点", 60, text("key_points"), False),
    ("主要技术指标", 40, lambda achievement: joined(achievement.indicators.all()), False),
    ("应用行业", 24, codes("applications", "GB4754"), False),
    ("应用场景", 30, text("application_text"), False),
    ("技术领域", 20, code("tech_field", "HNTE8"), False),
    ("战略性新兴产业", 18, code("sei", "SEI9"), False),
    ("学科", 18, code("discipline", "GB13745"), False),
    ("关键词", 30, lambda achievement: joined(achievement.keywords), False),
    ("成熟度", 14, code("trl", "TRL"), False),
    ("成熟阶段", 14, code("maturity", "MATURITY"), False),
    ("成果来源", 18, code("source", "ACH_SRC"), False),
    ("国家科技计划项目编号", 22, text("grant_no"), True),
    ("完成单位", 36, units, True),
    ("完成人", 24, lambda achievement: joined(row.name for row in achievement.completers.all()), True),
    ("知识产权", 50, rights, True),
    ("权属状况", 16, code("ownership", "OWNERSHIP"), False),
    ("合作方式", 30, codes("coop_modes", "COOP_MODE"), False),
    ("意向价格区间", 16, code("price_band", "PRICE_BAND"), False),
    ("所需条件", 30, text("needs_from_partner"), False),
    ("已有应用与客户", 30, text("references"), True),
    ("获奖与评价", 30, honours, True),
    ("经济社会效益", 30, text("benefit"), False),
    ("所在地区", 12, lambda achievement: str(achievement.region), False),
)


def headings() -> list[tuple[str, int]]:
    return [(heading, width) for heading, width, _getter, _names_owner in COLUMNS]


def rows(achievements: QuerySet[Achievement], keys: Sequence[int], user: User) -> Iterator[list[Any]]:
    """One list of cells a record, in the order of the keys; a hidden owner's columns stay empty for outsiders."""
    for achievement in in_batches(for_page(achievements), keys, CHUNK):
        named = rules.can_see_owner(user, achievement)
        yield [getter(achievement) if named or not names_owner else "" for _h, _w, getter, names_owner in COLUMNS]
