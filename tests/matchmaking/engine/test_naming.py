"""Names of indicators that speak of the same thing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaking.engine.naming import Names, alike, contained

PARTS = [
    "节电",
    "综合",
    "缺陷",
    "检出率",
    "查出率",
    "室温",
    "高温",
    "抗拉强度",
    "时间",
    "误报",
    "次数",
    "voc",
    "含量",
    "ph",
    "率",
    "r",
]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("附着力", "涂层附着力"),
        ("节电", "综合节电率"),
        ("漏检", "漏检率"),
        ("导电", "导电率"),
        ("误报", "误报次数"),
        ("抗弯", "抗弯强度"),
        ("缺陷查出率", "缺陷检出率"),
        ("末端压力波动", "管网压力波动"),
        ("塑料管挖准的误差", "塑料管定位误差"),
        ("每件准备时间", "工装准备时间"),
        ("泡水膨胀率", "浸水膨胀率"),
        ("voc", "voc含量"),
    ],
)
def test_the_same_thing_named_differently(one, other):
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("室温抗拉强度", "高温抗拉强度"),
        ("效率", "回收效率"),
        ("处理周期", "处理时间"),
        ("漏检率", "过检率"),
        ("一次合格率", "材料去除率提高"),
        ("出水总氮", "出水cod"),
        ("满载效率", "关断电压过冲"),
        ("单方案计算时间", "在线求解时间"),
        ("续航缩短", "悬停效率损失"),
        ("粗糙度", "硬度"),
    ],
)
def test_general_words_conditions_and_endings_say_too_little(one, other):
    assert not alike(one, other)
    assert not alike(other, one)


def test_two_characters_are_not_contained():
    assert not contained("节电", "综合节电率")


@given(
    names=st.lists(st.lists(st.sampled_from(PARTS), max_size=4).map("".join), max_size=12),
    asked=st.lists(st.sampled_from(PARTS), max_size=4).map("".join),
)
def test_many_names_are_asked_as_each_one_would_be(names, asked):
    assert Names.of(names).like(asked) == sorted({name for name in names if alike(asked, name)})
