"""Response rate and median hours of an organisation: what counts, who reads it, and what nobody may guess from it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from matchmaking.accounts.enums import Role
from matchmaking.matching.enums import Answer, Side
from matchmaking.matching.models import Match, MatchSide
from matchmaking.matching.response import lines_of, requests_to, response_of, told
from matchmaking.vocabularies.workdays import end_of_workday_after
from tests.factories.accounts import member
from tests.factories.catalog import AchievementFactory
from tests.factories.matching import MatchFactory
from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db
VISITOR = AnonymousUser()


@pytest.fixture
def ask(university, researcher, enterprise, enterprise_lead):
    """`ask(answer, hours=…)`: a released match in which the university's side was asked 60 days ago and has answered
    after so many hours; without an answer its time ran out, or with `state` whatever ended the match."""
    made = []

    def one(answer="", *, hours=24.0, days_ago=60, state="", visibility="public", hidden="public", due=None):
        need = make_need(enterprise, enterprise_lead, title=f"难题{len(made)}", visibility=visibility)
        record = AchievementFactory(state="accepted", body__owner=university, body__created_by=researcher,
                                    visibility=hidden)  # fmt: skip
        asked = timezone.now() - timedelta(days=days_ago)
        due = due or end_of_workday_after(asked, 10)
        state = state or {"": "no_answer", "no": "declined"}.get(answer, "released")
        ended = None if state == "released" else due + timedelta(minutes=1)
        match = MatchFactory(need=need, achievement=record, state=state, released_at=asked, ended_at=ended)
        answered = {"answer": answer, "answered_at": asked + timedelta(hours=hours), "answered_by": researcher,
                    "reason": "price" if answer == "no" else "",
                    "ask_again_on": timezone.localdate() if answer == "later" else None}  # fmt: skip
        made.append(MatchSide.objects.create(match=match, side=Side.PROVIDER, asked_at=asked, due_at=due,
                                             **(answered if answer else {})))  # fmt: skip
        return made[-1]

    return one


def figures(organisation, reader):
    """(requests, decided, in time, median hours) of the provider side, or None."""
    found = [one for one in response_of(organisation, reader) if one.side == Side.PROVIDER]
    return (found[0].requests, found[0].decided, found[0].in_time, found[0].hours) if found else None


# --- What counts ------------------------------------------------------------------------------------------------------


def test_decisions_in_time_over_requests_and_the_median_of_what_they_took(ask, university, secretary):
    ask("interested", hours=10)
    ask("no", hours=30)
    ask("interested", hours=80)
    ask("no", hours=24 * 40, due=timezone.now())  # after a “later”, far beyond the ten working days
    ask()  # ran out
    [one] = response_of(university, secretary)
    assert (one.side, one.requests, one.decided, one.in_time, one.hours) == (Side.PROVIDER, 5, 4, 3, 55.0)
    assert one.rate == 60


def test_what_waits_or_was_ended_by_others_is_no_silence(ask, university, secretary):
    later = timezone.now() + timedelta(days=3)
    ask(state="released", days_ago=5)
    ask("later", state="released", due=later)
    for state in ("declined", "closed_by_source"):  # before its time was over
        side = ask(state=state)
        Match.objects.filter(pk=side.match_id).update(ended_at=side.due_at - timedelta(days=2))
    ask("interested", days_ago=400)
    proposed = ask("interested")
    MatchSide.objects.filter(pk=proposed.pk).update(answered_at=proposed.asked_at)  # it proposed the match itself
    assert figures(university, secretary) is None
    ask(state="released")  # over, though nobody has looked at the clocks yet
    ask("later")
    assert figures(university, secretary) == (2, 0, 0, None)


def test_each_side_counts_for_its_own_organisation(ask, university, other_university, enterprise, secretary):
    side = ask("interested")
    assert figures(other_university, secretary) is None
    assert response_of(enterprise, secretary) == []
    MatchSide.objects.create(match=side.match, side=Side.ENTERPRISE, asked_at=side.asked_at, due_at=side.due_at)
    Match.objects.update(state="no_answer", ended_at=side.due_at + timedelta(minutes=1))
    [one] = response_of(enterprise, secretary)
    assert (one.side, one.requests, one.decided) == (Side.ENTERPRISE, 1, 0)
    assert figures(university, secretary) == (1, 1, 1, 24.0)


# --- Who reads it -----------------------------------------------------------------------------------------------------


def test_everybody_reads_figures_from_so_many_decisions_on(
    ask, university, researcher, regional_officer_miit, stranger, enterprise_lead, settings
):
    for _ in range(settings.RESPONSE_FIGURES_FROM - 1):
        ask("interested")
    ask()  # a silence is no decision, and does not help to reach the number
    for outsider in (VISITOR, stranger, enterprise_lead):
        assert figures(university, outsider) is None
    for insider in (researcher, regional_officer_miit):
        assert figures(university, insider) == (5, 4, 4, 24.0)
    ask("no")
    for reader in (VISITOR, stranger, enterprise_lead, researcher):
        assert figures(university, reader) == (6, 5, 5, 24.0)


@pytest.mark.parametrize("confidential", [{"visibility": "invited"}, {"visibility": "hidden_owner"},
                                          {"visibility": "members"}, {"hidden": "invited"},
                                          {"hidden": "hidden_owner"}])  # fmt: skip
def test_a_confidential_pair_moves_no_figure_that_everybody_reads(ask, university, secretary, settings, confidential):
    for _ in range(settings.RESPONSE_FIGURES_FROM):
        ask("interested")
    before = figures(university, VISITOR)
    ask("no", hours=200, **confidential)
    ask(**confidential)
    assert figures(university, VISITOR) == before == (5, 5, 5, 24.0)
    assert figures(university, secretary) == (7, 6, 6, 24.0)


# --- The card and the rows behind it ----------------------------------------------------------------------------------


def card(organisation, reader, login):
    return login(reader).get(reverse("matching:response_figures", args=[organisation.uuid]),
                             headers={"accept-language": "en"}).content.decode()  # fmt: skip


def test_the_card_stands_on_the_page_of_the_organisation(ask, university, secretary, login, settings):
    page = login().get(university.get_absolute_url()).content.decode()
    assert f'hx-get="{reverse("matching:response_figures", args=[university.uuid])}"' in page
    assert card(university, None, login).strip() == ""
    for _ in range(settings.RESPONSE_FIGURES_FROM):
        ask("interested", hours=12)
    for reader, link in ((None, False), (secretary, True)):
        shown = card(university, reader, login)
        assert "100 %" in shown
        assert "12 小时" in shown
        assert "5 项请求中有 5 项" in shown
        assert ("查看请求" in shown) == link


def test_the_rows_are_those_of_the_figure_as_far_as_the_reader_opens_them(
    ask, university, university_officer, other_regional_officer_miit, enterprise_lead, stranger, login
):
    mine = [ask("interested"), ask(), ask("no", hours=24 * 40, due=timezone.now())]
    ask(state="released", days_ago=2)  # waits
    url = reverse("matching:response_rows", args=[university.uuid])
    page = login(university_officer).get(url)
    assert {line.side.pk for _no, line in page.context["rows"]} == {side.pk for side in mine}
    assert sorted(line.in_time for _no, line in page.context["rows"]) == [False, False, True]
    assert login(university_officer).get(f"{url}?side=nobody").status_code == 404
    for outsider in (enterprise_lead, stranger):
        assert login(outsider).get(url).status_code == 403
    elsewhere = login(other_regional_officer_miit).get(url)
    assert elsewhere.context["rows"] == []
    assert "共 3 项请求，您可查看其中 0 项" in elsewhere.content.decode()


def test_a_colleague_opens_only_what_he_answers_for(ask, university):
    ask("interested")
    colleague = member(university, Role.RESEARCHER, username="colleague")
    assert figures(university, colleague) == (1, 1, 1, 24.0)
    assert not lines_of(university, colleague, Side.PROVIDER).exists()


def test_as_many_queries_for_many_requests_as_for_one(ask, university, university_officer, login):
    ask("interested")
    urls = [reverse(f"matching:{name}", args=[university.uuid]) for name in ("response_figures", "response_rows")]
    client = login(university_officer)

    def queries(url):
        client.get(url)  # the time of the session is noted once
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url).status_code == 200
        return len(asked)

    few = [queries(url) for url in urls]
    for answer in ("interested", "no", "", "no"):
        ask(answer)
    assert [queries(url) for url in urls] == few


def test_an_answer_is_told_with_its_hours(ask, university):
    ask("interested", hours=7)
    [line] = told(requests_to(university))
    assert (line.hours, line.in_time, line.side.answer) == (7.0, True, Answer.INTERESTED)
