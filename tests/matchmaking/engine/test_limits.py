"""Sentences in which an offer states its own limits."""

from __future__ import annotations

import pytest

from matchmaking.engine.limits import stated_limits
from matchmaking.engine.text import sentences
from matchmaking.engine.types import Quote


def limits(texts):
    return stated_limits(Quote(name, sentence) for name, text in texts for sentence in sentences(text))


@pytest.mark.parametrize(
    "sentence",
    [
        "方法只判断物种来源，不涉及重金属、农药残留等安全性项目",
        "方法针对摩擦尖叫，不适用于齿轮类噪声",
        "适用装量1—20 mL的西林瓶，对含高浓度叔丁醇的处方不适用",
        "真实胶液试验尚未展开",
        "150 ℃以上出汽时效率下降较快，不推荐",
        "The coating is not suitable for immersion in sea water",
    ],
)
def test_a_stated_limit_is_found(sentence):
    (quote,) = limits([("key_points", f"附着力达到12 MPa。{sentence}。工艺简单。")])
    assert (quote.field, quote.text) == ("key_points", sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "单次耗时不足一毫秒",
        "适用于矿山井巷、隧道施工",
        "在线回退时间不超过十五分钟",
        "误报少，运行中不需人工标定",
    ],
)
def test_praise_is_no_limit(sentence):
    assert limits([("summary", sentence)]) == ()


def test_the_trouble_an_offer_removes_is_not_its_limit():
    assert limits([("problem_solved", "常规方法不适用于薄壁件。"), ("title", "不适用")]) == ()


def test_two_are_enough_in_the_order_of_the_text():
    texts = [("summary", "试验尚未完成。"), ("key_points", "不推荐低温使用。不宜潮湿存放。")]
    assert [quote.text for quote in limits(texts)] == ["试验尚未完成", "不推荐低温使用"]
