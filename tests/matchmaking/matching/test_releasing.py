"""Releasing what was assigned: within the room of now, each place once, with what the run says of the pair."""

import pytest
from django.utils.translation import gettext

from catalog.models import CompletingUnit
from matchmaking.matching.enums import MatchState, Origin, RunScope
from matchmaking.matching.models import Assignment, AssignmentPlan, Candidate, Match, MatchRun
from matchmaking.matching.services import assigning
from matchmaking.matching.services.assigning import choose_variant
from matchmaking.matching.services.releasing import NotOffered, TextChanged, release_assigned
from matchmaking.matching.services.review import NotAllowed
from matchmaking.matching.two_lists import releasable
from tests.factories.catalog import AchievementFactory
from tests.factories.experts import make_expert
from tests.factories.matching import MatchFactory, write_down
from tests.factories.needs import make_need
from tests.factories.teams import make_team

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def two_places(settings):
    settings.MATCHES_PER_NEED = {"achievement": 2, "expert": 1}
    settings.MOST_LOAD = {"achievement": 1, "expert": 1}
    settings.LEAST_LOAD = {"achievement": 0, "expert": 0}
    return settings


@pytest.fixture
def offers(university, researcher):
    return [AchievementFactory(state="accepted", body__owner=university, body__created_by=researcher)
            for _number in range(3)]  # fmt: skip


def assign(run):
    """Assign a run that has read everything of its scope."""
    write_down(run)
    return assigning.assign(run)


def assigned(need, targets):
    """A run that has assigned these targets to the need, the first the best."""
    run = MatchRun.objects.create(scope=RunScope.ALL)
    for rank, target in enumerate(targets, start=1):
        kind = "expert" if hasattr(target, "directions") else "achievement"
        Candidate.objects.create(run=run, need=need, rank=rank, score=1 - rank / 10, above_floor=True, probability=0.5,
                                 reasons=[{"signal": "text", "contribution": 1.0}], **{kind: target})  # fmt: skip
    assign(run)
    return list(releasable_places(run))


def releasable_places(run):
    plan = AssignmentPlan.objects.get(run=run)
    return Assignment.objects.filter(run=run, variant=plan.variant).order_by("need", "position")


def test_a_place_nobody_proposed_is_released_with_what_the_run_says(need, offers, secretary):
    places = assigned(need, offers[:1])
    [match], passed = release_assigned(by=secretary, places=places)
    assert passed == []
    match.refresh_from_db()
    assert (match.state, match.origin, match.score, match.probability) == (MatchState.RELEASED, Origin.RUN, 0.9, 0.5)
    assert match.reasons
    assert match.candidate.rank == 1
    assert match.sides.count() == 2


def test_a_proposal_is_released_and_the_weakest_gives_way(need, offers, secretary):
    weak = MatchFactory(need=need, achievement=offers[1], score=0.1)
    strong = MatchFactory(need=need, achievement=offers[2], score=0.2)
    places = [place for place in assigned(need, offers[:1]) if place.achievement == offers[0]]
    release_assigned(by=secretary, places=places)
    states = dict(Match.objects.values_list("achievement", "state"))
    assert states == {offers[0].pk: "released", weak.achievement_id: "aged_out", strong.achievement_id: "proposed"}


def test_twice_releases_once(need, offers, secretary):
    places = assigned(need, offers[:1])
    release_assigned(by=secretary, places=places)
    done, [(_place, why)] = release_assigned(by=secretary, places=places)
    assert (done, Match.objects.count()) == ([], 1)
    assert why


def test_who_is_full_by_now_is_passed_over(need, offers, secretary, enterprise, enterprise_lead):
    places = assigned(need, offers[:2])
    MatchFactory(need=make_need(enterprise, enterprise_lead), achievement=offers[0], state=MatchState.RELEASED)
    done, [(place, why)] = release_assigned(by=secretary, places=places)
    assert [match.achievement for match in done] == [offers[1]]
    assert place.achievement == offers[0]
    assert "1" in str(why)


