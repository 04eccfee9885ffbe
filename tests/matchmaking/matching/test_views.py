"""Pages of matching: who gets in, what each reader may see, what a late or careless click brings."""

import pytest
from django.conf import settings
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Achievement
from matchmaking.common.search import search_vector
from matchmaking.matching.models import ContactReveal, Match
from matchmaking.matching.services.answers import answer_match
from matchmaking.matching.services.review import drop_match, release_match
from matchmaking.vocabularies.selectors import warm
from needs.models import NeedBody
from tests.factories.accounts import OrganisationFactory
from tests.factories.catalog import AchievementFactory, CompletingUnitFactory
from tests.factories.matching import MatchFactory
from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(regional_officer_miit):
    return regional_officer_miit


def url(name, match=None, **more):
    return reverse(f"matching:{name}", args=[match.uuid] if match else [])


# --- The queue --------------------------------------------------------------------------------------------------


def test_the_queue_shows_both_records_and_the_reasons(match, officer, login):
    page = login(officer).get(url("review_queue")).content.decode()
    assert match.need.title in page
    assert match.achievement.title in page
    assert "涡流检测" in page


@pytest.mark.parametrize("who", ["enterprise_lead", "university_officer", "park_admin", "stranger", "national_officer"])
def test_only_reviewers_enter_the_queue(who, request, login):
    assert login(request.getfixturevalue(who)).get(url("review_queue")).status_code == 403


def test_an_officer_sees_his_region_only(match, other_regional_officer_miit, login):
    client = login(other_regional_officer_miit)
    assert match.need.title not in client.get(url("review_queue")).content.decode()
    assert client.get(url("match_detail", match)).status_code == 404
    assert client.post(url("match_release", match)).status_code == 404


def test_many_are_released_at_once_and_foreign_ones_are_left_alone(match, officer, other_enterprise,
                                                                   other_enterprise_lead, login):  # fmt: skip
    foreign = MatchFactory(need=make_need(other_enterprise, other_enterprise_lead))
    login(officer).post(url("review_decide"), {"do": "release", "pk": [match.pk, foreign.pk, "x", "9" * 30]})
    assert Match.objects.get(pk=match.pk).state == "released"
    assert Match.objects.get(pk=foreign.pk).state == "proposed"


def test_dropping_many_needs_a_reason(match, officer, login):
    client = login(officer)
    client.post(url("review_decide"), {"do": "drop", "pk": [match.pk], "drop-reason": ""})
    assert Match.objects.get(pk=match.pk).state == "proposed"
    client.post(url("review_decide"), {"do": "drop", "pk": [match.pk], "drop-reason": "price"})
    assert Match.objects.get(pk=match.pk).state == "dropped"


def test_ticking_nothing_says_so(officer, login):
    page = login(officer).post(url("review_decide"), {"do": "release"}, follow=True).content.decode()
    assert "请至少勾选一项" in page


def test_the_second_officer_is_told_who_decided(match, officer, secretary, login):
    drop_match(by=officer, match=match, reason="price")
    response = login(secretary).post(url("match_release", match))
    assert response.status_code == 409
    assert str(officer) in response.content.decode()


def test_the_queue_costs_the_same_for_any_number_of_rows(need, officer, login, university, researcher):
    def queries(rows):
        while Match.objects.count() < rows:
            fresh = AchievementFactory(state="accepted", body__owner=university, body__created_by=researcher)
            MatchFactory(need=need, achievement=fresh)
        warm()
        client = login(officer)
        client.get(url("review_queue"))  # exposures of the day are written once
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert client.get(url("review_queue")).status_code == 200
        return len(caught)

    few, many = queries(2), queries(15)
    assert few == many
    assert many <= 16  # 12 for the page, session, user, memberships and exposure log aside


# --- The match --------------------------------------------------------------------------------------------------


@pytest.fixture
def released(match, officer):
    return release_match(by=officer, match=match)


