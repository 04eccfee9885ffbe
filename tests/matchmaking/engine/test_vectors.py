"""Records as weighted terms, and why their sums are the same bits in any order."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from matchmaking.engine import bulk, weighing
from matchmaking.engine.policy import NeedFields, OfferFields, Policy
from matchmaking.engine.statistics import Kind
from matchmaking.engine.vectors import Vectoriser
from matchmaking.engine.weighing import Weigher

from . import builders
from .builders import ANTICORROSION, COATING_EXPERT, COATING_NEED, EXPERTS, OFFERS

STATISTICS = builders.model_of(COATING_NEED, *OFFERS, *EXPERTS).statistics
VECTORISER = Vectoriser(STATISTICS, Policy())
OFFER_SIDE = VECTORISER.need(COATING_NEED, Kind.OFFER), VECTORISER.offer(ANTICORROSION)
DOCUMENT_SIDE = VECTORISER.need(COATING_NEED, Kind.DOCUMENT), VECTORISER.document(COATING_EXPERT.documents[0])
SIDES = [
    (getattr(need, name), getattr(target, name), getattr(need, f"by_{name}"))
    for need, target in (OFFER_SIDE, DOCUMENT_SIDE)
    for name in ("words", "cosine")
]
IDS = ["words of an offer", "cosine of an offer", "words of a document", "cosine of a document"]


@pytest.mark.parametrize(("need", "target", "chance"), SIDES, ids=IDS)
def test_products_add_up_exactly_in_any_order(need, target, chance):
    products = [weight * target[token] for token, weight in need.items() if token in target]
    assert len(products) >= 20
    draw = random.Random(3)
    for _ in range(20):
        draw.shuffle(products)
        assert sum(products) == math.fsum(products)
        assert sum(products[:7]) + sum(products[7:]) == math.fsum(products)


@pytest.mark.parametrize(("need", "target", "chance"), SIDES, ids=IDS)
def test_the_product_lies_between_nothing_and_all(need, target, chance):
    product = sum(weight * target.get(token, 0.0) for token, weight in need.items())
    assert 0.0 < chance.mean < product <= 1.0


def cosine(need, document):
    terms = VECTORISER.need(need, Kind.DOCUMENT).cosine
    return sum(weight * document.cosine.get(token, 0.0) for token, weight in terms.items())


def test_a_document_is_most_like_itself():
    text = COATING_EXPERT.documents[1]
    document = VECTORISER.document(text)
    itself = cosine(type(COATING_NEED)("N", text), document)
    assert cosine(replace(COATING_NEED, title=text), document) < itself
    assert itself == pytest.approx(1.0, abs=0.02)  # a word said twice is damped a little differently by the two sides


def test_a_word_counts_by_the_field_it_stands_in():
    title_only = Policy(need_fields=NeedFields(keywords=0, goal=0, indicators=0, problem=0, chain=0, background=0))
    assert "海" in VECTORISER.need_terms(COATING_NEED)
    assert "海" not in Vectoriser(STATISTICS, title_only).need_terms(COATING_NEED)
    louder = Vectoriser(STATISTICS, Policy(offer_fields=OfferFields(summary=1.0)))
    assert louder.offer(ANTICORROSION).words["迷宫"] > VECTORISER.offer(ANTICORROSION).words["迷宫"]


def test_the_value_of_an_indicator_is_no_word():
    terms = VECTORISER.need_terms(COATING_NEED)
    assert "mpa" in terms
    assert "3000" not in terms


def test_chance_expects_more_of_common_words():
    common, rare = (type(COATING_NEED)("N", title) for title in ("涂层涂层", "秸秆秸秆"))
    assert STATISTICS.chance("涂层", Kind.OFFER) > STATISTICS.chance("秸秆", Kind.OFFER)
    one, other = (VECTORISER.need(need, Kind.OFFER) for need in (common, rare))
    assert one.by_words.mean > other.by_words.mean


def test_a_cached_tokeniser_gives_the_same():
    calls = []

    def counted(text):
        from matchmaking.engine.text import tokenise

        calls.append(text)
        return tokenise(text)

    assert Vectoriser(STATISTICS, Policy(), counted).offer(ANTICORROSION) == VECTORISER.offer(ANTICORROSION)
    assert calls


def test_a_block_of_needs_is_weighed_at_once_for_both_kinds_whatever_is_remembered(monkeypatch):
    monkeypatch.setattr(bulk, "NEEDS_FROM", 1)
    monkeypatch.setattr(weighing, "NEEDS_REMEMBERED", 45)
    weigher = Weigher(builders.model_of(COATING_NEED, *OFFERS, *EXPERTS), Policy())
    needs = [replace(COATING_NEED, key=f"N{number}") for number in range(50)]
    weigher.weigh(needs[:10], Kind.OFFER)
    monkeypatch.setattr(Vectoriser, "need", lambda *_asked: pytest.fail("weighed one by one"))
    for kind in (Kind.OFFER, Kind.DOCUMENT, Kind.OFFER):
        weigher.weigh(needs[10:], kind)
