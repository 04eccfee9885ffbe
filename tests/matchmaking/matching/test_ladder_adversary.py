"""Attempts to read past the ladder: by a mandate, after leaving, by counts, searches, notes, mails, foreign ids."""

import re
from dataclasses import replace
from urllib.parse import quote

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog.models import Completer, CompletingUnit
from matchmaking.accounts.enums import OrganisationKind, OrganisationState, Role
from matchmaking.accounts.mandates.services import offer_mandate, sign_mandate
from matchmaking.accounts.membership import remove_person
from matchmaking.accounts.models import User
from matchmaking.matching import snapshot
from matchmaking.matching.enums import LADDER, Answer, Side, Step
from matchmaking.matching.models import Contact, Disclosure, Match, NdaAcceptance, Question
from matchmaking.matching.sealed import sealed_counts, sealed_pairs, sealed_rows
from matchmaking.matching.services.answers import answer_match
from matchmaking.matching.services.disclosing import open_step, revoke_step, withdraw_nda
from matchmaking.matching.services.questions import NotToBeSaid, answer_question, ask
from matchmaking.matching.services.review import NotAllowed, release_match
from matchmaking.matching.steps import need_sections, target_sections
from matchmaking.notifications.models import OutboxMail
from matchmaking.vocabularies.models import Region
from matchmaking.vocabularies.selectors import region_label
from tests.factories.accounts import OrganisationFactory, member, region
from tests.factories.catalog import AchievementFactory, IndicatorFactory
from tests.factories.experts import make_expert
from tests.factories.matching import MatchFactory
from tests.factories.needs import make_need
from tests.matchmaking.matching.test_fitting import candidate, run  # noqa: F401 (fixtures)
from tests.matchmaking.matching.test_ladder_reading import (  # noqa: F401 (fixtures)
    OF_NEED,
    OF_TARGET,
    REASONS,
    climb,
    offered,
    released,
    secret,
    told,
    words,
)

pytestmark = pytest.mark.django_db
ALL_OF_NEED, ALL_OF_TARGET = words(OF_NEED, LADDER), words(OF_TARGET, LADDER)


def page_of(client, match):
    response = client.get(match.get_absolute_url())
    return response.content.decode() if response.status_code == 200 else ""


def met(listed, text):
    return [word for word in listed if word in text]


@pytest.fixture
def closed_target(enterprise, enterprise_lead, offered, regional_officer_miit):  # noqa: F811
    """A confidential achievement, matched with a need that its enterprise shows to all."""
    match = MatchFactory(need=make_need(enterprise, enterprise_lead), achievement=offered, reasons=REASONS)
    return release_match(by=regional_officer_miit, match=match, though_closed=True)


@pytest.fixture
def agent(broker):
    """`agent(client, by)`: the broker acts for that organisation under a mandate in force."""

    def act_for(client, by):
        today = timezone.localdate()
        mandate = offer_mandate(by=broker, client=client, subject="寻找伙伴", starts_on=today,
                                ends_on=today + timezone.timedelta(days=30))  # fmt: skip
        sign_mandate(by=by, mandate=mandate, version=1)
        return User.objects.get(pk=broker.pk)

    return act_for


# --- A mandate is no side  --------------------------------------------------------------------------------------------


def test_the_broker_of_the_enterprise_reads_nothing_that_the_other_side_opens_to_it(
    closed_target, climb, agent, enterprise, enterprise_lead, login  # noqa: F811
):  # fmt: skip
    person = agent(enterprise, enterprise_lead)
    Match.objects.filter(pk=closed_target.pk).update(proposed_by=person, origin="human")
    climb(closed_target, Side.PROVIDER, 4)
    client = login(person)
    assert client.get(closed_target.get_absolute_url()).status_code == 200
    assert met(ALL_OF_TARGET, told(client, closed_target)) == []
    for name in ("match_step", "match_step_revoke"):
        address = reverse(f"matching:{name}", args=[closed_target.uuid, "problem"])
        assert client.post(address).status_code == 403
    assert client.get(reverse("matching:need_disclosures", args=[closed_target.need.uuid])).status_code == 403


