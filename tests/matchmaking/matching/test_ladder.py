"""Opening and taking back steps, the agreement, questions without names, the ledger: who may, in which order, once."""

import hashlib
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext

from matchmaking.activity.models import Entry
from matchmaking.common.workflow import StaleState
from matchmaking.matching import ndas
from matchmaking.matching.enums import LADDER, Answer, Side, Step
from matchmaking.matching.models import Disclosure, Match, NdaAcceptance, Question
from matchmaking.matching.ndas import nda_text
from matchmaking.matching.services.answers import answer_match, open_contact_data
from matchmaking.matching.services.disclosing import (
    AgreementMissing,
    TextChanged,
    accept_nda,
    open_step,
    revoke_step,
    withdraw_nda,
)
from matchmaking.matching.services.questions import (
    MOST_WAITING,
    NotToBeSaid,
    TooManyQuestions,
    answer_question,
    ask,
)
from matchmaking.matching.services.review import NotAllowed, release_match
from matchmaking.notifications.models import Notification
from tests.factories.accounts import member
from tests.factories.matching import MatchFactory
from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db
OTHERS = ["regional_officer_miit", "national_officer", "broker", "other_enterprise_lead", "other_university_officer",
          "park_admin", "stranger"]  # fmt: skip


@pytest.fixture
def released(enterprise, enterprise_lead, achievement, regional_officer_miit):
    match = MatchFactory(need=make_need(enterprise, enterprise_lead, visibility="invited"), achievement=achievement)
    return release_match(by=regional_officer_miit, match=match, though_closed=True)


@pytest.fixture
def sign(released):
    def by(*people):
        text = nda_text()
        for person in people:
            accept_nda(by=person, match=released, version=text.version, digest=text.digest)

    return by


def url(name, match, *more):
    return reverse(f"matching:{name}", args=[match.uuid, *more])


# --- Steps ------------------------------------------------------------------------------------------------------------


def test_steps_open_one_after_the_other_and_once(released, enterprise_lead):
    for step in (Step.INDICATORS, Step.IDENTITY, Step.DATA, Step.FIELD, "anything"):
        with pytest.raises(StaleState):
            open_step(by=enterprise_lead, match=released, step=step)
    open_step(by=enterprise_lead, match=released, step=Step.PROBLEM)
    with pytest.raises(StaleState):
        open_step(by=enterprise_lead, match=released, step=Step.PROBLEM)
    with pytest.raises(IntegrityError), transaction.atomic():
        Disclosure.objects.create(match=released, side="enterprise", step="problem", opened_by=enterprise_lead)


def test_identity_and_data_wait_for_both_signatures(released, enterprise_lead, researcher, sign):
    for step in LADDER[:2]:
        open_step(by=enterprise_lead, match=released, step=step)
    with pytest.raises(AgreementMissing):
        open_step(by=enterprise_lead, match=released, step=Step.IDENTITY)
    sign(enterprise_lead)
    with pytest.raises(AgreementMissing):
        open_step(by=enterprise_lead, match=released, step=Step.IDENTITY)
    sign(researcher)
    for step in LADDER[2:]:
        open_step(by=enterprise_lead, match=released, step=step)


def test_taking_a_step_back_takes_back_the_later_ones_and_keeps_the_rows(released, enterprise_lead, sign, researcher):
    sign(enterprise_lead, researcher)
    for step in LADDER:
        open_step(by=enterprise_lead, match=released, step=step)
    assert set(revoke_step(by=enterprise_lead, match=released, step=Step.INDICATORS)) == set(LADDER[1:])
    assert list(Disclosure.objects.standing().values_list("step", flat=True)) == ["problem"]
    assert Disclosure.objects.count() == 4
    with pytest.raises(StaleState):
        revoke_step(by=enterprise_lead, match=released, step=Step.DATA)
    open_step(by=enterprise_lead, match=released, step=Step.INDICATORS)
    assert Disclosure.objects.filter(step="indicators").count() == 2


@pytest.mark.parametrize("who", OTHERS)
def test_only_the_two_sides_climb_sign_and_ask(released, who, request, enterprise_lead):
    person, text = request.getfixturevalue(who), nda_text()
    question = ask(by=enterprise_lead, match=released, text="氧化皮多厚？")
    acts = (
        lambda: open_step(by=person, match=released, step=Step.PROBLEM),
        lambda: revoke_step(by=person, match=released, step=Step.PROBLEM),
        lambda: accept_nda(by=person, match=released, version=text.version, digest=text.digest),
        lambda: withdraw_nda(by=person, match=released),
        lambda: ask(by=person, match=released, text="多厚？"),
        lambda: answer_question(by=person, question=question, text="一毫米。"),
    )
    for act in acts:
        with pytest.raises(NotAllowed):
            act()


