"""The smallest changes in words, and the outlook of a match that is loaded after its page."""

from dataclasses import replace

import pytest
from django.urls import reverse
from django.utils.translation import override

from matchmaking.engine.changing import _LADDERS, KINDS
from matchmaking.matching import change_words
from matchmaking.matching.models import Candidate, Match, RankingModel, StatisticsVersion
from matchmaking.matching.services.review import release_match
from matchmaking.vocabularies.selectors import codes, label
from tests.factories.needs import make_need
from tests.matchmaking.engine import builders
from tests.matchmaking.matching.test_runs import low_floor, pool, run_all  # noqa: F401 (fixtures)

# ruff: noqa: F811 (fixtures of another module)
pytestmark = pytest.mark.django_db
NEED = replace(builders.COATING_NEED, region="3702", coop_modes=("commissioned",), budget_band="b3", due_months=12)
OFFERS = [
    replace(builders.ANTICORROSION, trl=5, region="3201", price_band="b5", coop_modes=("assign",), tech_field="0301"),
    replace(builders.ANTICORROSION, trl=7, price_band="b2", coop_modes=("commissioned",)),
    replace(builders.ANTICORROSION, trl=None, price_band="", region="", tech_field="", applications=(), indicators=()),
]


def steps(kind):
    bands = tuple(codes("PRICE_BAND"))
    return [(step, up) for offer in OFFERS for up in (True, False) for step in _LADDERS[kind](NEED, offer, up, bands)]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_change_is_a_sentence(kind, language):
    found = steps(kind)
    assert found
    with override(language):
        for step, up in found:
            sentence = change_words.said(step, up=up)
            assert len(sentence) > 10
            assert not [mark for mark in ("None", "%(", "{", "()") if mark in sentence]


def test_a_level_and_a_price_are_named():
    maturity = next(step for step, up in steps("maturity") if up)
    price = next(step for step, up in steps("price") if up)
    with override("en"):
        assert change_words.said(maturity, up=True) == (
            "If its maturity were level 6 instead of 5, it would pass the line."
        )
        assert label("PRICE_BAND", "b4") in change_words.said(price, up=True)


def test_the_outlook_says_the_line_and_whether_the_match_has_moved(
    pool, enterprise, enterprise_lead, regional_officer_miit, login
):
    need = make_need(enterprise, enterprise_lead)
    run_all()
    match = Match.objects.filter(need=need, achievement__isnull=False).order_by("-score").first()
    address = reverse("matching:match_outlook", args=[match.uuid])
    officer = login(regional_officer_miit)
    seen = officer.get(address).context
    assert (seen["standing"].score, seen["standing"].above, seen["moved"]) == (match.score, True, False)
    assert login(enterprise_lead).get(address).status_code == 404
    release_match(by=regional_officer_miit, match=match)
    assert login(enterprise_lead).get(address).status_code == 200
    Match.objects.filter(pk=match.pk).update(score=match.score / 2)
    assert officer.get(address).context["moved"]


def test_the_outlook_survives_its_candidate(pool, enterprise, enterprise_lead, regional_officer_miit, login):
    need = make_need(enterprise, enterprise_lead)
    run_all()
    match = Match.objects.filter(need=need, achievement__isnull=False).first()
    Candidate.objects.all().delete()
    answer = login(regional_officer_miit).get(reverse("matching:match_outlook", args=[match.uuid]))
    assert answer.context["standing"].score == match.score


def test_after_an_update_the_outlook_says_so_and_keeps_what_the_run_said(
    pool, enterprise, enterprise_lead, regional_officer_miit, login
):
    need = make_need(enterprise, enterprise_lead)
    address = reverse("matching:why_not", args=[need.uuid])
    client = login(regional_officer_miit)
    asked = {"answer": pool[0].public_no}
    assert client.get(address, asked).context["ran"] is False
    run_all()
    match = Match.objects.filter(need=need, achievement__isnull=False).order_by("-score").first()
    StatisticsVersion.objects.update(engine_version="0")
    seen = client.get(reverse("matching:match_outlook", args=[match.uuid])).context
    kept = {"line": match.candidate.run.policy["floor"], "score": match.score, "probability": match.probability}
    assert (seen["standing"], seen["ran"], seen["kept"]) == (None, True, kept)
    assert client.get(address, asked).context["ran"] is True


def test_a_chance_is_an_estimate_until_grades_given_here_have_set_it(
    pool, enterprise, enterprise_lead, regional_officer_miit, login
):
    need = make_need(enterprise, enterprise_lead)
    run_all()
    match = Match.objects.filter(need=need, achievement__isnull=False).order_by("-score").first()
    client, address = login(regional_officer_miit), reverse("matching:match_outlook", args=[match.uuid])

    def graded():
        return client.get(address).context["standing"].chance.graded

    assert graded() is False
    RankingModel.objects.create(engine_version="1", policy={}, verdict="better", pairs=300, needs=30, input_digest="a")
    assert graded() is False  # the run has not used what was learned
    run = match.candidate.run
    run.policy["calibration"] = [[0.1, 0.2, 300], [0.5, 0.6, 300]]
    run.save(update_fields=["policy"])
    assert graded() is True
    RankingModel.objects.all().delete()
    assert graded() is False  # what an older engine came with