def test_the_broker_of_the_university_reads_nothing_of_the_need(
    released, climb, agent, university, university_officer, login  # noqa: F811
):  # fmt: skip
    person = agent(university, university_officer)
    climb(released, Side.ENTERPRISE, 4)
    client = login(person)
    assert met(ALL_OF_NEED, told(client, released)) == []
    assert client.get(reverse("matching:sealed_needs")).status_code == 403
    assert not sealed_pairs(person)
    with pytest.raises(NotAllowed):
        open_step(by=person, match=released, step=Step.PROBLEM)


def test_the_broker_of_the_enterprise_reads_no_counts_and_no_ledger(
    secret, agent, enterprise, enterprise_lead, login  # noqa: F811
):  # fmt: skip
    client = login(agent(enterprise, enterprise_lead))
    response = client.get(reverse("matching:need_matches", args=[secret.uuid]))
    assert (response.status_code, "sealed" in response.context, response.context["ledger_url"]) == (200, False, "")


# --- Who has left  ----------------------------------------------------------------------------------------------------


def test_an_inventor_who_works_for_nobody_reads_nothing_of_what_is_opened_to_his_side(
    released, climb, other_university, other_university_officer, login  # noqa: F811
):  # fmt: skip
    inventor = member(other_university, Role.RESEARCHER, username="inventor", full_name="发明人乙")
    Completer.objects.create(achievement=released.achievement, name="发明人乙", user=inventor)
    climb(released, Side.ENTERPRISE, 4)
    question = ask(by=inventor, match=released, text="氧化皮多厚？")
    assert met(ALL_OF_NEED, page_of(login(inventor), released))
    remove_person(by=other_university_officer, membership=inventor.memberships.get())
    left = User.objects.get(pk=inventor.pk)
    assert met([*ALL_OF_NEED, "氧化皮多厚"], told(login(left), released)) == []
    for rows in (Disclosure.objects.all(), NdaAcceptance.objects.all(), Question.objects.all()):
        assert not rows.visible_to(left)
    with pytest.raises(NotAllowed):
        answer_question(by=left, question=question, text="一毫米。")


def test_a_reader_of_the_enterprise_reads_what_is_opened_to_it_and_does_nothing(
    closed_target, climb, enterprise, login  # noqa: F811
):  # fmt: skip
    reader = member(enterprise, Role.ENTERPRISE_READER, username="reader_of_two")
    client = login(reader)
    assert met(ALL_OF_TARGET, told(client, closed_target)) == []
    climb(closed_target, Side.PROVIDER, 4)
    page = page_of(client, closed_target)
    assert met(ALL_OF_TARGET, page) == ALL_OF_TARGET
    assert f"{closed_target.uuid}/steps/" not in page
    addresses = [reverse("matching:match_step", args=[closed_target.uuid, "identity"]),
                 reverse("matching:match_agreement", args=[closed_target.uuid])]  # fmt: skip
    for address in addresses:
        assert (client.get(address).status_code, client.post(address).status_code) == (403, 403)


# --- Lists, counts, searches, mails  ----------------------------------------------------------------------------------


def everywhere(client):
    """What this reader gets from lists, counts, facets, exports, suggestions and the first screen."""
    pools = [f"/{pool}/{end}" for pool in ("needs", "achievements", "experts") for end in ("", "facets/")]
    pools += ["/api/needs/", "/api/achievements/", "/", "/search/?q=检测", "/needs/?q=检测", "/matches/fitting/"]
    return {address: plain(client.get(address)) for address in pools}


def plain(response, *asked):
    text = (b"".join(response) if response.streaming else response.content).decode()
    text = re.sub(r'(csrfmiddlewaretoken" value="|X-CSRFToken": "|nonce=")[^"]*', r"\1", text.split("<main")[-1])
    for word in asked:
        text = text.replace(word, "*").replace(quote(word), "*")
    return text