def test_the_sides_see_a_match_only_after_its_release(match, enterprise_lead, researcher, officer, login):
    for person in (enterprise_lead, researcher):
        assert login(person).get(url("match_detail", match)).status_code == 404
    release_match(by=officer, match=match)
    for person in (enterprise_lead, researcher):
        assert login(person).get(url("match_detail", match)).status_code == 200


@pytest.mark.parametrize(
    "who", ["stranger", "other_enterprise_lead", "other_university_officer", "park_admin", "broker"]
)
def test_nobody_else_finds_it(released, who, request, login):
    client = login(request.getfixturevalue(who))
    assert client.get(url("match_detail", released)).status_code == 404
    assert client.post(url("match_answer", released), {"answer-answer": "interested"}).status_code in (403, 404)
    assert client.post(url("match_contact", released)).status_code in (403, 404)


def test_an_answer_is_taken_and_a_no_without_reason_is_not(released, enterprise_lead, login):
    client = login(enterprise_lead)
    response = client.post(url("match_answer", released), {"answer-answer": "no", "answer-note": "样品不合格"})
    assert response.status_code == 422
    assert "样品不合格" in response.content.decode()
    assert released.sides.get(side="enterprise").answer == ""
    assert client.post(url("match_answer", released), {"answer-answer": "interested"}).status_code == 302
    assert released.sides.get(side="enterprise").answer == "interested"


@pytest.mark.parametrize("data", [{}, {"answer-answer": "maybe"}, {"answer-answer": "later"},
                                  {"answer-answer": "later", "answer-ask_again_on": "2020-01-01"},
                                  {"answer-answer": "later", "answer-ask_again_on": "明天"},
                                  {"answer-answer": "no", "answer-reason": "weather"}])  # fmt: skip
def test_bad_answers_are_named_and_change_nothing(released, enterprise_lead, login, data):
    response = login(enterprise_lead).post(url("match_answer", released), data)
    assert response.status_code == 422
    assert released.sides.get(side="enterprise").answer == ""


def test_contact_data_opens_after_both_yes_and_each_opening_is_written_down(
    released, enterprise_lead, researcher, login
):
    client = login(enterprise_lead)
    answer_match(by=enterprise_lead, match=released, answer="interested")
    assert client.post(url("match_contact", released)).status_code == 403
    assert "contact@example.test" not in client.get(url("match_detail", released)).content.decode()
    answer_match(by=researcher, match=released, answer="interested")
    assert "contact@example.test" not in client.get(url("match_detail", released)).content.decode()
    assert "contact@example.test" in client.post(url("match_contact", released)).content.decode()
    assert ContactReveal.objects.count() == 1


CANARY = "金丝雀工艺名词"


@pytest.mark.parametrize("visibility", ["public", "members", "invited", "hidden_owner"])
def test_a_provider_reads_no_more_of_a_need_than_he_may(enterprise, enterprise_lead, university, researcher, officer,
                                                       login, visibility):  # fmt: skip
    need = make_need(enterprise, enterprise_lead, visibility=visibility, title="标题金丝雀", problem=CANARY,
                     goal=CANARY, background=CANARY)  # fmt: skip
    offered = AchievementFactory(state="accepted", body__owner=university, body__created_by=researcher)
    reasons = [{"signal": "text", "contribution": 0.5, "params": {"share": 0.5, "terms": [[CANARY, 0.5]], "rest": 0},
                "need_quotes": [{"field": "problem", "text": CANARY}], "offer_quotes": []},
               {"signal": "missing_terms", "contribution": 0.0, "params": {"terms": [CANARY]}, "need_quotes": [],
                "offer_quotes": []}]  # fmt: skip
    waiting = MatchFactory(need=need, achievement=offered, reasons=reasons)
    match = release_match(by=officer, match=waiting, though_closed=True)
    answer_match(by=enterprise_lead, match=match, answer="interested")
    client = login(researcher)
    pages = [url("match_detail", match), url("match_list") + "?show=all", "/",
             reverse("matching:achievement_matches", args=[offered.uuid]), "/notifications/"]  # fmt: skip
    seen = "".join(client.get(page).content.decode() for page in pages)
    assert (CANARY in seen) == (visibility != "invited")
    assert ("标题金丝雀" in seen) == (visibility != "invited")
    assert (enterprise.name in seen) == (visibility in ("public", "members"))
    assert str(enterprise_lead) not in seen


