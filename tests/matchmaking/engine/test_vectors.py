"""Records as weighted terms, and why their sums are the same bits in any order."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from matchmaking.engine.policy import NeedFields, OfferFields, Policy
from matchmaking.engine.statistics import Kind
from matchmaking.engine.vectors import Vectoriser

from . import builders
from .builders import ANTICORROSION, COATING_EXPERT, COATING_NEED, EXPERTS, OFFERS

STATISTICS = builders.statistics_of(COATING_NEED, *OFFERS, *EXPERTS)
VECTORISER = Vectoriser(STATISTICS, Policy())
SIDES = [
    (VECTORISER.need_for_offers(COATING_NEED), VECTORISER.offer(ANTICORROSION)),
    (VECTORISER.need_for_documents(COATING_NEED), VECTORISER.document(COATING_EXPERT.documents[0])),
]


@pytest.mark.parametrize(("need", "target"), SIDES, ids=["offer", "document"])
def test_products_add_up_exactly_in_any_order(need, target):
    products = [weight * target[token] for token, weight in need.weights.items() if token in target]
    assert len(products) >= 20
    draw = random.Random(3)
    for _ in range(20):
        draw.shuffle(products)
        assert sum(products) == math.fsum(products)
        assert sum(products[:7]) + sum(products[7:]) == math.fsum(products)


@pytest.mark.parametrize(("need", "target"), SIDES, ids=["offer", "document"])
def test_the_product_lies_between_nothing_and_all(need, target):
    product = sum(weight * target.get(token, 0.0) for token, weight in need.weights.items())
    assert 0.0 < need.expected < product <= 1.0


def test_a_document_is_most_like_itself():
    text = COATING_EXPERT.documents[1]
    need = VECTORISER.need_for_documents(replace(builders.COATING_NEED, title=text))
    alone = VECTORISER.need_for_documents(type(COATING_NEED)("N", text))
    document = VECTORISER.document(text)
    itself = sum(weight * document[token] for token, weight in alone.weights.items())
    mixed = sum(weight * document.get(token, 0.0) for token, weight in need.weights.items())
    assert mixed < itself == pytest.approx(1.0, abs=1e-4)


def test_a_word_counts_by_the_field_it_stands_in():
    title_only = Policy(need_fields=NeedFields(keywords=0, goal=0, indicators=0, problem=0, chain=0, background=0))
    assert "海" in VECTORISER.need_terms(COATING_NEED)
    assert "海" not in Vectoriser(STATISTICS, title_only).need_terms(COATING_NEED)
    louder = Vectoriser(STATISTICS, Policy(offer_fields=OfferFields(summary=1.0)))
    assert louder.offer(ANTICORROSION)["迷宫"] > VECTORISER.offer(ANTICORROSION)["迷宫"]


def test_the_value_of_an_indicator_is_no_word():
    terms = VECTORISER.need_terms(COATING_NEED)
    assert "mpa" in terms
    assert "3000" not in terms


def test_chance_expects_more_of_common_words():
    common, rare = (type(COATING_NEED)("N", title) for title in ("涂层涂层", "秸秆秸秆"))
    assert STATISTICS.chance("涂层", Kind.OFFER) > STATISTICS.chance("秸秆", Kind.OFFER)
    assert VECTORISER.need_for_offers(common).expected > VECTORISER.need_for_offers(rare).expected


def test_a_cached_tokeniser_gives_the_same():
    calls = []

    def counted(text):
        from matchmaking.engine.text import tokenise

        calls.append(text)
        return tokenise(text)

    assert Vectoriser(STATISTICS, Policy(), counted).offer(ANTICORROSION) == VECTORISER.offer(ANTICORROSION)
    assert calls