@pytest.mark.parametrize("who", ["researcher", "university_officer", "broker", None])
def test_no_list_count_or_search_changes_by_what_is_opened(
    released, climb, login, who, request, enterprise_lead  # noqa: F811
):  # fmt: skip
    """An opening is read on the pages of the match, and nowhere else: not a byte differs, and no word is found."""
    climb(released, Side.ENTERPRISE, 0)
    client = login(request.getfixturevalue(who) if who else None)
    everywhere(client)  # what the first look changes
    before = everywhere(client)
    for step in LADDER:
        open_step(by=enterprise_lead, match=released, step=step)
    after = everywhere(client)
    told_of = {"/"} if who in ("researcher", "university_officer") else set()  # the list of one's matches, and the bell
    assert {one for one in after if after[one] != before[one]} <= told_of
    for word in set(ALL_OF_NEED) - set(OF_NEED[Step.IDENTITY]):  # the enterprise stands in the public directory
        nothing = "鼟" * len(word)
        for address in ("/search/", "/needs/", "/api/needs/", "/needs/facets/"):
            found, empty = client.get(address, {"q": word}), client.get(address, {"q": nothing})
            assert plain(found, word) == plain(empty, nothing), (address, word)


def test_no_mail_and_no_message_says_a_word_of_the_texts(released, climb, researcher, enterprise_lead, login):  # noqa: F811
    climb(released, Side.ENTERPRISE, 4)
    question = ask(by=researcher, match=released, text="氧化皮多厚？")
    answer_question(by=enterprise_lead, question=question, text="一毫米左右。")
    revoke_step(by=enterprise_lead, match=released, step=Step.PROBLEM)
    withdraw_nda(by=enterprise_lead, match=released)
    mails = [f"{mail.to} {mail.subject}\n{mail.body}" for mail in OutboxMail.objects.all()]
    assert len(mails) >= 5
    bells = [login(person).get("/notifications/").content.decode().split("<main")[-1]
             for person in (researcher, enterprise_lead)]  # fmt: skip
    texts = [word for step in (Step.PROBLEM, Step.INDICATORS, Step.DATA) for word in OF_NEED[step]]
    for text in [*mails, *bells]:
        assert met([*texts, "氧化皮", "一毫米"], text) == []
    for text in (one for one in mails if researcher.email in one):
        assert "测试企业甲" not in text


def test_the_page_says_where_the_enterprise_is_only_with_the_step_that_says_so(
    released, climb, login, researcher, enterprise_lead  # noqa: F811
):  # fmt: skip
    place = Region.objects.get(code="3201")
    type(released.need).objects.filter(pk=released.need_id).update(region=place)
    client = login(researcher)
    climb(released, Side.ENTERPRISE, 1)
    assert region_label("3201") not in page_of(client, released)
    open_step(by=enterprise_lead, match=released, step=Step.INDICATORS)
    assert region_label("3201") in page_of(client, released)


def test_whoever_has_merely_proposed_the_pair_reads_no_line_of_what_is_between_the_sides(
    released, climb, broker, login, researcher, regional_officer_miit  # noqa: F811
):  # fmt: skip
    Match.objects.filter(pk=released.pk).update(origin="human", proposed_by=broker)
    climb(released, Side.ENTERPRISE, 2)
    ask(by=researcher, match=released, text="氧化皮多厚？")
    people = {"broker": broker, "side": researcher, "officer": regional_officer_miit}
    seen = {who: {line["verb"] for line in login(person).get(released.get_absolute_url()).context["history"]}
            for who, person in people.items()}  # fmt: skip
    between = {"match.step_opened", "match.nda_accepted", "match.question_asked"}
    assert (seen["broker"] & between, between <= seen["side"], between <= seen["officer"]) == (set(), True, True)


def test_a_frozen_unit_reads_nothing_from_the_next_request_on(
    released, climb, login, researcher, university  # noqa: F811
):  # fmt: skip
    climb(released, Side.ENTERPRISE, 4)
    client = login(researcher)
    assert met(ALL_OF_NEED, page_of(client, released)) == ALL_OF_NEED
    university.state = OrganisationState.FROZEN
    university.save()
    assert met(ALL_OF_NEED, told(client, released)) == []


# --- What people write  -----------------------------------------------------------------------------------------------


