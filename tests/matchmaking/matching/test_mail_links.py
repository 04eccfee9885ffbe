"""Answering by the link in a mail: two taps, once, for whoever may answer now; nothing to read for anybody else."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.test import Client
from django.utils import timezone

from matchmaking.accounts.enums import Role
from matchmaking.activity.models import Entry
from matchmaking.matching.enums import Answer, MatchState, Side
from matchmaking.matching.models import Match, MatchSide
from matchmaking.matching.services import clocks
from matchmaking.matching.services.answers import answer_match
from matchmaking.matching.services.handing import hand_on
from matchmaking.matching.services.mail_links import SALT, LinkOver, LinkUsed, answer_by_link, links
from matchmaking.matching.services.review import release_match
from matchmaking.matching.views import by_mail
from matchmaking.matching.words import whose_and_why
from matchmaking.notifications.models import Notification, OutboxMail
from needs.models import TechNeed
from tests.factories.accounts import MembershipFactory, OrganisationFactory, member
from tests.factories.catalog import AchievementFactory
from tests.factories.matching import MatchFactory
from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db
LINK = re.compile(r"/matches/by-mail/[^/\s]+/")
OVER = "Nothing can be answered by this link."


@pytest.fixture(autouse=True)
def fresh(settings):
    settings.LANGUAGE_CODE = "en"
    by_mail.pace.forget()
    yield
    by_mail.pace.forget()


@pytest.fixture
def visitor():
    return Client(headers={"accept-language": "en"})


def links_of(person):
    """The links in the mails to a person, the newest last."""
    mails = OutboxMail.objects.filter(to=person.email).order_by("pk")
    return [found for mail in mails for found in LINK.findall(mail.body)]


@pytest.fixture
def released(match, regional_officer_miit):
    return release_match(by=regional_officer_miit, match=match)


@pytest.fixture
def link(released, researcher):
    return links_of(researcher)[-1]


def side_of(match):
    return MatchSide.objects.get(match=match, side=Side.PROVIDER)


def body(response):
    return re.sub(rb'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]+"', b"*", response.content)


# --- The mails --------------------------------------------------------------------------------------------------------


def test_each_of_the_provider_side_has_a_link_of_his_own_and_nobody_else(
    researcher, university_officer, enterprise_lead, regional_officer_miit, released
):
    mine, officers = links_of(researcher), links_of(university_officer)
    assert (len(mine), len(officers)) == (1, 1)
    assert mine != officers
    assert links_of(enterprise_lead) == links_of(regional_officer_miit) == []
    assert not Notification.objects.filter(url__contains="by-mail").exists()
    assert not [row for row in Notification.objects.all() if "by-mail" in str(row.params)]
    assert released.get_absolute_url() in OutboxMail.objects.filter(to=researcher.email).get().body


def test_reminders_and_a_request_handed_on_carry_links_too(released, researcher, university, university_officer):
    MatchSide.objects.update(due_at=timezone.now() + timedelta(hours=2))
    clocks.remind_due()
    assert len(links_of(researcher)) == 2
    colleague = member(university, Role.RESEARCHER, username="colleague")
    hand_on(by=university_officer, match=released, to=colleague)
    assert len(links_of(colleague)) == 1


def test_no_mail_tells_what_is_confidential(
    achievement, enterprise, enterprise_lead, regional_officer_miit, researcher
):
    need = make_need(enterprise, enterprise_lead, title="叶片裂纹丙", visibility="invited")
    release_match(by=regional_officer_miit, match=MatchFactory(need=need, achievement=achievement), though_closed=True)
    assert not OutboxMail.objects.filter(body__contains="叶片裂纹丙").exists()
    assert links_of(researcher)


# --- Two taps ---------------------------------------------------------------------------------------------------------


def test_opening_the_link_changes_nothing_and_one_button_says_yes(released, link, researcher, visitor):
    before = (Entry.objects.count(), Match.objects.get().version, side_of(released).answer)
    for method in ("get", "head", "get"):
        assert getattr(visitor, method)(link).status_code == 200
    assert (Entry.objects.count(), Match.objects.get().version, side_of(released).answer) == before
    said = visitor.post(link, {"answer": "interested"})
    assert said.status_code == 200
    assert "Thank you" in said.content.decode()
    side = side_of(released)
    assert (side.answer, side.answered_by) == (Answer.INTERESTED, researcher)
    entry = Entry.objects.get(verb="match.answered_interested")
    assert (entry.actor_id, entry.as_role) == (researcher.pk, Role.RESEARCHER)
    assert entry.detail["way"] == "mail_link"
    assert "by the link in the mail" in whose_and_why(entry.detail)
    token = link.split("/")[-2]
    assert not [one for one in Entry.objects.all() if token in str(vars(one))]


def test_not_mine_needs_its_reason_and_ends_the_match(released, link, visitor):
    without = visitor.post(link, {"answer": "no"})
    assert without.status_code == 422
    assert "Please give the reason for the no." in without.content.decode()
    assert side_of(released).answer == ""
    assert visitor.post(link, {"answer": "no", "reason": "capacity", "note": "没有人手"}).status_code == 200
    assert Match.objects.get().state == MatchState.DECLINED
    assert (side_of(released).reason, side_of(released).note) == ("capacity", "没有人手")


def test_later_uses_the_link_up_and_the_reminder_brings_another(released, link, researcher, visitor, monkeypatch):
    assert visitor.post(link, {"answer": "later"}).status_code == 422
    day = timezone.localdate() + timedelta(days=20)
    assert visitor.post(link, {"answer": "later", "ask_again_on": day.isoformat()}).status_code == 200
    assert visitor.post(link, {"answer": "interested"}).status_code == 410
    assert side_of(released).answer == Answer.LATER
    then = timezone.now() + timedelta(days=20)
    monkeypatch.setattr(timezone, "now", lambda: then)
    clocks.remind_due()
    again = links_of(researcher)[-1]
    assert again != link
    assert visitor.post(again, {"answer": "interested"}).status_code == 200
    assert side_of(released).answer == Answer.INTERESTED


@pytest.mark.parametrize("data", [{}, {"answer": "perhaps"}, {"answer": "no", "reason": "none"}])
def test_what_is_no_answer_is_refused_with_the_page(released, link, visitor, data):
    assert visitor.post(link, data).status_code == 422
    assert side_of(released).answer == ""


# --- Once ------------------------------------------------------------------------------------------------------------


def test_a_used_link_says_what_was_answered_and_when_and_takes_no_other_answer(released, link, visitor):
    visitor.post(link, {"answer": "interested"})
    for answer in (visitor.get(link), visitor.post(link, {"answer": "no", "reason": "price"})):
        page = answer.content.decode()
        assert answer.status_code == 410
        assert "interested" in page
        assert timezone.localdate(side_of(released).answered_at).isoformat() in page
        assert released.get_absolute_url() in page
    assert (side_of(released).answer, Match.objects.get().state) == (Answer.INTERESTED, MatchState.RELEASED)


def test_an_answer_of_a_colleague_uses_up_every_link_of_the_side(
    released, link, researcher, university_officer, visitor
):
    later = timezone.localdate() + timedelta(days=9)
    answer_match(by=university_officer, match=released, answer=Answer.LATER, ask_again_on=later)
    with pytest.raises(LinkUsed):  # even though a “later” could still be changed on the page of the match
        answer_by_link(token=link.split("/")[-2], answer=Answer.INTERESTED)
    assert visitor.get(link).status_code == 410
    assert side_of(released).answered_by == university_officer


def test_the_answer_is_checked_again_once_the_match_is_held(released, link, university_officer, visitor, monkeypatch):
    """A colleague answers between the reading of the link and the writing of the answer."""
    read, done = by_mail.read_link, []

    def overtaken(token):
        found = read(token)
        if not done:
            done.append(answer_match(by=university_officer, match=released, answer=Answer.LATER,
                                     ask_again_on=timezone.localdate() + timedelta(days=9)))  # fmt: skip
        return found

    monkeypatch.setattr(by_mail, "read_link", overtaken)
    assert visitor.post(link, {"answer": "interested"}).status_code == 410
    assert side_of(released).answer == Answer.LATER


# --- Another clock, another time, nobody's ----------------------------------------------------------------------------


def is_over(visitor, link):
    answers = (visitor.get(link), visitor.post(link, {"answer": "interested"}))
    return [one.status_code for one in answers] == [404, 404] and all(OVER in one.content.decode() for one in answers)


def test_a_link_ends_with_the_day_its_answer_is_due(released, link, visitor):
    MatchSide.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert is_over(visitor, link)
    assert side_of(released).answer == ""


def test_a_link_ends_when_the_request_goes_to_a_colleague(released, link, university, university_officer, visitor):
    colleague = member(university, Role.RESEARCHER, username="colleague")
    hand_on(by=university_officer, match=released, to=colleague)
    assert is_over(visitor, link)
    assert visitor.post(links_of(colleague)[-1], {"answer": "interested"}).status_code == 200
    assert side_of(released).answered_by == colleague


def test_a_link_is_of_one_release(released, link, visitor, regional_officer_miit):
    """Even a side that looks the same again, at the same version, is another clock."""
    old = side_of(released)
    MatchSide.objects.filter(pk=old.pk).delete()
    MatchSide.objects.create(match=released, side=Side.PROVIDER, due_at=old.due_at)
    assert is_over(visitor, link)


@pytest.mark.parametrize("state", ["closed_by_source", "no_answer", "declined"])
def test_a_link_ends_with_its_match(released, link, visitor, state):
    Match.objects.update(state=state)
    assert is_over(visitor, link)


def test_whoever_may_not_answer_now_cannot_by_an_old_mail(released, link, researcher, visitor):
    for change, back in (
        (lambda: type(researcher).objects.filter(pk=researcher.pk).update(is_active=False),
         lambda: type(researcher).objects.filter(pk=researcher.pk).update(is_active=True)),
        (lambda: researcher.memberships.update(ended_at=timezone.now()),
         lambda: researcher.memberships.update(ended_at=None)),
        (lambda: researcher.memberships.update(role=Role.STUDENT), lambda: researcher.memberships.update(
            role=Role.RESEARCHER)),
    ):  # fmt: skip
        change()
        assert is_over(visitor, link)
        back()
        by_mail.pace.forget()
    assert visitor.get(link).status_code == 200


def test_whoever_answers_for_the_record_no_longer_cannot(released, link, achievement, university_officer, visitor):
    type(achievement.body).objects.update(created_by=university_officer)
    assert is_over(visitor, link)


def test_whoever_speaks_for_both_sides_has_no_link(match, regional_officer_miit, enterprise, researcher, visitor):
    MembershipFactory(user=researcher, organisation=enterprise, role=Role.ENTERPRISE_OWNER)
    release_match(by=regional_officer_miit, match=match)
    assert links_of(researcher) == []


def test_a_mail_does_not_go_round_a_second_factor(released, link, researcher, visitor):
    """Neither the one that a role demands, nor the one that somebody has set up for himself."""
    factor = Authenticator.objects.create(user=researcher, type="totp", data={})
    assert is_over(visitor, link)
    assert links(released.get_absolute_url(), [type(researcher).objects.get(pk=researcher.pk)]) == {}
    factor.delete()
    by_mail.pace.forget()
    assert visitor.get(link).status_code == 200
    park = OrganisationFactory(kind="park_hitech")
    MembershipFactory(user=researcher, organisation=park, role=Role.PARK_ADMIN)
    Authenticator.objects.filter(user=researcher).delete()
    assert is_over(visitor, link)


def test_forged_and_unknown_links_are_answered_alike(released, link, researcher, visitor):
    token = link.split("/")[-2]
    named = signing.loads(token, salt=SALT)
    unknown = signing.dumps(["0" * 32, *named[1:]], salt=SALT)
    nobody = signing.dumps([named[0], "0" * 32, *named[2:]], salt=SALT)
    foreign = signing.dumps(named, salt="another purpose")
    forged = [token[:-3] + "xyz", "x", "a:b:c", "漢", foreign, unknown, nobody, token.replace(":", ".", 1)]
    pages = {(page.status_code, body(page)) for one in forged if (page := visitor.get(f"/matches/by-mail/{one}/"))}
    # The switch of languages names the address that was asked for.
    assert {status for status, _ in pages} == {404}
    assert len({re.sub(rb'name="next" value="[^"]*"', b"*", page) for _, page in pages}) == 1
    assert all(OVER.encode() in page for _, page in pages)
    for one in forged:
        with pytest.raises(LinkOver):
            answer_by_link(token=one, answer=Answer.INTERESTED)
    assert side_of(released).answer == ""


# --- What the page shows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", ["public", "hidden_owner", "members", "invited"])
def test_the_page_shows_what_a_visitor_of_the_pools_may_read_and_no_more(
    achievement, enterprise, enterprise_lead, regional_officer_miit, researcher, login, visibility
):
    need = make_need(enterprise, enterprise_lead, title="叶片裂纹甲", problem="绝不外传", visibility=visibility)
    match = MatchFactory(need=need, achievement=achievement)
    release_match(by=regional_officer_miit, match=match, though_closed=True)
    open_to_all = TechNeed.objects.visible_to(AnonymousUser()).filter(pk=need.pk).exists()
    assert open_to_all == (visibility in ("public", "hidden_owner"))
    for reader in (None, researcher, enterprise_lead):  # the mail may lie open anywhere
        page = login(reader).get(links_of(researcher)[-1], headers={"accept-language": "en"}).content.decode()
        assert ("叶片裂纹甲" in page) == open_to_all
        assert ("Technical field" in page) == open_to_all
        main = page[page.index("<main") :]
        for kept in ("绝不外传", enterprise.name, need.body.contact["email"], enterprise_lead.get_full_name()):
            assert kept not in main


def test_a_confidential_achievement_is_not_named_on_the_page(
    need, university, researcher, regional_officer_miit, visitor
):
    hidden = AchievementFactory(state="accepted", title="秘密成果乙", visibility="invited", body__owner=university,
                                body__created_by=researcher)  # fmt: skip
    release_match(by=regional_officer_miit, match=MatchFactory(need=need, achievement=hidden), though_closed=True)
    page = visitor.get(links_of(researcher)[-1])
    assert page.status_code == 200
    assert "秘密成果乙" not in page.content.decode()


# --- The way of the link ----------------------------------------------------------------------------------------------


def test_an_answer_comes_from_the_page_only(released, link):
    strict = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    assert strict.post(link, {"answer": "interested"}).status_code == 403
    assert side_of(released).answer == ""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', strict.get(link).content.decode())
    assert found
    assert strict.post(link, {"answer": "interested", "csrfmiddlewaretoken": found[1]}).status_code == 200


def test_the_address_is_told_to_nobody_and_kept_nowhere(released, link, visitor):
    for answer in (visitor.get(link), visitor.post(link, {"answer": "interested"}), visitor.get(link)):
        assert answer["Referrer-Policy"] == "same-origin"
        assert "no-store" in answer["Cache-Control"]
        page = answer.content.decode()
        assert [found for found in LINK.findall(page) if f'name="next" value="{found}"' not in page] == []
        assert "sessionid" not in answer.cookies


def test_whoever_tries_many_links_waits(released, link, settings, visitor):
    settings.BAD_LINKS_A_MINUTE = 3
    found = [visitor.get(f"/matches/by-mail/{n}/") for n in range(4)]
    assert [one.status_code for one in found] == [404, 404, 404, 429]
    assert int(found[-1]["Retry-After"]) > 0
    assert visitor.get(link).status_code == 200
