"""Pairs of which one side could not read the other's text: told before the release, never released with many."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from matchmaking.matching.closed import Closed, closed_pair, closed_pairs
from matchmaking.matching.enums import MatchState, RunScope, Uncovered, Variant
from matchmaking.matching.models import Assignment, Candidate, Match, MatchRun, NeedOutcome
from matchmaking.matching.services import assigning
from matchmaking.matching.services.releasing import release_assigned
from matchmaking.matching.services.review import ClosedText, release_match, release_matches
from needs.models import NeedInvitation, TechNeed
from tests.factories.catalog import AchievementFactory
from tests.factories.experts import make_expert
from tests.factories.matching import MatchFactory, write_down
from tests.factories.needs import make_need
from tests.factories.teams import make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def not_invited():
    """What the officer reads, in the language of the tests."""
    return str(Closed(need=True, target=False).reason)


@pytest.fixture
def officer(regional_officer_miit):
    return regional_officer_miit


@pytest.fixture
def secret(enterprise, enterprise_lead, other_enterprise):
    """A need that one other organisation may read."""
    return make_need(enterprise, enterprise_lead, visibility="invited", invited=[other_enterprise])


@pytest.fixture
def closed(secret, achievement):
    return MatchFactory(need=secret, achievement=achievement)


def test_who_is_invited_may_read(secret, achievement, university):
    match = MatchFactory(need=secret, achievement=achievement)
    assert closed_pair(match).need
    NeedInvitation.objects.create(need=secret, organisation=university)
    assert closed_pair(match) is None


def test_every_kind_of_answer_has_its_unit(secret, university, university_officer):
    expert = make_expert(university, university_officer)
    team = make_team(expert, university_officer)
    matches = [MatchFactory(need=secret, achievement=None, **one) for one in ({"expert": expert}, {"team": team})]
    assert set(closed_pairs(matches)) == {match.pk for match in matches}
    NeedInvitation.objects.create(need=secret, organisation=university)
    assert closed_pairs(matches) == {}


def test_open_needs_and_answers_are_not_closed(match, enterprise, enterprise_lead, achievement):
    members = MatchFactory(need=make_need(enterprise, enterprise_lead, visibility="members"), achievement=achievement)
    assert closed_pairs([match, members]) == {}


def test_an_answer_for_invited_ones_is_closed_to_the_enterprise(need, university, researcher):
    offered = AchievementFactory(state="accepted", visibility="invited", body__owner=university)
    told = closed_pair(MatchFactory(need=need, achievement=offered))
    assert (told.need, told.target) == (False, True)


def test_it_is_released_only_by_who_knows(closed, officer):
    with pytest.raises(ClosedText):
        release_match(by=officer, match=closed)
    closed.refresh_from_db()
    assert closed.state == MatchState.PROPOSED
    assert release_match(by=officer, match=closed, though_closed=True).state == MatchState.RELEASED


def test_a_release_of_many_passes_it_over_with_the_reason(closed, match, officer):
    done, moved, [(passed, why)] = release_matches(by=officer, matches=[closed, match])
    assert (done, moved, passed) == ([match], [], closed)
    assert why == Closed(need=True, target=False).reason
    assert Match.objects.get(pk=closed.pk).state == MatchState.PROPOSED


def assigned(*pairs):
    """The lists of a run that has found these pairs, the first for each need the best: (need, target) by variant."""
    run = MatchRun.objects.create(scope=RunScope.ALL)
    for rank, (need, target) in enumerate(pairs, start=1):
        kind = "expert" if hasattr(target, "directions") else "achievement"
        Candidate.objects.create(run=run, need=need, rank=rank, score=1 - rank / 10, above_floor=True,
                                 reasons=[{"signal": "text", "contribution": 1.0}], **{kind: target})  # fmt: skip
    write_down(run)
    assigning.assign(run)
    return run


@pytest.mark.parametrize("invited", [False, True])
@pytest.mark.parametrize("kind", ["achievement", "expert"])
def test_a_unit_that_is_not_invited_takes_no_place(
    secret, achievement, university, university_officer, other_university, kind, invited
):
    """Of an expert the unit that nominated him, wherever he works."""
    target = achievement
    if kind == "expert":
        target = make_expert(university, university_officer, organisation=other_university)
    if invited:
        NeedInvitation.objects.create(need=secret, organisation=university)
    run = assigned((secret, target))
    assert (closed_pair(Match(need=secret, **{kind: target})) is None) == invited
    given = Assignment.objects.filter(run=run, need=secret)
    assert set(given.values_list("variant", flat=True)) == (set(Variant.values) if invited else set())
    outcome = NeedOutcome.objects.get(run=run, need=secret, kind=kind)
    assert outcome.why_uncovered == ("" if invited else Uncovered.EXCLUDED)


def test_the_place_goes_to_the_next_who_may_read(secret, need, achievement, university, researcher, other_enterprise):
    closed = AchievementFactory(state="accepted", visibility="invited", body__owner=university)
    guest = AchievementFactory(state="accepted", body__owner=other_enterprise, body__created_by=researcher)
    run = assigned((secret, achievement), (secret, guest), (need, closed), (need, achievement))
    places = Assignment.objects.filter(run=run, variant=Variant.BEST)
    assert set(places.values_list("need", "achievement")) == {(secret.pk, guest.pk), (need.pk, achievement.pk)}


def test_a_release_of_what_was_assigned_passes_it_over(need, achievement, secretary):
    """The need was closed after it was assigned."""
    run = assigned((need, achievement))
    TechNeed.objects.filter(pk=need.pk).update(visibility="invited")
    places = list(Assignment.objects.filter(run=run, need=need, variant=Variant.BEST))
    done, [(_place, why)] = release_assigned(by=secretary, places=places)
    assert (done, why) == ([], Closed(need=True, target=False).reason)
    assert not Match.objects.filter(state=MatchState.RELEASED).exists()


# --- Pages --------------------------------------------------------------------------------------------------------


def test_the_officer_sees_it_before_the_decision(closed, match, officer, login, not_invited):
    client = login(officer)
    page = client.get(closed.get_absolute_url()).content.decode()
    assert not_invited in page
    assert 'name="though" value="closed"' in page
    assert not_invited not in client.get(match.get_absolute_url()).content.decode()


def test_one_click_from_an_older_page_does_not_release_it(closed, officer, login, not_invited):
    client, url = login(officer), reverse("matching:match_release", args=[closed.uuid])
    page = client.post(url, follow=True).content.decode()
    assert not_invited in page
    assert Match.objects.get(pk=closed.pk).state == MatchState.PROPOSED
    client.post(url, {"though": "closed"})
    assert Match.objects.get(pk=closed.pk).state == MatchState.RELEASED


def test_the_queue_marks_it_and_many_pass_it_over(closed, match, officer, login, not_invited):
    client = login(officer)
    assert (
        client.get(reverse("matching:review_queue")).content.decode().count(str(Closed(need=True, target=False).short))
        == 1
    )
    page = client.post(reverse("matching:review_decide"), {"do": "release", "pk": [closed.pk, match.pk]}, follow=True)
    assert not_invited in page.content.decode()
    assert closed.get_absolute_url() in page.content.decode()
    assert set(Match.objects.values_list("pk", "state")) == {(closed.pk, "proposed"), (match.pk, "released")}


@pytest.mark.parametrize("who", ["enterprise_lead", "researcher"])
def test_the_sides_are_not_told(closed, officer, who, request, login, not_invited):
    release_match(by=officer, match=closed, though_closed=True)
    page = login(request.getfixturevalue(who)).get(closed.get_absolute_url()).content.decode()
    assert not_invited not in page


def test_it_costs_the_same_for_any_number_of_rows(secret, university, university_officer, researcher):
    def queries(rows):
        with CaptureQueriesContext(
            connection,
        ) as counted:
            closed_pairs(rows)
        return len(counted)

    rows = [MatchFactory(need=secret, achievement=AchievementFactory(state="accepted", body__owner=university))
            for _number in range(5)]  # fmt: skip
    assert queries(rows[:1]) == queries(rows) <= 4
