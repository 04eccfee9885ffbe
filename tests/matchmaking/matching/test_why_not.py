"""Why a named pair is not proposed: its score as a run stores it, what excludes it, the line. For its readers only."""

# ruff: noqa: F811 (fixtures of another module)

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from catalog.services.records import write_search_vector
from experts.models import Conflict
from matchmaking.common.search import search_vector
from matchmaking.matching import beside, whatif, whynot
from matchmaking.matching.models import Candidate, Match, MatchRun, RunNeed, StatisticsVersion
from matchmaking.matching.services import fitting
from matchmaking.matching.services.review import drop_match
from matchmaking.matching.templatetags.matching import tenths
from tests.factories.catalog import AchievementFactory
from tests.factories.experts import make_expert
from tests.factories.needs import make_need
from tests.factories.teams import make_team
from tests.matchmaking.matching.test_runs import low_floor, pool, run_all  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db


@pytest.fixture
def need(pool, enterprise, enterprise_lead):
    return make_need(enterprise, enterprise_lead)


@pytest.fixture
def expert(university, university_officer):
    return make_expert(university, university_officer, directions="锻造叶片裂纹的在线检测与涡流探头")


@pytest.fixture
def ranked(need, expert):
    """The run has finished; nothing of it is proposed for lack of places."""
    return run_all()


def asked(client, need, answer):
    response = client.get(
        reverse("matching:why_not", args=[need.uuid]), {"answer": answer}, headers={"HX-Request": "true"}
    )
    assert response.status_code == 200
    return response


def test_a_pair_alone_scores_and_reads_as_the_run_has_stored_it(ranked):
    stored = Candidate.objects.of_run(ranked).select_related("need__body__owner", "achievement", "expert__organisation")
    assert stored.count() > 3
    for one in stored:
        standing = whatif.stand(one.need, one.target, whatif.frozen_of(ranked))
        assert (standing.score, standing.reasons) == (one.score, one.reasons)


def test_the_model_is_read_once_a_process(ranked, need, pool, django_assert_max_num_queries):
    frozen = whatif.frozen_of(ranked)
    whatif.stand(need, pool[0], frozen)
    with django_assert_max_num_queries(6):
        whatif.stand(need, pool[0], frozen)


def test_the_answer_is_found_by_number_or_by_words(ranked, need, pool, login, regional_officer_miit):
    client = login(regional_officer_miit)
    write_search_vector(pool[0])
    by_number = asked(client, need, pool[0].public_no.lower())
    assert by_number.context["answer"] == pool[0]
    by_words = asked(client, need, pool[0].title[:6])
    assert pool[0] in [one for one, _seen in by_words.context["offered"]]
    assert asked(client, need, "没有这样的成果").context["offered"] == []


def test_words_are_looked_up_in_the_search_index_alone(ranked, pool, expert, university_officer, regional_officer_miit):
    """Of every kind, and no text is read through for them."""
    write_search_vector(pool[0])
    team = make_team(expert, university_officer, name="叶片涡流检测团队", summary="叶片表面裂纹的涡流在线检测。")
    for one, words in ((expert, expert.directions), (team, team.name)):
        type(one).objects.filter(pk=one.pk).update(search_vector=search_vector({"A": words}))
    with CaptureQueriesContext(connection) as counted:
        offered = whynot.offer_answers(regional_officer_miit, "涡流检测")
    assert offered == [pool[0], expert, team]
    asking = [query["sql"] for query in counted if "涡流" in query["sql"]]
    looked_up, ranked_by_keys = ([sql for sql in asking if sign in sql] for sign in ("@@", "ANY("))
    assert len(looked_up) == 3
    assert all(sql in looked_up + ranked_by_keys and "LIKE" not in sql for sql in asking)


def test_the_place_it_would_have_is_said_to_the_officer_alone(
    ranked, need, pool, login, regional_officer_miit, enterprise_lead
):
    listed = Candidate.objects.filter(run=ranked, need=need, achievement__isnull=False).order_by("rank")
    for place, one in enumerate(listed, start=1):
        context = asked(login(regional_officer_miit), need, one.achievement.public_no).context
        assert (context["place"], context["listed"]) == (place, True)
    assert asked(login(enterprise_lead), need, listed[0].achievement.public_no).context["place"] is None


