"""A match proposed by hand enters with what a run would say of it, or the next run says it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from matchmaking.matching.models import Candidate, Match, StatisticsVersion
from matchmaking.matching.services import review
from matchmaking.matching.services.pairs import explain_pair
from matchmaking.matching.services.review import propose_match
from tests.factories.experts import make_expert
from tests.factories.needs import make_need
from tests.factories.teams import make_team
from tests.matchmaking.matching.test_runs import low_floor, pool, run_all  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db


@pytest.fixture
def need(pool, enterprise, enterprise_lead):  # noqa: F811 (the fixture)
    return make_need(enterprise, enterprise_lead)


@pytest.fixture
def expert(university, university_officer):
    return make_expert(university, university_officer, directions="锻造叶片裂纹的在线检测与涡流探头")


@pytest.fixture
def team(expert, university_officer):
    return make_team(expert, university_officer, name="叶片检测团队", summary="叶片表面裂纹的涡流在线检测。")


def said(match):
    return {name: getattr(match, name) for name in ("score", "probability", "reasons")}


@pytest.mark.parametrize("kind", ["achievement", "expert"])
def test_a_pair_by_hand_says_what_a_run_stores(need, pool, expert, secretary, settings, kind):  # noqa: F811
    settings.MATCHES_PER_NEED = {"achievement": 0, "expert": 0}
    found = run_all()
    wanted = Candidate.objects.get(run=found, need=need, **{kind: {"achievement": pool[0], "expert": expert}[kind]})

    match = propose_match(by=secretary, need=need, target=wanted.target)

    assert said(match) == said(wanted)
    assert match.reasons[0]["need_quotes"]
    assert sum(one["contribution"] for one in match.reasons) == pytest.approx(match.score, abs=1e-6)


def test_a_pair_that_no_ranking_would_hold_is_explained_as_well(need, pool, secretary):  # noqa: F811
    run_all()
    match = propose_match(by=secretary, need=need, target=pool[2])
    assert sum(one["contribution"] for one in match.reasons) == pytest.approx(match.score, abs=1e-6)


def test_before_the_first_fit_the_next_run_says_it(need, pool, expert, team, secretary):  # noqa: F811
    matches = [propose_match(by=secretary, need=need, target=one) for one in (pool[0], pool[2], expert, team)]
    assert [(one.score, one.reasons) for one in matches] == [(None, [])] * 4

    run_all()

    for match in Match.objects.filter(pk__in=[one.pk for one in matches]):
        assert said(match) == explain_pair(need, match.target)
        assert match.reasons


def test_a_run_says_it_anew_once_a_text_has_changed(need, pool, secretary):  # noqa: F811
    run_all()
    match = propose_match(by=secretary, need=need, target=pool[4])
    type(pool[4]).objects.filter(pk=pool[4].pk).update(title="叶片裂纹图像检测", text_version=pool[4].text_version + 1)

    run_all()

    again = Match.objects.get(pk=match.pk)
    assert again.score > match.score
    assert again.target_text_version == match.target_text_version + 1


def test_a_decided_match_keeps_what_was_said(need, pool, secretary):  # noqa: F811
    from matchmaking.matching.services.review import release_match

    run_all()
    match = propose_match(by=secretary, need=need, target=pool[4])
    release_match(by=secretary, match=match)
    type(pool[4]).objects.filter(pk=pool[4].pk).update(title="叶片裂纹图像检测")

    run_all()

    assert Match.objects.get(pk=match.pk).reasons == match.reasons


def test_a_team_is_explained_by_its_own_texts(need, team, expert, secretary, login):
    run_all()
    match = propose_match(by=secretary, need=need, target=team)

    [text] = [one for one in match.reasons if one["signal"] == "text"]
    assert text["params"]["terms"]
    assert all(expert.directions not in quote["text"] for quote in text["offer_quotes"])
    page = login(secretary).get(match.get_absolute_url()).content.decode()
    assert all(wording in page for wording, _weight in text["params"]["terms"])


def test_a_team_is_found_by_its_number(need, team, broker, login):
    page = reverse("matching:match_propose", args=[need.uuid])
    answer = login(broker).post(page, {"number": team.public_no.lower(), "note": "团队合适"})
    assert answer.status_code == 302
    assert Match.objects.get(team=team).proposal_note == "团队合适"


def test_what_an_older_engine_has_fitted_is_not_read(need, pool):  # noqa: F811
    run_all()
    StatisticsVersion.objects.update(engine_version="0")
    assert explain_pair(need, pool[0]) == {"score": None, "probability": None, "reasons": []}


def test_an_engine_that_fails_keeps_nobody_from_proposing(need, pool, secretary, monkeypatch):  # noqa: F811
    def failing(*_pair):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    monkeypatch.setattr(review, "explain_pair", failing)
    match = propose_match(by=secretary, need=need, target=pool[0])
    assert said(match) == {"score": None, "probability": None, "reasons": []}

    run_all()

    match.refresh_from_db()
    assert match.reasons


def test_nobody_waits_at_a_lock_for_the_engine(need, pool, secretary):  # noqa: F811
    run_all()
    with CaptureQueriesContext(connection) as asked:
        propose_match(by=secretary, need=need, target=pool[4])
    statements = [one["sql"] for one in asked]
    explained = max(at for at, sql in enumerate(statements) if "matching_statisticsversion" in sql)
    locked = min(at for at, sql in enumerate(statements) if "NO KEY UPDATE" in sql)
    assert explained < locked
