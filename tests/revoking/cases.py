"""Rights that end, each with the pages, open polls, downloads and API addresses that they opened."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse
from knox.models import AuthToken
from rest_framework.test import APIClient

from catalog.models import Completer
from experts.services import leave_pool
from matchmaking.accounts.enums import OrganisationKind, OrganisationState, Role
from matchmaking.accounts.membership import remove_person
from matchmaking.accounts.models import Membership, Organisation, User
from matchmaking.accounts.sign_in.second_factor import reset_second_factor
from matchmaking.accounts.sign_in.sessions import end_session
from matchmaking.intake.models import FormDraft
from matchmaking.jobs.services import enqueue
from matchmaking.matching.enums import Step
from matchmaking.matching.services.disclosing import open_step, revoke_step
from matchmaking.matching.services.review import release_match
from needs.services import revise_need
from tests.factories.accounts import OrganisationFactory, member, region
from tests.factories.catalog import AchievementFactory
from tests.factories.experts import make_expert
from tests.factories.files import attach
from tests.factories.matching import MatchFactory
from tests.factories.needs import make_need
from tests.matchmaking.accounts.sign_in.people import PASSWORD, sign_in

NUMBERS = count(1)
NEW = "another-horse-95-staple"


@dataclass
class Standing:
    """What somebody may do before his right ends: (client, address) pairs that answer, and how the right ends.

    `others` are addresses that still answer him afterwards, so that nobody is locked out by mistake.
    """

    opens: list[tuple[Any, str]]
    ends: Callable[[], Any]
    others: list[tuple[Any, str]] = field(default_factory=list)


def _name(word: str) -> str:
    return f"revoke_{word}_{next(NUMBERS)}"


def _browser(person: Any) -> Client:
    """A browser that is signed in."""
    client = Client()
    client.force_login(User.objects.get(pk=person.pk))
    return client


def _with_password(person: Any) -> Client:
    """A browser that has signed in with a password: its session is on the list of the person."""
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    client = Client()
    assert sign_in(client, person.username).status_code == 302
    return client


def _program(person: Any) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {AuthToken.objects.create(user=person)[1]}")
    return client


@dataclass
class Firm:
    """An enterprise with a boss and an editor, a draft with a file, a released match, a job and a draft of a form."""

    def __post_init__(self) -> None:
        self.house = OrganisationFactory(name=_name("测试企业"))
        self.boss = member(self.house, Role.ENTERPRISE_OWNER, username=_name("boss"))
        self.editor = member(self.house, Role.ENTERPRISE_EDITOR, username=_name("editor"))
        self.browser = _with_password(self.editor)
        self.program = _program(self.editor)
        need = make_need(self.house, self.boss, state="draft")
        file = attach(need, self.boss, kind="need")
        self.match = MatchFactory(need=make_need(self.house, self.boss))
        office = OrganisationFactory(name=_name("测试秘书处"), kind=OrganisationKind.OPERATOR, region=None)
        self.secretary = member(office, Role.SECRETARY, username=_name("secretary"))
        release_match(by=self.secretary, match=self.match)
        job = enqueue(kind="match_record", args={"kind": "need", "id": need.pk}, by=self.editor)
        draft = FormDraft.objects.create(user=self.editor, key="need:new", fields=[["title", "草稿"]])
        self.of_the_firm = [
            reverse("needs:need_detail", args=[need.uuid]),
            reverse("needs:need_edit", args=[need.uuid]),
            reverse("needs:need_mine"),
            reverse("needs:need_export"),
            reverse("files:open", args=[file.uuid]),
            reverse("files:list", args=["need", need.uuid]),
            self.match.get_absolute_url(),
            f"{reverse('matching:match_state', args=[self.match.uuid])}?seen={self.match.version}",
            reverse("matching:match_list"),
            reverse("imports:list"),
        ]
        self.of_the_person = [
            reverse("jobs:progress", args=[job.uuid]),
            reverse("drafts:read", args=[draft.uuid]),
            reverse("notifications:bell"),
            reverse("accounts:profile"),
        ]
        self.by_token = [f"/api/needs/{need.uuid}/"]

    @property
    def in_the_firm(self) -> list[tuple[Any, str]]:
        return [(self.browser, one) for one in self.of_the_firm] + [(self.program, one) for one in self.by_token]

    @property
    def everything(self) -> list[tuple[Any, str]]:
        return self.in_the_firm + [(self.browser, one) for one in self.of_the_person]


def role_ended() -> Standing:
    firm = Firm()
    ended = Membership.objects.get(user=firm.editor)
    return Standing(
        firm.in_the_firm,
        lambda: remove_person(by=firm.boss, membership=ended),
        [(firm.browser, reverse("accounts:profile"))],
    )


def account_disabled() -> Standing:
    firm = Firm()
    return Standing(firm.everything, lambda: User.objects.filter(pk=firm.editor.pk).update(is_active=False))


def organisation_frozen() -> Standing:
    firm = Firm()
    frozen = Organisation.objects.filter(pk=firm.house.pk)
    return Standing(
        firm.in_the_firm,
        lambda: frozen.update(state=OrganisationState.FROZEN),
        [(firm.browser, reverse("accounts:profile"))],
    )


def password_changed() -> Standing:
    """In another browser; this one and every token end with the old password."""
    firm = Firm()
    other = Client()
    other.force_login(User.objects.get(pk=firm.editor.pk))
    new = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    return Standing(
        firm.everything,
        lambda: other.post(reverse("account_change_password"), new),
        [(other, reverse("accounts:profile"))],
    )


def session_ended() -> Standing:
    firm = Firm()
    pages = [(client, one) for client, one in firm.everything if client is firm.browser]

    def ends() -> bool:
        return end_session(by=firm.editor, pk=UserSession.objects.get(user=firm.editor).pk)

    return Standing(pages, ends, [(firm.program, firm.by_token[0])])


def token_revoked() -> Standing:
    firm = Firm()
    key = AuthToken.objects.get(user=firm.editor).token_key
    return Standing(
        [(firm.program, one) for one in firm.by_token],
        lambda: firm.browser.post(reverse("accounts:token_revoke", args=[key])),
        [(firm.browser, one) for one in firm.of_the_firm],
    )


def _officer(kind: str) -> Any:
    house = OrganisationFactory(name=_name("测试厅局"), kind=kind, region=region("32"))
    member(house, Role.REGIONAL_OFFICER, username=_name("colleague"))  # a department keeps somebody
    return member(house, Role.REGIONAL_OFFICER, username=_name("officer"))


def second_factor_reset() -> Standing:
    """An officer whose factor was taken away meets nothing but the way to set it up."""
    firm, officer = Firm(), _officer(OrganisationKind.DEPT_MIIT)
    browser, program = _browser(officer), _program(officer)
    waiting = make_need(firm.house, firm.boss, state="submitted")
    file = attach(make_need(firm.house, firm.boss, state="draft"), firm.boss, kind="need")
    type(waiting).objects.filter(uuid=file.object_id).update(state="submitted")
    pages = [
        reverse("needs:need_review"),
        reverse("needs:need_decide", args=[waiting.uuid]),
        reverse("needs:need_export"),
        reverse("files:open", args=[file.uuid]),
        reverse("matching:review_queue"),
        firm.match.get_absolute_url(),
        reverse("notifications:bell"),
    ]
    opens = [(browser, one) for one in pages] + [(program, f"/api/needs/{waiting.uuid}/")]
    return Standing(opens, lambda: reset_second_factor(user=officer))


def officer_moved_on() -> Standing:
    """The role of an officer ends while his queue, a decision page and an export stand open."""
    firm, officer = Firm(), _officer(OrganisationKind.DEPT_MIIT)
    browser = _browser(officer)
    waiting = make_need(firm.house, firm.boss, state="submitted")
    pages = [
        reverse("needs:need_review"),
        reverse("needs:need_decide", args=[waiting.uuid]),
        waiting.get_absolute_url(),
        reverse("needs:need_export"),
        reverse("matching:review_queue"),
        firm.match.get_absolute_url(),
    ]
    held = Membership.objects.get(user=officer)
    return Standing([(browser, one) for one in pages], lambda: remove_person(by=firm.secretary, membership=held))


def invitation_withdrawn() -> Standing:
    """A need shown to invited ones: the enterprise takes the guest off its list."""
    firm = Firm()
    house = OrganisationFactory(name=_name("测试受邀企业"), region=region("37"))
    guest = member(house, Role.ENTERPRISE_OWNER, username=_name("guest"))
    other = OrganisationFactory(name=_name("测试受邀企业"))
    need = make_need(firm.house, firm.boss, visibility="invited", invited=[house, other])
    opens = [(_browser(guest), need.get_absolute_url()), (_program(guest), f"/api/needs/{need.uuid}/")]
    return Standing(
        opens,
        lambda: revise_need(by=firm.boss, need=need, version=need.version, data={}, invited=[other]),
        [(firm.browser, need.get_absolute_url())],
    )


def consent_withdrawn() -> Standing:
    """An expert leaves the pool: nobody but himself sees the entry or its certificates from then on."""
    house = OrganisationFactory(name=_name("测试大学"), kind=OrganisationKind.UNIVERSITY)
    officer = member(house, Role.UNIVERSITY_OFFICER, username=_name("transfer"))
    person = member(house, Role.EXPERT, username=_name("expert"))
    expert = make_expert(house, officer, user=person)
    page, data = expert.get_absolute_url(), f"/api/experts/{expert.uuid}/"
    unit = _browser(officer)
    opens = [
        (Client(), page),
        (APIClient(), data),
        (unit, page),
        (_browser(_officer(OrganisationKind.DEPT_EDU)), page),
        (_program(officer), data),
    ]
    return Standing(opens, lambda: leave_pool(by=person, expert=expert), [(_browser(person), page)])


def completer_taken_off() -> Standing:
    """A person who is no longer named as a completer reads the draft no more."""
    house = OrganisationFactory(name=_name("测试大学"), kind=OrganisationKind.UNIVERSITY)
    elsewhere = OrganisationFactory(name=_name("测试大学"), kind=OrganisationKind.UNIVERSITY)
    officer = member(house, Role.UNIVERSITY_OFFICER, username=_name("transfer"))
    named = member(elsewhere, Role.RESEARCHER, username=_name("completer"))
    draft = AchievementFactory(body__owner=house, body__created_by=officer)
    row = Completer.objects.create(achievement=draft, name="完成人", user=named)
    file = attach(draft, officer)
    browser = _browser(named)
    opens = [
        (browser, draft.get_absolute_url()),
        (browser, reverse("files:open", args=[file.uuid])),
        (_program(named), f"/api/achievements/{draft.uuid}/"),
    ]
    return Standing(opens, row.delete)


def need_closed() -> Standing:
    """A public need becomes one for invited ones: visitors and members lose it at once, on pages and by API."""
    firm = Firm()
    need = make_need(firm.house, firm.boss)
    guest = OrganisationFactory(name=_name("测试受邀企业"))
    other = member(OrganisationFactory(name=_name("测试企业")), Role.ENTERPRISE_OWNER, username=_name("other"))
    opens = [
        (Client(), need.get_absolute_url()),
        (APIClient(), f"/api/needs/{need.uuid}/"),
        (_browser(other), need.get_absolute_url()),
    ]
    return Standing(
        opens,
        lambda: revise_need(by=firm.boss, need=need, version=1, data={"visibility": "invited"}, invited=[guest]),
        [(firm.browser, need.get_absolute_url())],
    )


def step_taken_back() -> Standing:
    """An enterprise takes back the problem of a confidential need: what quotes it is gone at once, the match is not."""
    firm = Firm()
    house = OrganisationFactory(name=_name("测试大学"), kind=OrganisationKind.UNIVERSITY)
    officer = member(house, Role.UNIVERSITY_OFFICER, username=_name("transfer"))
    offer = AchievementFactory(state="accepted", body__owner=house, body__created_by=officer)
    pair = MatchFactory(need=make_need(firm.house, firm.boss, visibility="invited"), achievement=offer)
    match = release_match(by=firm.secretary, match=pair, though_closed=True)
    for step in (Step.PROBLEM, Step.INDICATORS):
        open_step(by=firm.boss, match=match, step=step)
    browser = _browser(officer)
    quoting = ("match_outlook", [match.uuid]), ("match_dispute", [match.uuid, "text"])
    opens = [(browser, reverse(f"matching:{name}", args=args)) for name, args in quoting]
    return Standing(
        opens,
        lambda: revoke_step(by=firm.boss, match=match, step=Step.PROBLEM),
        [(browser, match.get_absolute_url())],
    )


CASES: tuple[Callable[[], Standing], ...] = (
    role_ended,
    account_disabled,
    organisation_frozen,
    password_changed,
    session_ended,
    token_revoked,
    second_factor_reset,
    officer_moved_on,
    invitation_withdrawn,
    consent_withdrawn,
    completer_taken_off,
    need_closed,
    step_taken_back,
)


def answered(client: Any, address: str) -> int:
    """The status of an answer, read to its end."""
    asks = {"HTTP_HX_REQUEST": "true"} if address.endswith("/progress/") else {}  # as the open page does
    response = client.get(address, **asks)
    if response.streaming:
        assert sum(map(len, response.streaming_content)) >= 0
        for close in response._resource_closers:
            close()
    return int(response.status_code)


def faults(standing: Standing) -> tuple[int, list[str]]:
    """(addresses asked, what is wrong): each answers before, none after, at the very next request; `others` go on."""
    wrong = [f"shut before: {one} {said}" for client, one in standing.opens if (said := answered(client, one)) >= 300]
    standing.ends()
    denied = (302, 401, 403, 404)
    wrong += [
        f"open after: {one} {said}" for client, one in standing.opens if (said := answered(client, one)) not in denied
    ]
    wrong += [f"locked out: {one} {said}" for client, one in standing.others if (said := answered(client, one)) >= 300]
    return len(standing.opens), wrong