def test_a_reader_of_the_enterprise_opens_nothing(released, enterprise):
    reader = member(enterprise, "enterprise_reader", username="reader_of_one")
    with pytest.raises(NotAllowed):
        open_step(by=reader, match=released, step=Step.PROBLEM)


@pytest.mark.parametrize("way", [["declined"], ["no_answer"], ["closed_by_source"], ["declined", "proposed"]])
def test_nothing_opens_while_the_match_is_not_under_way(released, enterprise_lead, way):
    for state in way:
        Match.objects.filter(pk=released.pk).update(state=state)
    with pytest.raises(NotAllowed):
        open_step(by=enterprise_lead, match=released, step=Step.PROBLEM)


def test_the_preview_says_exactly_what_the_other_side_will_read(released, enterprise_lead, login, researcher):
    client = login(enterprise_lead)
    page = client.get(url("match_step", released, "problem")).content.decode()
    for text in (released.need.title, released.need.body.problem, released.need.body.goal, released.need.body.tried):
        assert text in page
    assert released.need.body.owner.name not in page.split("<main")[-1]
    assert not Disclosure.objects.exists()
    client.post(url("match_step", released, "problem"))
    assert Disclosure.objects.get().opened_by == enterprise_lead
    assert released.need.title in login(researcher).get(released.get_absolute_url()).content.decode()
    assert client.get(url("match_step", released, "problem")).status_code == 302
    assert client.get(url("match_step", released, "field")).status_code == 404
    assert client.post(url("match_step", released, "problem")).status_code == 409
    assert client.post(url("match_step_revoke", released, "field")).status_code == 404
    client.post(url("match_step_revoke", released, "problem"))
    assert released.need.title not in login(researcher).get(released.get_absolute_url()).content.decode()


def test_every_act_is_an_entry_without_a_word_of_the_text(released, enterprise_lead, researcher, sign):
    sign(enterprise_lead, researcher)
    open_step(by=enterprise_lead, match=released, step=Step.PROBLEM)
    revoke_step(by=enterprise_lead, match=released, step=Step.PROBLEM)
    withdraw_nda(by=researcher, match=released)
    question = ask(by=researcher, match=released, text="氧化皮多厚？")
    answer_question(by=enterprise_lead, question=question, text="一毫米。")
    entries = Entry.objects.about("match", released.uuid).order_by("pk")
    assert list(entries.values_list("verb", flat=True))[-7:] == [
        "match.nda_accepted", "match.nda_accepted", "match.step_opened", "match.step_revoked", "match.nda_withdrawn",
        "match.question_asked", "match.question_answered",
    ]  # fmt: skip
    assert {entry.as_role for entry in entries.filter(verb="match.step_opened")} == {"enterprise_owner"}
    written = [str(entry.detail) for entry in entries]
    told = [str((row.params, row.url)) for row in Notification.objects.all()]
    for word in ("氧化皮", "一毫米", released.need.title, "测试企业甲"):
        assert not [text for text in written + told if word in text]


# --- Agreement --------------------------------------------------------------------------------------------------------


def test_the_agreement_is_provable_word_by_word(released, enterprise_lead, login, settings):
    client = login(enterprise_lead)
    for language, version in (("zh-hans", "2026-1.zh-hans"), ("en", "2026-1.en")):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        raw = (Path(ndas.__file__).parent / "nda_texts" / f"{version}.txt").read_bytes()
        digest = hashlib.sha256(raw).hexdigest()
        assert digest in client.get(url("match_agreement", released)).content.decode()
        client.post(url("match_agreement", released), {"version": version, "digest": digest})
        signed = NdaAcceptance.objects.standing().get()
        assert (signed.text_version, signed.text_hash, signed.by) == (version, digest, enterprise_lead)
        client.post(url("match_agreement_withdraw", released))
        assert not NdaAcceptance.objects.standing().exists()