def test_talks_of_his_team_fill_the_lead(need, university, university_officer, secretary, enterprise, enterprise_lead):
    lead = make_expert(university, university_officer)
    places = assigned(need, [lead])
    team = make_team(lead, university_officer)
    MatchFactory(need=make_need(enterprise, enterprise_lead), achievement=None, team=team, state=MatchState.RELEASED)
    done, passed = release_assigned(by=secretary, places=places)
    assert (done, len(passed)) == ([], 1)


def test_held_places_of_the_need_are_not_taken(need, offers, secretary, settings):
    places = assigned(need, offers[:1])
    for offer in offers[1:]:
        MatchFactory(need=need, achievement=offer, state=MatchState.RELEASED)
    done, passed = release_assigned(by=secretary, places=places)
    assert (done, len(passed)) == ([], 1)


def test_one_of_a_unit_that_holds_a_place_by_now_is_passed_over(need, offers, university, secretary, settings):
    for offer in offers[:2]:
        CompletingUnit.objects.create(achievement=offer, organisation=university, position=1)
    places = [place for place in assigned(need, offers[1:]) if place.achievement == offers[1]]
    MatchFactory(need=need, achievement=offers[0], state=MatchState.RELEASED)
    done, [(_place, why)] = release_assigned(by=secretary, places=places)
    assert (done, str(why)) == ([], gettext("Its unit holds a place of the need already."))
    settings.ONE_PER_UNIT = ()
    assert release_assigned(by=secretary, places=places)[1] == []


def test_a_pair_decided_against_meanwhile_is_passed_over(need, offers, secretary):
    places = assigned(need, offers[:1])
    MatchFactory(need=need, achievement=offers[0], state=MatchState.DROPPED, drop_reason="price")
    assert not releasable(secretary, AssignmentPlan.objects.get()).exists()
    assert release_assigned(by=secretary, places=places)[0] == []


@pytest.mark.parametrize("rewritten", ["need", "target"])
def test_nothing_is_released_that_was_said_of_another_text(need, offers, secretary, rewritten):
    """A sentence that its author has taken back must not be quoted to the other side."""
    places = assigned(need, offers[:1])
    record = need if rewritten == "need" else offers[0]
    type(record).objects.filter(pk=record.pk).update(text_version=2)
    assert not releasable(secretary, AssignmentPlan.objects.get()).exists()
    done, passed = release_assigned(by=secretary, places=places)
    assert (done, [why for _place, why in passed]) == ([], [TextChanged.message])
    assert not Match.objects.exists()


def test_only_the_newest_assignment_of_a_need_is_released_from(need, offers, secretary):
    assigned(need, offers[:1])
    assigned(need, offers[1:2])
    older, newer = AssignmentPlan.objects.order_by("pk")
    assert not releasable(secretary, older).exists()
    assert releasable(secretary, newer).exists()


def test_a_unit_the_enterprise_has_joined_meanwhile_is_passed_over(need, offers, secretary, enterprise):
    places = assigned(need, offers[:1])
    CompletingUnit.objects.create(achievement=offers[0], organisation=enterprise, position=9)
    done, passed = release_assigned(by=secretary, places=places)
    assert (done, [why for _place, why in passed]) == ([], [NotOffered.message])
    assert not Match.objects.exists()


def test_a_record_that_left_the_pool_is_passed_over(need, offers, secretary):
    places = assigned(need, offers[:1])
    type(offers[0]).objects.filter(pk=offers[0].pk).update(state="withdrawn")
    assert release_assigned(by=secretary, places=places)[0] == []


def test_only_the_officer_of_the_need_releases(need, offers, other_regional_officer_miit):
    places = assigned(need, offers[:1])
    assert not releasable(other_regional_officer_miit, AssignmentPlan.objects.get()).exists()
    done, passed = release_assigned(by=other_regional_officer_miit, places=places)
    assert (done, [why for _place, why in passed]) == ([], [NotAllowed.message])
    assert not Match.objects.exists()


def test_a_choice_of_variant_is_written_down_once(need, offers, secretary):
    assigned(need, offers[:1])
    plan = AssignmentPlan.objects.get()
    assert choose_variant(by=secretary, plan=plan, variant="fair")
    assert not choose_variant(by=secretary, plan=plan, variant="fair")
