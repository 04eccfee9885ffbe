"""A team as the target of a match: proposed, told to its lead and unit, answered by them, closed when it leaves."""

import pytest
from django.contrib.auth.models import AnonymousUser

from experts.models import Team
from experts.teams.services import dissolve_team
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.matching import rules
from matchmaking.matching.enums import MatchState, Side
from matchmaking.matching.models import Match
from matchmaking.matching.presenting import match_rows
from matchmaking.matching.services import people
from matchmaking.matching.services.review import NotInPool, propose_match
from tests.factories.experts import make_expert
from tests.factories.teams import make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(university, university_officer, expert_user, other_university, other_university_officer):
    lead = make_expert(university, university_officer, name="牵头专家", user=expert_user)
    return make_team(lead, university_officer, members=[make_expert(other_university, other_university_officer)])


def test_lead_and_unit_are_told_and_speak_for_the_team(need, team, secretary, expert_user, university_officer,
                                                       other_university_officer):  # fmt: skip
    match = propose_match(by=secretary, need=need, target=team)

    assert set(people.provider_people(match)) == {expert_user, university_officer}
    for person in (expert_user, university_officer):
        assert rules.speaks_for(person, match) == Side.PROVIDER
    assert rules.speaks_for(other_university_officer, match) is None


def test_a_reader_of_the_match_finds_the_way_to_the_team(need, team, secretary):
    match = propose_match(by=secretary, need=need, target=team)

    [row] = match_rows([match], secretary)

    assert row["target"].url == team.get_absolute_url()
    assert Team.objects.visible_to(AnonymousUser()).filter(pk=team.pk).exists()


@pytest.mark.parametrize("state", ["draft", "submitted", "left"])
def test_a_team_that_is_not_in_the_pool_is_not_proposed(need, team, secretary, university_officer, state):
    outside = make_team(team.lead, university_officer, state=state)

    with pytest.raises(NotInPool):
        propose_match(by=secretary, need=need, target=outside)


def test_a_dissolved_team_takes_its_open_matches_along(need, team, secretary, expert_user):
    match = propose_match(by=secretary, need=need, target=team)

    dissolve_team(by=expert_user, team=team)
    run_due_jobs()

    assert Match.objects.get(pk=match.pk).state == MatchState.CLOSED_BY_SOURCE
