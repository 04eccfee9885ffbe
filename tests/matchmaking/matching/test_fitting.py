"""Needs that fit us: from the stored lists, over own records and visible needs, with nothing an officer has decided."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from experts.models import Conflict
from matchmaking.jobs.models import Job
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.jobs.services import enqueue
from matchmaking.matching import fitting
from matchmaking.matching.enums import MatchState, RunScope
from matchmaking.matching.models import Candidate, Match, MatchRun, RunNeed
from matchmaking.matching.services import looks
from matchmaking.matching.services.review import drop_match, propose_match, release_match
from matchmaking.notifications.models import Notification, OutboxMail
from needs.models import TechNeed
from tests.factories.catalog import AchievementFactory
from tests.factories.experts import make_expert
from tests.factories.needs import make_need
from tests.matchmaking.matching.incremental import run_all

pytestmark = pytest.mark.django_db
URL = reverse("matching:fitting_needs")
REASONS = [{"signal": "text", "contribution": 0.6, "params": {"share": 0.6, "terms": [["涡流检测", 0.4]], "rest": 0.2},
            "need_quotes": [{"field": "problem", "text": "叶片漏检率高。"}], "offer_quotes": []}]  # fmt: skip


@pytest.fixture
def run():
    """`run(scope)` is a finished run."""

    def make(scope=RunScope.ALL, **of):
        return MatchRun.objects.create(scope=scope, finished_at=timezone.now(), **of)

    return make


@pytest.fixture
def candidate():
    def make(run, need, target, score=0.6, *, above_floor=True):
        kind = target._meta.model_name
        if run.scope == RunScope.ALL:
            RunNeed.objects.get_or_create(run=run, need=need, source=run, defaults={"text_version": 1})
        return Candidate.objects.create(run=run, need=need, score=score, rank=1, above_floor=above_floor,
                                        reasons=REASONS, **{kind: target})  # fmt: skip

    return make


@pytest.fixture
def expert(university, university_officer, expert_user):
    return make_expert(university, university_officer, user=expert_user)


def found(user):
    return {one.need: one for one in fitting.with_records(fitting.fitting(user))}


# --- What fits whom ---------------------------------------------------------------------------------------------------


def test_the_best_own_record_of_each_need_is_shown(run, candidate, need, achievement, expert, university_officer,
                                                   other_university_officer):  # fmt: skip
    first = run()
    candidate(first, need, achievement, 0.5)
    best = candidate(first, need, expert, 0.7)
    assert found(university_officer) == {need: best}
    assert found(other_university_officer) == {}


def test_a_person_sees_what_fits_himself(run, candidate, need, achievement, expert, expert_user, researcher):
    one = run()
    for_work, for_expert = candidate(one, need, achievement, 0.8), candidate(one, need, expert, 0.7)
    assert found(expert_user) == {need: for_expert}
    assert found(researcher) == {need: for_work}


def test_a_park_sees_what_fits_its_institutes(run, candidate, need, achievement, park, park_admin, university):
    one = candidate(run(), need, achievement)
    assert found(park_admin) == {}
    type(university).objects.filter(pk=university.pk).update(park=park)
    assert found(park_admin) == {need: one}


def test_only_what_is_strong_enough_and_stands_in_both_pools(run, candidate, need, achievement, enterprise,
                                                             enterprise_lead, university_officer):  # fmt: skip
    one = candidate(run(), need, achievement, above_floor=False)
    assert found(university_officer) == {}
    Candidate.objects.update(above_floor=True)
    assert found(university_officer) == {need: one}
    type(achievement).objects.filter(pk=achievement.pk).update(state="suspended")
    assert found(university_officer) == {}
    type(achievement).objects.filter(pk=achievement.pk).update(state="accepted")
    TechNeed.objects.filter(pk=need.pk).update(state="withdrawn")
    assert found(university_officer) == {}
    contracted = make_need(enterprise, enterprise_lead, state="contracted")  # all see it, it looks for nobody any more
    candidate(run(), contracted, achievement)
    assert TechNeed.objects.visible_to(university_officer).filter(pk=contracted.pk).exists()
    assert found(university_officer) == {}


def test_the_newest_list_of_a_need_counts_and_newcomers_are_added(run, candidate, need, achievement, university,
                                                                  researcher, university_officer):  # fmt: skip
    other = AchievementFactory(state="accepted", body__owner=university, body__created_by=researcher)
    old = run()
    candidate(old, need, achievement, 0.9)
    assert found(university_officer)[need].score == 0.9
    candidate(run(), need, other, 0.5)
    assert found(university_officer)[need].score == 0.5, "the list was made anew, and the first one fell out of it"
    candidate(run(RunScope.ACHIEVEMENT, achievement=achievement), need, achievement, 0.6)
    assert found(university_officer)[need].score == 0.6, "a newcomer adds to the list"


def test_a_newer_list_without_own_records_ends_the_older_one(run, candidate, need, achievement, university_officer):
    old = run()
    one = candidate(old, need, achievement, 0.9)
    unfinished = MatchRun.objects.create(scope=RunScope.ALL)
    RunNeed.objects.create(run=unfinished, need=need, source=unfinished, text_version=1)
    assert found(university_officer) == {need: one}
    shared = run(base=old)
    RunNeed.objects.create(run=shared, need=need, source=old, text_version=1)
    assert found(university_officer) == {need: one}, "the newer run shares the list"
    newest = run()
    RunNeed.objects.create(run=newest, need=need, source=newest, text_version=1)
    assert found(university_officer) == {}


def test_lists_of_experts_may_stand_elsewhere(run, candidate, need, achievement, expert, university_officer):
    old, base = run(), run()
    candidate(old, need, expert, 0.9)
    of_work, of_person = candidate(base, need, achievement, 0.5), candidate(base, need, expert, 0.4)
    newest = run(base=base)
    RunNeed.objects.create(run=newest, need=need, source=newest, expert_source=base, text_version=1)
    assert found(university_officer) == {need: of_person}
    Candidate.objects.filter(pk=of_work.pk).update(run=newest)
    assert found(university_officer) == {need: of_work}


@pytest.mark.parametrize("scope", [RunScope.ACHIEVEMENT, RunScope.NEED])
def test_a_record_matched_again_counts_as_it_reads_now(run, candidate, need, achievement, university_officer, scope):
    candidate(run(), need, achievement, 0.9)
    again = run(scope, **{scope.value: achievement if scope == RunScope.ACHIEVEMENT else need})
    assert found(university_officer) == {}
    now = candidate(again, need, achievement, 0.4)
    assert found(university_officer) == {need: now}


def test_a_need_that_the_reader_may_not_see_is_not_told(run, candidate, enterprise, enterprise_lead, achievement,
                                                        university_officer, login):  # fmt: skip
    secret = make_need(enterprise, enterprise_lead, title="不公开的需求", visibility="invited")
    candidate(run(), secret, achievement)
    assert found(university_officer) == {}
    page = login(university_officer).get(URL)
    assert page.context["counts"] == {"all": 0, "day": 0, "week": 0, "look": 0}
    assert "不公开的需求" not in page.content.decode()


def test_a_hidden_owner_stays_hidden(
    run, candidate, enterprise, enterprise_lead, achievement, university_officer, login, secretary
):
    hidden = make_need(enterprise, enterprise_lead, title="匿名需求", visibility="hidden_owner")
    candidate(run(), hidden, achievement)
    release_match(by=secretary, match=propose_match(by=secretary, need=hidden, target=achievement))
    page = login(university_officer).get(URL).content.decode()
    assert "匿名需求" in page
    assert enterprise.name not in page


def test_no_conflict_declared_by_oneself_tells_a_hidden_owner(enterprise, enterprise_lead, expert, expert_user):
    """The engine leaves out who declared a conflict: the list must not differ for it."""
    hidden = make_need(enterprise, enterprise_lead, visibility="hidden_owner")
    shown = make_need(enterprise, enterprise_lead)
    listed = []
    for declared in (False, True):
        if declared:
            Conflict.objects.create(expert=expert, organisation=enterprise)
        run_all()
        Candidate.objects.update(above_floor=True)
        listed.append(set(found(expert_user)))
    assert Candidate.objects.filter(need=hidden, expert=expert).exists()
    assert [hidden in needs for needs in listed] == [False, False]
    assert [shown in needs for needs in listed] == [True, False]


# --- What officers decide stays with them -----------------------------------------------------------------------------


def test_an_unreleased_decision_does_not_show(run, candidate, need, achievement, university_officer, secretary, login):
    candidate(run(), need, achievement)
    client = login(university_officer)
    before = client.get(URL).content.decode()
    match = Match.objects.create(need=need, achievement=achievement, need_text_version=1, target_text_version=1)
    proposed = client.get(URL).content.decode()
    drop_match(by=secretary, match=match, reason="price")
    dropped = client.get(URL).content.decode()
    for page in (before, proposed, dropped):
        assert f"{reverse('matching:match_propose', args=[need.uuid])}?number={achievement.public_no}" in page
        assert str(match.uuid) not in page


def test_a_released_match_is_shown_instead_of_the_button(run, candidate, need, achievement, university_officer,
                                                         secretary, login):  # fmt: skip
    candidate(run(), need, achievement)
    match = propose_match(by=secretary, need=need, target=achievement)
    release_match(by=secretary, match=match)
    page = login(university_officer).get(URL).content.decode()
    assert match.get_absolute_url() in page
    assert "number=" not in page
    assert match.exposures.get(viewer=university_officer).position == 1


def test_one_proposes_oneself_from_there(run, candidate, need, achievement, university_officer, login):
    candidate(run(), need, achievement)
    Match.objects.create(need=need, achievement=achievement, need_text_version=1, target_text_version=1)
    client = login(university_officer)
    page = reverse("matching:match_propose", args=[need.uuid])
    form = client.get(page, {"number": achievement.public_no}).context["form"]
    assert form["number"].value() == achievement.public_no
    client.post(page, {"number": achievement.public_no, "note": "我校愿意承担"})
    match = Match.objects.get()
    assert (match.state, match.proposed_by) == (MatchState.PROPOSED, university_officer)


def test_who_may_not_propose_sees_no_button(run, candidate, need, achievement, researcher, login):
    candidate(run(), need, achievement)
    page = login(researcher).get(URL).content.decode()
    assert need.title in page
    assert "number=" not in page


# --- Arrived since ----------------------------------------------------------------------------------------------------


@pytest.fixture
def arriving(run, candidate, enterprise, enterprise_lead, achievement):
    """`arriving(days)` is a fitting need that was published so many days ago."""
    one = run()

    def make(days, **fields):
        made = make_need(enterprise, enterprise_lead, **fields)
        TechNeed.objects.filter(pk=made.pk).update(published_at=timezone.now() - timedelta(days=days))
        candidate(one, made, achievement)
        return made

    return make


def test_arrived_since_yesterday_or_within_a_week(arriving, university_officer, login):
    today, this_week, old = arriving(0), arriving(5), arriving(20)
    client = login(university_officer)
    asked = {name: client.get(URL, {"arrived": name}) for name in ("", "day", "week", "nonsense")}
    listed = {name: {row.candidate.need for row in page.context["rows"]} for name, page in asked.items()}
    assert listed[""] == {today, this_week, old}
    assert listed["day"] == {today}
    assert listed["week"] == {today, this_week}
    assert asked[""].context["counts"] == {"all": 3, "day": 1, "week": 2, "look": 3}
    newest = client.get(URL, {"sort": "new"}).context["rows"]
    assert [row.candidate.need for row in newest] == [today, this_week, old]


def test_arrived_since_the_last_visit(arriving, university_officer, login):
    client = login(university_officer)
    with time_machine.travel(timezone.now() - timedelta(days=3), tick=False):
        assert client.get(URL).context["looked_before"] is None
    old, new = arriving(4), arriving(1)
    page = client.get(URL, {"arrived": "look"})
    assert {row.candidate.need for row in page.context["rows"]} == {new}
    assert page.context["counts"]["look"] == 1
    again = client.get(URL, {"arrived": "look"})
    assert {row.candidate.need for row in again.context["rows"]} == {new}, "looks within half an hour are one"
    assert old in {row.candidate.need for row in client.get(URL).context["rows"]}


def test_by_field_region_kind_and_closing_day(arriving, university_officer, login):
    soon = arriving(0, open_until=timezone.localdate() + timedelta(days=10))
    late = arriving(0, open_until=timezone.localdate() + timedelta(days=200))
    client = login(university_officer)

    def listed(**query):
        return {row.candidate.need for row in client.get(URL, query).context["rows"]}

    assert listed(closing="30") == {soon}
    assert listed(field=soon.tech_field[:2]) == {soon, late}
    assert listed(field="01") == set()
    assert listed(region=soon.region_id) == {soon, late}
    assert listed(region="37") == set()
    assert listed(kind="expert") == set()


# --- The page ---------------------------------------------------------------------------------------------------------


def test_each_row_says_why(arriving, university_officer, login):
    need = arriving(0)
    client = login(university_officer)
    page = client.get(URL).content.decode()
    assert need.title in page
    assert "涡流检测" in page
    fragment = client.get(URL, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment


def test_the_queries_do_not_grow_with_the_rows(arriving, university_officer, login, django_assert_max_num_queries):
    client = login(university_officer)
    arriving(0)
    client.get(URL)  # with a row, so that the labels of the filters are read
    counts = []
    for more in (1, 8):
        for _number in range(more):
            arriving(0)
        with django_assert_max_num_queries(40) as captured:
            assert client.get(URL).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_an_empty_list_says_what_to_do(university_officer, login):
    assert reverse("finding:like") in login(university_officer).get(URL).content.decode()


# --- Told once a day --------------------------------------------------------------------------------------------------


def test_the_bell_says_in_the_morning_how_many_came_yesterday(arriving, university_officer, other_university_officer):
    arriving(1)
    arriving(1)
    arriving(0)
    arriving(9)
    for _twice in range(2):
        enqueue(kind="tell_fitting_needs", args={})
        run_due_jobs()
    told = Notification.objects.filter(kind="fitting_needs")
    assert [(one.recipient, one.params) for one in told.filter(recipient=university_officer)] == [
        (university_officer, {"count": 2})
    ]
    assert not told.filter(recipient=other_university_officer).exists()
    assert not OutboxMail.objects.exists()


def test_a_park_is_told_too(arriving, park, park_admin, university):
    type(university).objects.filter(pk=university.pk).update(park=park)
    arriving(1)
    enqueue(kind="tell_fitting_needs", args={})
    run_due_jobs()
    assert Notification.objects.get(kind="fitting_needs", recipient=park_admin).params == {"count": 1}


def test_one_who_cannot_be_told_stops_nobody_after_him(arriving, university_officer, researcher, monkeypatch):
    arriving(1)
    first, last = sorted((university_officer, researcher), key=lambda person: person.pk)
    fit = looks.fitting

    def failing(user):
        if user == first:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        return fit(user)

    monkeypatch.setattr(looks, "fitting", failing)
    enqueue(kind="tell_fitting_needs", args={})
    run_due_jobs()
    assert [one.recipient for one in Notification.objects.filter(kind="fitting_needs")] == [last]


def test_tried_again_after_midnight_it_tells_the_same_day(arriving, university_officer):
    arriving(2)
    arriving(2)
    arriving(1)
    job = enqueue(kind="tell_fitting_needs", args={})
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(days=1))
    run_due_jobs()
    assert Notification.objects.get(kind="fitting_needs", recipient=university_officer).params == {"count": 2}


def test_the_first_screen_names_the_newest(arriving, university_officer, enterprise_lead, login):
    arriving(9, title="旧需求")
    new = arriving(0, title="新需求")
    panels = {panel.url: panel for panel in login(university_officer).get("/").context["panels"]}
    assert [item.title for item in panels[URL].items] == ["新需求", "旧需求"]
    assert panels[URL].items[0].url == new.get_absolute_url()
    assert panels[URL].items[0].note == Candidate.objects.first().achievement.title
    assert URL not in {panel.url for panel in login(enterprise_lead).get("/").context["panels"]}


def test_a_park_reads_of_its_organisations_and_is_asked_for_nothing_while_there_is_nothing(
    run, candidate, need, achievement, university_officer, park_admin, login
):
    for person, of_park in ((park_admin, True), (university_officer, False)):
        response = login(person).get(URL)
        assert response.context["of_park"] is of_park
        assert "<select" not in response.content.decode().split("<main")[1]
    candidate(run(), need, achievement)
    assert "<select" in login(university_officer).get(URL).content.decode().split("<main")[1]