def test_a_late_answer_names_nobody_of_the_other_side(
    enterprise, enterprise_lead, university, researcher, officer, login
):
    need = make_need(enterprise, enterprise_lead, visibility="hidden_owner")
    offered = AchievementFactory(state="accepted", body__owner=university, body__created_by=researcher)
    match = release_match(by=officer, match=MatchFactory(need=need, achievement=offered))
    answer_match(by=enterprise_lead, match=match, answer="no", reason="price")
    response = login(researcher).post(url("match_answer", match), {"answer-answer": "interested"})
    assert response.status_code == 409
    assert str(enterprise_lead) not in response.content.decode()
    assert enterprise.name not in response.content.decode()


@pytest.mark.parametrize("visibility", ["public", "members", "invited", "hidden_owner"])
def test_an_enterprise_reads_only_what_an_achievement_shows(need, university, researcher, enterprise_lead, officer,
                                                                  login, visibility):  # fmt: skip
    offered = AchievementFactory(state="accepted", visibility=visibility, title="成果标题金丝雀", summary=CANARY,
                                 body__owner=university, body__created_by=researcher)  # fmt: skip
    CompletingUnitFactory(achievement=offered, organisation=university)
    quote = [{"field": "summary", "text": CANARY}]
    reasons = [{"signal": "text", "contribution": 0.5, "params": {"share": 0.5, "terms": [[CANARY, 0.5]], "rest": 0},
                "need_quotes": [], "offer_quotes": quote}]  # fmt: skip
    waiting = MatchFactory(need=need, achievement=offered, reasons=reasons)
    match = release_match(by=officer, match=waiting, though_closed=True)
    client = login(enterprise_lead)
    pages = [url("match_detail", match), url("match_list"), "/", reverse("matching:need_matches", args=[need.uuid])]
    seen = "".join(client.get(page).content.decode() for page in pages)
    assert (CANARY in seen) == (visibility != "invited")
    assert ("成果标题金丝雀" in seen) == (visibility != "invited")
    assert (university.name in seen) == (visibility in ("public", "members"))


def test_talks_are_recorded_by_a_side(released, enterprise_lead, researcher, login):
    answer_match(by=enterprise_lead, match=released, answer="interested")
    answer_match(by=researcher, match=released, answer="interested")
    client = login(enterprise_lead)
    assert client.post(url("match_advance", released), {"advance-target": "failed"}).status_code == 422
    assert client.post(url("match_advance", released), {"advance-target": "meeting"}).status_code == 302
    assert Match.objects.get(pk=released.pk).state == "meeting"


# --- Fragments, board, runs -------------------------------------------------------------------------------------


def test_the_fragment_of_a_need_follows_the_reader(match, enterprise_lead, officer, stranger, login):
    fragment = reverse("matching:need_matches", args=[match.need.uuid])
    assert match.achievement.title not in login(enterprise_lead).get(fragment).content.decode()
    release_match(by=officer, match=match)
    assert match.achievement.title in login(enterprise_lead).get(fragment).content.decode()
    assert match.achievement.title not in login(stranger).get(fragment).content.decode()


def test_the_board_counts_and_opens_its_rows(released, officer, park_admin, other_regional_officer_miit, login):
    for person, count in ((officer, 1), (park_admin, 1), (other_regional_officer_miit, 0)):
        rows = login(person).get(reverse("matching:board_rows") + "?state=released").content.decode()
        assert rows.count(released.need.public_no) == count
        assert login(person).get(reverse("matching:board")).status_code == 200