def test_equal_scores_stand_in_the_order_of_their_numbers(pool):
    answer = pool[0]
    before, after = "AA-1", "ZZ-1"
    assert whynot.place_of(answer, 0.5, [(before, 0.5), (after, 0.5)]) == 2
    assert whynot.place_of(answer, 0.5, [("X", 0.9), (answer.public_no, 0.5)]) == 2


def kinds(client, need, answer):
    return [one.kind for one in asked(client, need, answer.public_no).context["obstacles"]]


def test_what_decided_against_it_is_said_with_its_day(ranked, need, pool, login, regional_officer_miit, broker):
    match = Match.objects.filter(need=need, achievement=pool[0]).first()
    assert kinds(login(regional_officer_miit), need, pool[0]) == ["matched"]
    drop_match(by=regional_officer_miit, match=match, reason="price")
    response = asked(login(regional_officer_miit), need, pool[0].public_no)
    assert [one.kind for one in response.context["obstacles"]] == ["earlier_refusal"]
    assert f"{timezone.localtime(response.context['obstacles'][0].on):%Y-%m-%d}" in response.content.decode()
    assert kinds(login(broker), need, pool[0]) == []  # whoever does not see the match does not hear of it


def test_a_record_outside_the_pool_is_named_as_the_reason(ranked, need, login, researcher, university):
    draft = AchievementFactory(state="draft", body__owner=university, body__created_by=researcher)
    assert kinds(login(researcher), need, draft) == ["target_not_in_pool"]


def test_one_owner_is_said_unless_a_hidden_owner_would_be_told(
    ranked, pool, enterprise, enterprise_lead, login, regional_officer_miit, broker
):
    own = AchievementFactory(state="accepted", body__owner=enterprise, body__created_by=enterprise_lead)
    own.completing_units.create(organisation=enterprise, position=1)
    open_need = make_need(enterprise, enterprise_lead)
    hidden = make_need(enterprise, enterprise_lead, visibility="hidden_owner")
    assert kinds(login(broker), open_need, own) == ["same_owner"]
    assert kinds(login(broker), hidden, own) == []
    assert kinds(login(enterprise_lead), hidden, own) == ["same_owner"]
    told, untold = (asked(login(broker), one, own.public_no).context["all_told"] for one in (open_need, hidden))
    assert (told, untold) == (True, False)


def test_of_a_hidden_owner_the_page_says_the_same_whoever_it_is(
    ranked, pool, enterprise, enterprise_lead, other_enterprise, other_enterprise_lead, login, broker
):
    own = AchievementFactory(state="accepted", body__owner=enterprise, body__created_by=enterprise_lead)
    own.completing_units.create(organisation=enterprise, position=1)
    said = []
    for owner, lead in ((enterprise, enterprise_lead), (other_enterprise, other_enterprise_lead)):
        context = asked(login(broker), make_need(owner, lead, visibility="hidden_owner"), own.public_no).context
        said.append((context["obstacles"], context["all_told"]))
    assert said[0] == said[1] == ([], False)


def test_a_declared_conflict_stays_with_those_who_see_the_expert_s_file(
    ranked, need, expert, enterprise, login, university_officer, enterprise_lead, broker
):
    Conflict.objects.create(expert=expert, organisation=enterprise)
    assert kinds(login(university_officer), need, expert) == ["declared_conflict"]
    for person in (enterprise_lead, broker):
        context = asked(login(person), need, expert.public_no).context
        assert ([one.kind for one in context["obstacles"]], context["all_told"]) == ([], False)


def test_a_pair_of_single_characters_is_not_said_to_lie_below_the_line(
    ranked, need, pool, login, regional_officer_miit
):
    MatchRun.objects.filter(pk=ranked.pk).update(policy=ranked.policy | {"least_wording": 99.0})
    response = asked(login(regional_officer_miit), need, pool[0].public_no)
    standing = response.context["standing"]
    assert (standing.above, standing.worded, standing.score > standing.line) == (False, False, True)
    page, told = response.content.decode(), {"score": tenths(standing.score), "gap": tenths(standing.gap)}
    assert gettext("this pair has %(score)s and lies %(gap)s below it.") % told not in page
    said = gettext(
        "this pair has %(score)s, but the two texts share hardly more than single characters. Such a pair is not "
        "proposed, whatever its score."
    )
    assert said % told in page


