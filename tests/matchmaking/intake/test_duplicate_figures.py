"""How well the search tells one achievement entered twice from two of a series, on pairs labelled by hand."""

import pytest
from django.utils import timezone

from catalog.duplicates.finding import Compared
from matchmaking.intake.duplicates.titles import Alike, compare, folded
from tests.labelled_achievements import PAIRS, UNSEEN

OWNERS = {1: "测试大学甲", 2: "测试大学乙"}


def record(read, key, title, common, *, other=False):
    read.titles[key], read.owners[key], read.changed[key] = title, 1 + other, timezone.now()
    read.programmes[key] = 0
    read.units[key] = {1 + other, *({9} if "u" in common else ())}
    read.people[key] = {"甲某", "乙某"} if not other or "p" in common else {"丙某", "丁某"}
    if "i" in common or "d" in common:
        read.indicators[key] = [("检出率", 98 + (other and "d" in common)), ("节拍", 20 + (other and "d" in common))]
    read.names.add(key, folded(title))


def asked_about(pairs):
    """The cases of which an officer is asked. Every pair is searched among all other titles."""
    read = Compared(organisations=dict(OWNERS))
    for place, (title, other, common, _what) in enumerate(pairs):
        record(read, 2 * place, title, common)
        record(read, 2 * place + 1, other, common, other=True)
        if "n" in common:
            read.numbers.add(2 * place, f"20201012{place:04}")
            read.numbers.add(2 * place + 1, f"20201012{place:04}")
    found = {(one.first, one.second) for key in read.titles for one in read.near(key)}
    return {case for place, case in enumerate(pairs) if (2 * place, 2 * place + 1) in found}


@pytest.mark.parametrize(("one", "other"), [
    ("300 MW循环流化床锅炉", "600 MW循环流化床锅炉"),
    ("YJ-20型联合收获机", "YK-20型联合收获机"),
    ("铝合金压铸模具", "镁合金压铸模具"),
    ("高温除尘滤料", "低温除尘滤料"),
    ("谐波减速器", "谐波减速器（小试版）"),
])  # fmt: skip
def test_what_makes_two_of_a_series(one, other):
    assert compare(one, other).variant


def test_what_makes_no_difference():
    assert compare("一种缺陷检测方法", "缺陷的检测系统（测试大学甲）", [folded("测试大学甲")]).alike == Alike.SAME
    assert compare("缺陷检测", "缺陷检测（测试大学甲）").alike != Alike.SAME
    assert compare("矿井提升机钢丝绳断丝无损检测装置", "矿井提升机钢丝绳断丝无损检侧装置").alike == Alike.SLIP
    assert compare("铝合金铸件在线检测机器人", "铝合金铸件在线检修机器人").alike == Alike.REWORDED


@pytest.mark.parametrize(("pairs", "precision", "recall"), [(PAIRS, 0.95, 0.85), (UNSEEN, 0.8, 0.75)])
def test_precision_and_recall(pairs, precision, recall, record_property):
    one, asked = {case for case in pairs if case[3] == "anew"}, asked_about(pairs)
    right = len(asked & one)
    figures = f"{len(pairs)} pairs, precision {right / len(asked):.2f}, recall {right / len(one):.2f}"
    record_property("figures", f"{figures}; wrongly shown {sorted(asked - one)}; missed {sorted(one - asked)}")
    assert right / len(asked) >= precision, sorted(asked - one)
    assert right / len(one) >= recall, sorted(one - asked)
