"""Another wording: sentences told apart, put into the text one by one, and who may propose and take over."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaking.accounts.enums import OrganisationKind, Role
from matchmaking.activity.models import Entry
from matchmaking.common.workflow import StaleState
from matchmaking.notifications.models import Notification
from needs import rules, services
from needs.clinic.rewriting import Change, changes, put_in, sentences
from needs.enums import RewriteAnswer
from needs.models import NeedRewrite, NeedRewriteSentence, TechNeed
from tests.factories.accounts import OrganisationFactory, member
from tests.factories.needs import make_need

TEXT = "冷却后人工检查。裂纹到客户那里才发现。试过相机。"
BETTER = "冷却后人工检查。三百片里有九片的裂纹到客户那里才发现。试过相机，被氧化皮挡住。"

# --- Sentences --------------------------------------------------------------------------------------------------------


def test_sentences_joined_are_the_text():
    text = "一。二；三！？\n四\n\n五"
    assert "".join(sentences(text)) == text
    assert sentences(text) == ["一。", "二；", "三！？\n", "四\n\n", "五"]


def test_what_differs_is_told_sentence_by_sentence():
    assert changes(TEXT, BETTER) == [
        Change("冷却后人工检查。", "裂纹到客户那里才发现。", "三百片里有九片的裂纹到客户那里才发现。"),
        Change("裂纹到客户那里才发现。", "试过相机。", "试过相机，被氧化皮挡住。"),
    ]
    assert changes(TEXT, TEXT) == []
    assert changes("一。\r\n二。", "一。\n二。") == []


def test_sentences_are_added_and_taken_out():
    assert changes("一。二。", "一。中。二。") == [Change("一。", "", "中。")]
    assert changes("一。二。", "零。一。二。") == [Change("", "", "零。")]
    assert changes("一。二。三。", "一。三。") == [Change("一。", "二。", "")]
    assert changes("", "一。") == [Change("", "", "一。")]


def test_a_sentence_is_put_where_it_stood():
    first, second = changes(TEXT, BETTER)
    assert put_in(put_in(TEXT, second), first) == BETTER
    assert put_in(put_in(TEXT, first), second) == BETTER
    assert put_in("前言。" + TEXT, first) == "前言。" + put_in(TEXT, first)


def test_a_place_that_is_gone_or_doubtful_is_left():
    [change] = changes("一。二。", "一。乙。")
    assert put_in("一。改了。", change) is None
    assert put_in("二。二。一。", change) is None
    assert put_in("二。一。二。", change) == "二。一。乙。"
    assert put_in("无。", Change("一。", "", "中。")) is None


@settings(max_examples=200)
@given(st.lists(st.sampled_from("甲乙丙丁"), max_size=6), st.lists(st.sampled_from("甲乙丙丁戊"), max_size=6))
def test_all_changes_of_distinct_sentences_give_the_proposed_text(old, new):
    """With no sentence twice, taking every change over gives the proposed wording, in any order."""
    old, new = list(dict.fromkeys(old)), list(dict.fromkeys(new))
    text, wanted = "".join(f"{one}。" for one in old), "".join(f"{one}。" for one in new)
    for change in reversed(changes(text, wanted)):
        done = put_in(text, change)
        if done is None:
            return  # a sentence moved: its old place is gone, which is said and never guessed
        text = done
    assert text == wanted


# --- Who, and what happens --------------------------------------------------------------------------------------------


@pytest.fixture
def returned(enterprise_lead, enterprise):
    return make_need(enterprise, enterprise_lead, state="returned", problem=TEXT)


def propose(by, need, **changes):
    usual = {"field": "problem", "text": BETTER, "version": need.version}
    return services.propose_rewrite(by=by, need=need, **usual | changes)


def kinds(user):
    return list(Notification.objects.filter(recipient=user).order_by("pk").values_list("kind", flat=True))


def test_the_park_proposes_and_the_owner_takes_over_one_sentence(returned, park_admin, enterprise_lead):
    rewrite = propose(park_admin, returned, note="有数字更好。")
    assert kinds(enterprise_lead) == ["need_rewrite_proposed"]
    first, second = rewrite.sentences.order_by("position")

    services.answer_sentence(by=enterprise_lead, sentence=first, accept=True)
    assert kinds(park_admin) == []
    services.answer_sentence(by=enterprise_lead, sentence=second, accept=False)

    returned.refresh_from_db()
    assert TechNeed.objects.get(pk=returned.pk).body.problem == TEXT.replace(first.old, first.new)
    assert (returned.version, returned.text_version) == (2, 2)
    assert kinds(park_admin) == ["need_rewrite_answered"]
    assert Entry.objects.filter(verb="need.rewrite_proposed").count() == 1
    assert [one.answer for one in rewrite.sentences.order_by("position")] == ["accepted", "kept"]


def test_nobody_but_the_owner_answers(returned, park_admin, other_enterprise_lead):
    sentence = propose(park_admin, returned).sentences.get(position=1)
    for person in (park_admin, other_enterprise_lead):
        with pytest.raises(services.NotAllowed):
            services.answer_sentence(by=person, sentence=sentence, accept=False)


def test_a_sentence_is_answered_once(returned, park_admin, enterprise_lead):
    sentence = propose(park_admin, returned).sentences.get(position=1)
    services.answer_sentence(by=enterprise_lead, sentence=sentence, accept=False)

    with pytest.raises(StaleState):
        services.answer_sentence(by=enterprise_lead, sentence=sentence, accept=True)
    assert TechNeed.objects.get(pk=returned.pk).body.problem == TEXT


def test_a_changed_text_is_never_overwritten(returned, park_admin, enterprise_lead):
    sentence = propose(park_admin, returned).sentences.get(position=1)
    services.update_need(by=enterprise_lead, need=returned, version=1, data={"problem": "完全另写。"})

    with pytest.raises(services.TextChanged):
        services.answer_sentence(by=enterprise_lead, sentence=sentence, accept=True)
    sentence.refresh_from_db()
    assert sentence.answer == ""
    services.answer_sentence(by=enterprise_lead, sentence=sentence, accept=False)
    assert TechNeed.objects.get(pk=returned.pk).body.problem == "完全另写。"


def test_while_it_is_checked_nothing_is_taken_over(enterprise, enterprise_lead, park_admin):
    need = make_need(enterprise, enterprise_lead, state="submitted", problem=TEXT)
    sentence = propose(park_admin, need).sentences.get(position=1)

    with pytest.raises(services.NotNow):
        services.answer_sentence(by=enterprise_lead, sentence=sentence, accept=True)


def test_a_sentence_too_long_or_marked_secret_is_refused(returned, park_admin, enterprise_lead):
    with pytest.raises(services.Refused):
        propose(park_admin, returned, text=TEXT + "机密★。")
    with pytest.raises(services.Refused):
        propose(park_admin, returned, field="title", text="长" * 61)

    sentence = propose(park_admin, returned, field="title", text="涡" * 59).sentences.get()
    NeedRewriteSentence.objects.filter(pk=sentence.pk).update(old="检测", new="检" * 60)
    sentence.refresh_from_db()
    with pytest.raises(services.Refused):
        services.answer_sentence(by=enterprise_lead, sentence=sentence, accept=True)


def test_what_proposes_nothing_or_comes_late_is_refused(returned, park_admin):
    with pytest.raises(services.NothingProposed):
        propose(park_admin, returned, text=TEXT)
    with pytest.raises(StaleState):
        propose(park_admin, returned, version=7)
    with pytest.raises(services.NotAllowed):
        propose(park_admin, returned, field="eligibility")


def test_a_newer_proposal_of_the_same_organisation_replaces_the_open_one(returned, park_admin):
    older = propose(park_admin, returned)
    newer = propose(park_admin, returned, text=TEXT + "每天两班。")

    assert set(older.sentences.values_list("answer", flat=True)) == {RewriteAnswer.REPLACED}
    assert set(newer.sentences.values_list("answer", flat=True)) == {""}


@pytest.fixture
def broker(db):
    house = OrganisationFactory(name="测试转移机构", kind=OrganisationKind.BROKER)
    return member(house, Role.BROKER, username="broker_of_house", full_name="经理人甲")


def test_a_broker_rewords_what_is_in_the_pool_and_open_to_him(enterprise, enterprise_lead, broker):
    allowed = {}
    for visibility in ("public", "members", "hidden_owner", "invited"):
        for state in ("draft", "submitted", "returned", "published", "contracted", "withdrawn"):
            need = make_need(enterprise, enterprise_lead, state=state, visibility=visibility)
            allowed[visibility, state] = rules.can_propose_rewrite(broker, need)

    assert {key for key, yes in allowed.items() if yes} == {
        ("public", "published"), ("members", "published"), ("hidden_owner", "published")}  # fmt: skip


@pytest.mark.parametrize(
    ("person", "yes"),
    [("park_admin", True), ("regional_officer_miit", True), ("secretary", True), ("regional_officer_edu", False),
     ("enterprise_lead", False), ("other_enterprise_lead", False), ("university_officer", False), ("researcher", False),
     ("national_officer", False)],
)  # fmt: skip
def test_who_checks_a_need_may_reword_it(returned, request, person, yes):
    user = request.getfixturevalue(person)
    assert rules.can_propose_rewrite(user, returned) is yes
    if not yes:
        with pytest.raises(services.NotAllowed):
            propose(user, returned)


def test_proposals_are_seen_by_owner_proposer_and_checkers_only(returned, park_admin, request, broker):
    rewrite = propose(park_admin, returned)
    names = ["park_admin", "enterprise_lead", "regional_officer_miit", "secretary", "regional_officer_edu",
             "other_enterprise_lead", "university_officer", "researcher"]  # fmt: skip
    seen = {name for name in names if rewrite in NeedRewrite.objects.visible_to(request.getfixturevalue(name))}
    assert seen == {"park_admin", "enterprise_lead", "regional_officer_miit", "secretary"}
    assert not NeedRewrite.objects.visible_to(broker).exists()


def test_readers_of_a_published_need_do_not_see_what_is_proposed(
    enterprise, enterprise_lead, broker, other_enterprise_lead, university_officer
):
    rewrite = propose(broker, make_need(enterprise, enterprise_lead, problem=TEXT))

    seen = {person for person in (broker, enterprise_lead, other_enterprise_lead, university_officer)
            if rewrite in NeedRewrite.objects.visible_to(person)}  # fmt: skip
    assert seen == {broker, enterprise_lead}


def test_in_the_pool_an_accepted_sentence_waits_with_those_before(enterprise, enterprise_lead, broker):
    need = make_need(enterprise, enterprise_lead, problem=TEXT)
    first, second = propose(broker, need).sentences.order_by("position")

    for sentence in (first, second):
        services.answer_sentence(by=enterprise_lead, sentence=sentence, accept=True)

    from needs.services.rewriting import open_change

    assert TechNeed.objects.get(pk=need.pk).body.problem == TEXT  # live only after the region has checked it
    assert open_change(need, "need").content["problem"] == BETTER


# --- The pages --------------------------------------------------------------------------------------------------------


def test_a_park_proposes_on_the_page_and_the_owner_answers_there(returned, login, park_admin, enterprise_lead):
    park, owner = login(park_admin), login(enterprise_lead)
    address = f"/needs/{returned.uuid}/rewrite/?field=problem"
    assert TEXT in park.get(address).content.decode()

    response = park.post(address, {"text": BETTER, "note": "有数字更好。", "version": returned.version})
    assert response.status_code == 302

    assert "/rewrites/" in owner.get(returned.get_absolute_url()).content.decode()
    page = owner.get(f"/needs/{returned.uuid}/rewrites/").content.decode()
    assert "有数字更好。" in page
    sentence = NeedRewriteSentence.objects.get(position=1)
    owner.post(f"/needs/{returned.uuid}/rewrites/answer/", {"sentence": sentence.pk, "answer": "accept"})

    assert sentence.new in TechNeed.objects.get(pk=returned.pk).body.problem
    late = owner.post(f"/needs/{returned.uuid}/rewrites/answer/", {"sentence": sentence.pk, "answer": "accept"})
    assert late.status_code == 409


@pytest.mark.parametrize("text", [TEXT, "机密★。", "长" * 2001])
def test_a_refused_proposal_keeps_what_was_typed(returned, login, park_admin, text):
    response = login(park_admin).post(
        f"/needs/{returned.uuid}/rewrite/", {"text": text, "note": "我的说明", "version": returned.version}
    )
    assert response.status_code == 422
    assert "我的说明" in response.content.decode()
    assert not NeedRewrite.objects.exists()


def test_others_get_no_further(returned, login, park_admin, other_enterprise_lead, university_officer, broker):
    sentence = propose(park_admin, returned).sentences.get(position=1)
    for user in (other_enterprise_lead, university_officer, broker):
        client = login(user)
        assert client.get(f"/needs/{returned.uuid}/rewrite/").status_code in (403, 404)
        assert client.get(f"/needs/{returned.uuid}/rewrites/").status_code in (403, 404)
        answer = client.post(f"/needs/{returned.uuid}/rewrites/answer/", {"sentence": sentence.pk, "answer": "accept"})
        assert answer.status_code in (403, 404)
    assert login(park_admin).post(
        f"/needs/{returned.uuid}/rewrites/answer/", {"sentence": sentence.pk, "answer": "accept"}
    ).status_code == 403  # fmt: skip
    sentence.refresh_from_db()
    assert sentence.answer == ""


@pytest.mark.parametrize("sentence", ["", "x", "-1", "９", "9" * 40, "0"])
def test_a_made_up_sentence_is_not_found(returned, login, enterprise_lead, sentence):
    response = login(enterprise_lead).post(
        f"/needs/{returned.uuid}/rewrites/answer/", {"sentence": sentence, "answer": "accept"}
    )
    assert response.status_code == 404