def test_a_park_counts_its_tenants_only(released, park, park_admin, enterprise_lead, login):
    neighbour = OrganisationFactory(name="园外企业")
    elsewhere = make_need(neighbour, enterprise_lead)
    MatchFactory(need=elsewhere)
    context = login(park_admin).get(reverse("matching:board")).context
    assert context["funnel"][0]["value"] == 1
    rows = login(park_admin).get(reverse("matching:board_rows") + "?state=proposed").content.decode()
    assert elsewhere.public_no not in rows


@pytest.mark.parametrize("query", ["?programme=nope", "?region=99", "?programme=%00x", "?region[]=32"])
def test_the_board_takes_any_query(officer, login, query):
    assert login(officer).get(reverse("matching:board") + query).status_code in (200, 400)


def test_an_unknown_state_is_missing(officer, login):
    assert login(officer).get(reverse("matching:board_rows") + "?state=nope").status_code == 404


def test_a_run_is_started_watched_and_cancelled(officer, login):
    client = login(officer)
    assert client.post(url("run_list"), {"scope": "programme"}).status_code == 422
    assert client.post(url("run_list"), {"scope": "all"}).status_code == 422
    assert client.post(url("run_list"), {"scope": "region", "region": "37"}).status_code == 422
    response = client.post(url("run_list"), {"scope": "region", "region": "32"}, follow=True)
    run = response.context["run"]
    assert response.status_code == 200
    client.post(reverse("matching:run_cancel", args=[run.uuid]))
    run.job.refresh_from_db()
    assert run.job.state == "cancelled"


def test_the_secretariat_runs_everything_and_ends_any_run(officer, secretary, other_regional_officer_miit, login):
    client = login(officer)
    run = client.post(url("run_list"), {"scope": "region", "region": "32"}, follow=True).context["run"]
    assert login(other_regional_officer_miit).post(reverse("matching:run_cancel", args=[run.uuid])).status_code == 403
    assert login(secretary).post(reverse("matching:run_cancel", args=[run.uuid])).status_code == 302
    assert login(secretary).post(url("run_list"), {"scope": "all"}).status_code == 302


def test_what_came_of_a_meeting_is_kept_for_both_sides(released, enterprise_lead, researcher, officer, login):
    answer_match(by=enterprise_lead, match=released, answer="interested")
    answer_match(by=researcher, match=released, answer="interested")
    data = {"advance-target": "meeting", "advance-note": "约定下周送样"}
    login(enterprise_lead).post(url("match_advance", released), data)
    for person in (enterprise_lead, researcher, officer):
        assert "约定下周送样" in login(person).get(url("match_detail", released)).content.decode()


def test_a_pair_is_proposed_by_hand(need, achievement, broker, login):
    client = login(broker)
    page = reverse("matching:match_propose", args=[need.uuid])
    assert client.post(page, {"number": "CG-1999-000001", "note": "适合"}).status_code == 422
    assert client.post(page, {"number": achievement.public_no.lower(), "note": "适合"}).status_code == 302
    assert client.post(page, {"number": achievement.public_no, "note": "适合"}).status_code == 422
    assert Match.objects.get().proposed_by == broker


# --- A proposal by hand -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "told"), [("secretary", True), ("university_officer", False)])
def test_who_decides_is_told_that_the_engine_had_proposed_the_pair(match, who, told, request, login):
    client = login(request.getfixturevalue(who))
    assert client.get(reverse("matching:match_propose", args=[match.need.uuid])).status_code == 200
    response = client.post(
        reverse("matching:match_propose", args=[match.need.uuid]),
        {"number": match.achievement.public_no, "note": "已有合作基础"},
    )
    levels = [one.level_tag for one in get_messages(response.wsgi_request)]
    assert ("info" in levels, "success" in levels) == (told, not told)
    assert Match.objects.get().proposal_note == "已有合作基础"


