"""Who reaches a record of a separately planned city: the filters, the rule for one record, and who is told."""

import pytest

from catalog.enums import AchievementState
from catalog.models import Achievement
from experts.enums import ExpertState
from experts.models import Expert
from matchmaking.accounts.enums import OrganisationKind, Role
from matchmaking.matching.models import Match
from matchmaking.programmes.reviewing import officers_for, reaches, reviewed_by, reviewing_organisation
from needs.models import TechNeed
from tests.factories.accounts import OrganisationFactory, member, region
from tests.factories.catalog import AchievementFactory
from tests.factories.experts import make_expert
from tests.factories.matching import MatchFactory
from tests.factories.needs import make_need
from tests.factories.programmes import programme

pytestmark = pytest.mark.django_db

# Who reaches what a body in Qingdao (3702, below 37) hands in: under BYBXWQ the city reports for itself.
REACH = [("BYBXWQ", "37", False), ("BYBXWQ", "3702", True), ("QXWQ", "37", True), ("QXWQ", "3702", True),
         ("BYBXWQ", "32", False), ("QXWQ", "32", False)]  # fmt: skip


def officer(place: str, kind: OrganisationKind = OrganisationKind.DEPT_EDU):
    department = OrganisationFactory(kind=kind, region=region(place))
    return member(department, Role.REGIONAL_OFFICER)


@pytest.fixture
def record(university):
    def make(code: str):
        return AchievementFactory(state=AchievementState.SUBMITTED, programme=programme(code), region=region("3702"),
                                  body__owner=university)  # fmt: skip

    return make


@pytest.mark.parametrize(("code", "place", "reached"), REACH)
def test_filter_queue_and_rule_agree_on_separately_planned_cities(record, code, place, reached):
    achievement, user = record(code), officer(place)
    rows = Achievement.objects.filter(pk=achievement.pk)
    [held] = user.memberships_with("achievement.review")

    said = (
        rows.filter(user.in_reach("achievement.review", "region", programme="programme")).exists(),
        rows.visible_to(user).exists(),
        rows.filter(reviewed_by(user, "achievement.review", "achievement")).exists(),
        reviewing_organisation(user, achievement, "achievement.review", "achievement") is not None,
        reaches(held, achievement),
    )

    assert said == (reached,) * len(said)


def test_without_a_programme_the_city_is_never_its_provinces(record):
    user = officer("37")
    rows = Achievement.objects.filter(pk__in=[record("QXWQ").pk, record("BYBXWQ").pk])

    assert not rows.filter(user.in_reach("achievement.review", "region")).exists()


@pytest.mark.parametrize("code", ["BYBXWQ", "QXWQ"])
def test_other_cities_of_a_province_are_its_own(university, code):
    jinan = AchievementFactory(state=AchievementState.SUBMITTED, programme=programme(code), region=region("3701"),
                               body__owner=university)  # fmt: skip

    assert Achievement.objects.visible_to(officer("37")).filter(pk=jinan.pk).exists()


@pytest.mark.parametrize(("code", "place", "reached"), REACH)
def test_experts_and_needs_and_their_matches_follow_the_same_reach(university, university_officer, enterprise,
                                                                   enterprise_lead, code, place, reached):  # fmt: skip
    expert = make_expert(university, university_officer, state=ExpertState.UNIT_AGREED)
    Expert.objects.filter(pk=expert.pk).update(programme=programme(code), region=region("3702"))
    need = make_need(enterprise, enterprise_lead, visibility="invited")
    TechNeed.objects.filter(pk=need.pk).update(programme=programme(code), region=region("3702"))
    match = MatchFactory(need=need)
    user = officer(place)

    assert Expert.objects.visible_to(user).filter(pk=expert.pk).exists() is reached
    assert TechNeed.objects.visible_to(user).filter(pk=need.pk).exists() is reached
    assert Match.objects.visible_to(user).filter(pk=match.pk).exists() is reached


def test_the_officers_who_are_told_are_those_who_reach_it(record):
    province, _city_of_another_track = officer("37"), officer("3702", OrganisationKind.DEPT_IP)

    assert officers_for(record("QXWQ"), "achievement") == [province]
    assert province not in officers_for(record("BYBXWQ"), "achievement")