def test_the_note_of_who_proposed_a_pair_is_for_those_who_read_both_texts(
    released, climb, login, researcher, regional_officer_miit, enterprise_lead  # noqa: F811
):  # fmt: skip
    Match.objects.filter(pk=released.pk).update(proposal_note="晦朔叶轮要用涡流", origin="human",
                                                proposed_by=regional_officer_miit)  # fmt: skip
    climb(released, Side.ENTERPRISE, 0)
    client = login(researcher)
    assert "要用涡流" not in page_of(client, released)
    assert "要用涡流" in page_of(login(regional_officer_miit), released)
    for step in LADDER[:2]:
        open_step(by=enterprise_lead, match=released, step=step)
    assert "要用涡流" in page_of(client, released)
    revoke_step(by=enterprise_lead, match=released, step=Step.INDICATORS)
    assert "要用涡流" not in page_of(client, released)


def test_what_came_of_the_talks_is_not_for_whoever_has_proposed_the_pair(released, broker, login, researcher):  # noqa: F811
    Match.objects.filter(pk=released.pk).update(origin="human", proposed_by=broker)
    Contact.objects.create(match=released, step="meeting", by=researcher, side="provider", summary="谈到黼黻工段")
    assert "黼黻工段" not in page_of(login(broker), released)
    assert "谈到黼黻工段" in page_of(login(researcher), released)


@pytest.mark.parametrize(
    "text",
    ["请打电话13800138000谈", "写信到 who@example.test", "加微信号 tongti_2026", "见 https://example.test/a",
     "我是项目负责人甲，多厚？", "项 目 负 责 人 甲问一下", "完成人丙想知道厚度", "测试研究院丁也参加"],
)  # fmt: skip
def test_a_question_tells_neither_who_asks_nor_how_to_reach_him(released, researcher, text):  # noqa: F811
    institute = OrganisationFactory(name="测试研究院丁", kind=OrganisationKind.INSTITUTE, region=region("32"))
    CompletingUnit.objects.create(achievement=released.achievement, organisation=institute, position=7)
    Completer.objects.create(achievement=released.achievement, name="完成人丙", position=7)
    with pytest.raises(NotToBeSaid):
        ask(by=researcher, match=released, text=text)
    assert not Question.objects.exists()


def test_a_question_with_figures_and_technical_words_is_asked(released, researcher):  # noqa: F811
    for text in ("温度 1100 ℃、节拍 20 s 时能否检出 0.3 mm 裂纹？", "材料是 GH4169 还是 TC4？批量 2000000 件？"):
        ask(by=researcher, match=released, text=text)
    assert Question.objects.count() == 2


# --- Foreign ids  -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["other_enterprise_lead", "other_university_officer", "stranger", "expert_user"])
def test_whoever_is_not_in_it_is_answered_as_if_the_match_were_not(released, climb, who, request, login):  # noqa: F811
    climb(released, Side.ENTERPRISE, 2)
    client = login(request.getfixturevalue(who))
    gone = "6f1c1d3e-0000-4000-8000-000000000000"
    named = [("match_step", ["problem"]), ("match_step_revoke", ["problem"]), ("match_agreement", []),
             ("match_agreement_withdraw", []), ("match_ask", []), ("match_question", [gone])]  # fmt: skip
    for name, more in named:
        answers = [client.post(reverse(f"matching:{name}", args=[uuid, *more])) for uuid in (released.uuid, gone)]
        assert len({one.status_code for one in answers}) == 1, name
        assert answers[0].status_code in (403, 404), name
    assert Disclosure.objects.standing().count() == 2


def test_what_is_sent_with_a_form_changes_nothing_of_whose_step_it_is(released, researcher, login):  # noqa: F811
    sent = {"side": "enterprise", "by": "1", "match": "1", "step": "data"}
    login(researcher).post(reverse("matching:match_step", args=[released.uuid, "problem"]), sent)
    assert not Disclosure.objects.exists()  # the achievement is in the pool: its first step is the data


# --- Small numbers  ---------------------------------------------------------------------------------------------------


def fits(run, candidate, need, units, place):  # noqa: F811
    one = run()
    for unit in units:
        offer = AchievementFactory(state="accepted", visibility="invited", body__owner=unit,
                                   region=Region.objects.get(code=place))  # fmt: skip
        candidate(one, need, offer, 0.6)