def test_another_text_than_the_one_read_is_not_signed(released, enterprise_lead):
    with pytest.raises(TextChanged):
        accept_nda(by=enterprise_lead, match=released, version="2026-1.zh-hans", digest="0" * 64)
    with pytest.raises(IntegrityError), transaction.atomic():
        NdaAcceptance.objects.create(match=released, side="enterprise", text_version="x", text_hash="short",
                                     by=enterprise_lead)  # fmt: skip


def test_a_side_signs_once(released, enterprise_lead, sign):
    sign(enterprise_lead)
    with pytest.raises(StaleState):
        sign(enterprise_lead)


def test_contact_data_of_a_confidential_pair_wait_for_both_yes_and_for_the_name(
    released, enterprise_lead, researcher, sign
):
    sign(enterprise_lead, researcher)
    for step in LADDER:
        open_step(by=enterprise_lead, match=released, step=step)
    with pytest.raises(NotAllowed):
        open_contact_data(by=researcher, match=released)
    for person in (enterprise_lead, researcher):
        answer_match(by=person, match=released, answer=Answer.INTERESTED)
    match = Match.objects.get(pk=released.pk)
    assert open_contact_data(by=researcher, match=match)["organisation"].name == "测试企业甲"
    assert open_contact_data(by=enterprise_lead, match=match)["organisation"]  # its side is named by the pool
    revoke_step(by=enterprise_lead, match=match, step=Step.IDENTITY)
    with pytest.raises(NotAllowed):
        open_contact_data(by=researcher, match=match)


# --- Questions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "reads"),
    [("enterprise_lead", True), ("researcher", True), ("regional_officer_miit", True), ("secretary", True),
     ("other_regional_officer_miit", False), ("national_officer", False), ("broker", False), ("stranger", False),
     ("other_enterprise_lead", False), ("other_university_officer", False)],
)  # fmt: skip
def test_questions_are_read_by_both_sides_and_the_officer_without_names(
    released, who, reads, request, login, researcher, enterprise_lead
):
    question = ask(by=researcher, match=released, text="氧化皮多厚？")
    answer_question(by=enterprise_lead, question=question, text="一毫米左右。")
    page = login(request.getfixturevalue(who)).get(released.get_absolute_url()).content.decode()
    assert ("氧化皮多厚" in page, "一毫米左右" in page) == (reads, reads)
    if who == "enterprise_lead":
        assert researcher.get_full_name() not in page
    if who == "researcher":
        assert [name for name in ("测试企业甲", enterprise_lead.get_full_name()) if name in page] == []


def test_who_has_merely_proposed_the_match_reads_neither_questions_nor_steps(
    enterprise, enterprise_lead, achievement, broker, regional_officer_miit, researcher, login
):
    need = make_need(enterprise, enterprise_lead)
    match = MatchFactory(need=need, achievement=achievement, origin="human", proposed_by=broker)
    match = release_match(by=regional_officer_miit, match=match)
    ask(by=researcher, match=match, text="氧化皮多厚？")
    response = login(broker).get(match.get_absolute_url())
    assert response.status_code == 200
    assert "氧化皮多厚" not in response.content.decode()
    assert response.context["ladder"] is None


@pytest.mark.parametrize("text", ["这是绝密内容吗", "我们测试大学甲可以做", "  "])
def test_secrets_names_and_nothing_are_refused(released, researcher, login, text):
    with pytest.raises(NotToBeSaid):
        ask(by=researcher, match=released, text=text)
    response = login(researcher).post(url("match_ask", released), {"question-text": text})
    assert (response.status_code, Question.objects.count()) == (422, 0)


def test_an_answer_is_held_to_the_same_and_given_once(released, researcher, enterprise_lead, login):
    question = ask(by=researcher, match=released, text="多厚？")
    for text in ("绝密", "我们测试企业甲说一毫米"):
        with pytest.raises(NotToBeSaid):
            answer_question(by=enterprise_lead, question=question, text=text)
    with pytest.raises(NotAllowed):
        answer_question(by=researcher, question=question, text="自问自答")
    client, address = login(enterprise_lead), url("match_question", released, question.uuid)
    assert client.post(address, {"reply-text": "一毫米。"}).status_code == 302
    assert client.post(address, {"reply-text": "两毫米。"}).status_code == 409
    assert Question.objects.get().answer == "一毫米。"