@pytest.mark.parametrize("who", ["secretary", "university_officer", "broker", "other_university_officer"])
@pytest.mark.parametrize("closed", ["need", "achievement", None])
def test_whoever_proposes_reads_both_texts(need, achievement, who, closed, request, login):
    """So he may be told how well they fit."""
    person = request.getfixturevalue(who)
    if closed:
        record = need if closed == "need" else achievement
        type(record).objects.filter(pk=record.pk).update(visibility="invited")
    form = {"number": achievement.public_no, "note": "已有合作基础"}
    response = login(person).post(reverse("matching:match_propose", args=[need.uuid]), form)
    reads = NeedBody.objects.readable_by(person).filter(pk=need.pk).exists() and (
        Achievement.objects.visible_to(person).filter(pk=achievement.pk).exists()
    )
    assert (response.status_code == 302) == reads == Match.objects.exists()


def test_a_weak_proposal_by_hand_is_told_to_lie_below_the_line(need, achievement, secretary, login, monkeypatch):
    said = {"score": 0.1, "probability": None, "reasons": []}
    monkeypatch.setattr("matchmaking.matching.services.review.explain_pair", lambda *_pair: said)
    form = {"number": achievement.public_no, "note": "已有合作基础"}
    response = login(secretary).post(reverse("matching:match_propose", args=[need.uuid]), form)
    [below] = [one.message for one in get_messages(response.wsgi_request) if one.level_tag == "warning"]
    assert "10.0" in below


def test_a_side_is_led_to_its_answer_and_reads_it_before_its_judgement(released, researcher, officer, login):
    page = login(researcher).get(url("match_detail", released)).content.decode()
    assert page.index("data-answer-form") < page.index(f'id="grade-{released.uuid}"')
    client = login(researcher)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    button = client.get(url("match_detail", released)).content.decode().split('href="#decision">')[1]
    assert button.startswith("To our answer<")


def test_words_in_place_of_a_number_offer_records_of_the_pool_to_choose_from(need, achievement, broker, login):
    draft, gone = AchievementFactory(state="draft"), AchievementFactory(state="stale")
    assert gone in Achievement.objects.visible_to(broker)  # he reads it, but nobody is matched with it
    for one in (achievement, draft, gone):
        Achievement.objects.filter(pk=one.pk).update(search_vector=search_vector({"A": "涡流阵列检测"}))
    client, page = login(broker), reverse("matching:match_propose", args=[need.uuid])
    asked = {"number": "涡流阵列检测", "note": "已有合作基础"}
    shown = client.post(page, asked)
    assert shown.status_code == 422
    assert [one for one, _seen in shown.context["offered"]] == [achievement]
    assert "已有合作基础" in shown.content.decode()
    assert not shown.context["form"].has_error("number", "unknown")  # it is not said that nothing was found
    assert client.post(page, asked | {"pick": draft.public_no}).status_code == 422
    assert client.post(page, asked | {"pick": achievement.public_no}).status_code == 302
    assert Match.objects.get().proposal_note == "已有合作基础"


def test_nothing_is_offered_for_words_that_no_record_holds(need, achievement, broker, login):
    page = reverse("matching:match_propose", args=[need.uuid])
    for words in ("查无此词", "x" * 61, ""):
        shown = login(broker).post(page, {"number": words, "note": "适合"})
        assert (shown.status_code, shown.context["offered"]) == (422, [])


@pytest.mark.parametrize("who", ["secretary", "officer"])
def test_a_release_of_many_says_how_long_the_sides_have_and_where_the_matches_stand(match, who, request, login):
    client = login(request.getfixturevalue(who))
    asked = client.post(reverse("matching:review_decide"), {"do": "release", "pk": [match.pk]})
    [said] = [one.message for one in get_messages(asked.wsgi_request)]
    assert str(settings.ANSWER_WORKING_DAYS) in said
    address = said.split('href="')[1].split('"')[0]
    assert match.need.title in client.get(address).content.decode()
