"""Which wordings are worth naming to a reader."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matchmaking.engine.policy import Policy
from matchmaking.engine.wordings import worth_naming

from .builders import ANTICORROSION, COATING_NEED, OFFERS
from .test_explaining import best, reason


@pytest.mark.parametrize(
    "wording", ["匣钵", "抗拉强度", "三坐标", "voc", "cod", "pla", "五金件", "二氧化碳", "一次合格率", "tio2"]
)
def test_what_names_something_is_named(wording):
    assert worth_naming(wording)


@pytest.mark.parametrize(
    "wording", ["技术", "需求", "怎么办", "两次", "三倍", "十二小时", "1000", "0.5", "mpa", "m3", "δe", "h"]
)
def test_numbers_units_and_words_of_every_record_are_not(wording):
    assert not worth_naming(wording)


def test_what_is_not_named_stays_in_the_sum():
    need = replace(COATING_NEED, goal=f"{COATING_NEED.goal}。技术问题 1000 MPa")
    offer = replace(ANTICORROSION, summary=f"{ANTICORROSION.summary}技术问题 1000 MPa")
    found = reason(best([offer, *OFFERS[1:]], need), "text")
    named = dict(found.params["terms"])
    assert not {"技术", "问题", "1000", "mpa", "技术问题"} & set(named)
    assert sum(named.values()) + found.params["rest"] == pytest.approx(found.contribution, abs=1e-12)
    assert 0 < len(named) <= Policy().shown_terms


def test_what_is_missing_is_named_in_words_that_say_something():
    need = replace(COATING_NEED, title=f"{COATING_NEED.title}技术需求怎么办", keywords=("超疏水",))
    missing = reason(best(OFFERS, need), "missing_terms").params["terms"]
    assert any("疏水" in wording for wording in missing)
    assert not {"技术", "需求", "怎么办"} & set(missing)