def test_a_team_is_compared_too(ranked, need, expert, university_officer, login, regional_officer_miit):
    team = make_team(expert, university_officer, name="叶片检测团队", summary="叶片表面裂纹的涡流在线检测。")
    context = asked(login(regional_officer_miit), need, team.public_no).context
    assert context["by_hand_only"]
    assert context["standing"].score > 0


def test_before_the_first_run_the_page_says_so(need, pool, login, regional_officer_miit):
    assert asked(login(regional_officer_miit), need, pool[0].public_no).context["standing"] is None


@pytest.mark.parametrize("who", ["stranger", "other_enterprise_lead", "researcher", "broker"])
def test_no_score_where_a_text_is_closed(ranked, pool, enterprise, enterprise_lead, login, who, request):
    person = request.getfixturevalue(who)
    secret = make_need(enterprise, enterprise_lead, visibility="invited")
    assert login(person).get(reverse("matching:why_not", args=[secret.uuid])).status_code == 404
    closed = AchievementFactory(state="accepted", visibility="invited", title="不公开的成果")
    open_need = make_need(enterprise, enterprise_lead)
    response = login(person).get(reverse("matching:why_not", args=[open_need.uuid]), {"answer": closed.public_no})
    assert response.status_code == (404 if who == "stranger" else 200)
    assert "不公开的成果" not in response.content.decode()
    if who != "stranger":
        assert response.context["answer"] is None
        assert asked(login(person), open_need, "不公开的成果").context["offered"] == []


def test_the_page_counts_its_queries(ranked, need, pool, login, regional_officer_miit, django_assert_max_num_queries):
    client = login(regional_officer_miit)
    asked(client, need, pool[0].public_no)
    with django_assert_max_num_queries(45):
        asked(client, need, pool[0].public_no)


def test_a_list_whose_statistics_were_let_go_of_is_answered_by_the_newest(
    ranked, need, pool, login, regional_officer_miit
):
    match = Match.objects.filter(need=need, achievement=pool[0]).first()
    client = login(regional_officer_miit)
    before = asked(client, need, pool[0].public_no).context["place"]
    held = StatisticsVersion.objects.get(pk=ranked.statistics_id)
    for night in range(3):
        StatisticsVersion.objects.create(
            engine_version=held.engine_version, digest=f"{night}" * 64, payload=held.payload, documents=1
        )
    later = StatisticsVersion.objects.get(digest="2" * 64)  # by now a run over everything stands on it
    MatchRun.objects.create(scope="all", finished_at=timezone.now(), policy=ranked.policy, statistics=later,
                            engine_version=held.engine_version)  # fmt: skip
    assert fitting.prune_statistics()["emptied"] == 1
    beside._model_at_once.cache_clear()
    assert client.get(reverse("matching:match_outlook", args=[match.uuid])).context["standing"] is not None
    context = asked(client, need, pool[0].public_no).context
    assert (before, context["place"], context["listed"]) == (1, None, True)


def test_the_outlook_reads_nothing_but_the_name_of_the_statistics(ranked, need, login, regional_officer_miit):
    address = reverse("matching:match_outlook", args=[Match.objects.filter(need=need).first().uuid])
    client = login(regional_officer_miit)
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    read = [query["sql"].split(" FROM ")[0] for query in queries if query["sql"].startswith("SELECT")]
    assert any("statisticsversion" in columns for columns in read)
    assert not any("payload" in columns for columns in read)


def test_an_answer_that_fell_out_of_the_newest_list_has_no_place(ranked, need, pool, login, regional_officer_miit):
    client = login(regional_officer_miit)
    assert asked(client, need, pool[0].public_no).context["place"] == 1
    newest = MatchRun.objects.create(scope="all", finished_at=timezone.now(), policy=ranked.policy,
                                     statistics=ranked.statistics)  # fmt: skip
    RunNeed.objects.create(run=newest, need=need, source=newest, text_version=1)
    context = asked(client, need, pool[0].public_no).context
    assert (context["place"], context["listed"], context["length"]) == (None, False, 0)