def test_questions_end_with_both_yes_and_do_not_pile_up(released, researcher, enterprise_lead):
    for number in range(MOST_WAITING):
        ask(by=researcher, match=released, text=f"第{number}个问题")
    with pytest.raises(TooManyQuestions):
        ask(by=researcher, match=released, text="再问一个")
    for person in (enterprise_lead, researcher):
        answer_match(by=person, match=released, answer=Answer.INTERESTED)
    with pytest.raises(NotAllowed):
        ask(by=enterprise_lead, match=released, text="现在呢？")
    answer_question(by=enterprise_lead, question=Question.objects.earliest("pk"), text="可以。")


@pytest.mark.parametrize("text", ["", "氧化皮多厚？"])
def test_whether_somebody_may_ask_or_answer_is_asked_before_his_text(
    released, enterprise_lead, researcher, login, text
):
    question = ask(by=researcher, match=released, text="多厚？")
    reply = url("match_question", released, question.uuid)
    assert login(researcher).post(reply, {"reply-text": text}).status_code == 403  # his own question
    for person in (enterprise_lead, researcher):
        answer_match(by=person, match=Match.objects.get(pk=released.pk), answer=Answer.INTERESTED)
    for person in (enterprise_lead, researcher):  # both have said yes: they talk to each other now
        assert login(person).post(url("match_ask", released), {"question-text": text}).status_code == 403
    assert login(enterprise_lead).post(reply, {"reply-text": ""}).status_code == 422


def test_a_question_of_another_match_is_not_answered_here(released, researcher, other_enterprise,
                                                          other_enterprise_lead, achievement, login,
                                                          regional_officer_miit):  # fmt: skip
    elsewhere = release_match(
        by=regional_officer_miit,
        match=MatchFactory(
            need=make_need(other_enterprise, other_enterprise_lead, region=released.need.region),
            achievement=achievement,
        ),
    )
    question = ask(by=other_enterprise_lead, match=elsewhere, text="多厚？")
    response = login(researcher).post(url("match_question", released, question.uuid), {"reply-text": "一毫米。"})
    assert response.status_code == 404


# --- Ledger -----------------------------------------------------------------------------------------------------------


def test_the_ledger_says_who_was_shown_what_and_when(released, enterprise_lead, login):
    client, address = login(enterprise_lead), reverse("matching:need_disclosures", args=[released.need.uuid])
    open_step(by=enterprise_lead, match=released, step=Step.PROBLEM)
    [line] = client.get(address).context["rows"]
    assert (line.what, line.until, line.by) == (Step.PROBLEM.label, None, enterprise_lead.get_full_name())
    revoke_step(by=enterprise_lead, match=released, step=Step.PROBLEM)
    [line] = client.get(address).context["rows"]
    assert line.until == Disclosure.objects.get().revoked_at
    assert address in client.get(reverse("matching:need_matches", args=[released.need.uuid])).content.decode()


@pytest.mark.parametrize(
    ("who", "status"),
    [("enterprise_lead", 200), ("regional_officer_miit", 403), ("researcher", 404), ("broker", 404), ("stranger", 404),
     ("national_officer", 404), ("other_enterprise_lead", 404)],
)  # fmt: skip
def test_the_ledger_of_a_need_is_its_enterprises(released, who, status, request, login):
    address = reverse("matching:need_disclosures", args=[released.need.uuid])
    assert login(request.getfixturevalue(who)).get(address).status_code == status


@pytest.mark.parametrize(("who", "status"), [("researcher", 200), ("university_officer", 200), ("enterprise_lead", 403),
                                             ("stranger", 403)])  # fmt: skip
def test_the_ledger_of_an_achievement_is_its_units(released, who, status, request, login, researcher, sign,
                                                   enterprise_lead):  # fmt: skip
    sign(researcher, enterprise_lead)
    open_step(by=researcher, match=released, step=Step.DATA)
    address = reverse("matching:achievement_disclosures", args=[released.achievement.uuid])
    response = login(request.getfixturevalue(who)).get(address)
    assert response.status_code == status
    if status == 200:
        step, theirs, ours = response.context["rows"]
        assert {line.to for line in (step, theirs, ours)} == {gettext("enterprise not shown")}
        assert (step.what, {step.by, ours.by}) == (Step.DATA.label, {researcher.get_full_name()})
        assert theirs.by == ""  # who signed for the other side is not told
        assert nda_text().version in str(theirs.what)


def test_one_side_never_opens_for_the_other(released, researcher, sign, enterprise_lead):
    sign(enterprise_lead, researcher)
    open_step(by=researcher, match=released, step=Step.DATA)
    assert set(Disclosure.objects.values_list("side", flat=True)) == {Side.PROVIDER}