@pytest.mark.parametrize(("units", "named"), [(1, False), (2, False), (3, True)])
def test_a_province_is_not_named_for_the_records_of_one_or_two_units(run, candidate, secret, units, named):  # noqa: F811
    houses = [OrganisationFactory(name=f"测试大学{one}", kind=OrganisationKind.UNIVERSITY) for one in range(units)]
    fits(run, candidate, secret, [houses[one % units] for one in range(6)], "63")
    counts = sealed_counts(secret)
    assert [name for name, _number in counts.regions] == ([region_label("63")] if named else [])
    assert not counts.elsewhere or named


def test_the_university_cannot_tell_two_needs_of_one_field_and_strength_apart(
    run, candidate, achievement, researcher, enterprise, enterprise_lead, other_enterprise, other_enterprise_lead  # noqa: F811
):  # fmt: skip
    """Whatever else differs, of two pairs with the same field and band the rows differ in their codes alone."""
    one = run()
    first = make_need(enterprise, enterprise_lead, visibility="invited", industry="35", budget_band="b1")
    other = make_need(other_enterprise, other_enterprise_lead, visibility="invited", title="另一件事", industry="13",
                      due_months=3, region=region("37"))  # fmt: skip
    candidate(one, first, achievement, 0.68)
    candidate(one, other, achievement, 0.66)
    rows = sealed_rows(sealed_pairs(researcher), researcher)
    assert len(rows) == 2
    assert len({replace(row, code=rows[0].code) for row in rows}) == 1


# --- The preview declares all that an explanation may quote  ----------------------------------------------------------


def test_whatever_the_engine_reads_of_a_need_stands_in_the_first_two_steps(secret):  # noqa: F811
    need = type(secret).objects.select_related("body__owner").get(pk=secret.pk)
    [profile] = snapshot.need_profiles([need])
    shown = "\n".join(text for _heading, text in need_sections(need, LADDER[:2]))
    read = [profile.title, profile.goal, profile.problem.split("\n")[0], profile.background.split("\n")[0],
            *profile.chain, region_label(profile.region), str(profile.due_months)]  # fmt: skip
    assert [text for text in read if text not in shown] == []
    assert met(words(OF_NEED, [Step.IDENTITY, Step.DATA]), shown) == []


def test_whatever_the_engine_reads_of_an_answer_stands_in_the_first_two_steps(
    offered, university, university_officer  # noqa: F811
):  # fmt: skip
    IndicatorFactory(achievement=offered, name="峻峭度", value="77", position=9)
    [profile] = snapshot.offer_profiles([offered])
    shown = "\n".join(text for _heading, text in target_sections(offered, LADDER[:2]))
    read = [profile.title, profile.summary, profile.key_points, profile.problem_solved, profile.application_text,
            *profile.keywords, region_label(profile.region), *(one.name for one in profile.indicators)]  # fmt: skip
    assert [text for text in read if text not in shown] == []
    expert = make_expert(university, university_officer, visibility="invited")
    [known] = snapshot.expert_profiles([expert])
    shown = "\n".join(text for _heading, text in target_sections(expert, LADDER[:2]))
    assert [text for text in (*known.documents, *map(region_label, known.regions)) if text not in shown] == []


# --- After both yes  --------------------------------------------------------------------------------------------------


def test_both_yes_name_nobody_whose_side_has_not_opened_that_step(
    closed_target, climb, login, enterprise_lead, researcher  # noqa: F811
):  # fmt: skip
    climb(closed_target, Side.PROVIDER, 2)
    for person in (enterprise_lead, researcher):
        answer_match(by=person, match=closed_target, answer=Answer.INTERESTED)
    client, contact = login(enterprise_lead), reverse("matching:match_contact", args=[closed_target.uuid])
    assert met(words(OF_TARGET, [Step.IDENTITY, Step.DATA]), told(client, closed_target)) == []
    assert client.post(contact).status_code == 403
    open_step(by=researcher, match=closed_target, step=Step.IDENTITY)
    assert client.post(contact).status_code == 200
    withdraw_nda(by=researcher, match=closed_target)
    assert client.post(contact).status_code == 403
    assert met(words(OF_TARGET, [Step.IDENTITY]), told(client, closed_target)) == []
