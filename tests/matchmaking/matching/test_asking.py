"""Handing a request on and approving a reserve, on their pages."""

import pytest
from django.urls import reverse

from matchmaking.matching.enums import Answer, MatchState, Side
from matchmaking.matching.models import Match, Reserve
from matchmaking.matching.services.answers import answer_match
from matchmaking.matching.services.handing import colleagues
from matchmaking.matching.services.reserves import approve_reserve, mark_of
from matchmaking.matching.services.review import release_match
from tests.factories.accounts import member
from tests.factories.catalog import AchievementFactory
from tests.factories.matching import MatchFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def others(need, university):
    people = [member(university, "researcher", username=f"pi{n}", full_name=f"负责人{n}") for n in range(3)]
    return [MatchFactory(need=need, score=0.5 - at / 10, achievement=AchievementFactory(
        state="accepted", body__owner=university, body__created_by=one)) for at, one in enumerate(people)]  # fmt: skip


def test_the_officer_releases_and_approves_who_moves_up_in_one_step(login, match, others, regional_officer_miit):
    client = login(regional_officer_miit)
    page = client.get(match.get_absolute_url()).content.decode()
    assert all(str(one.uuid) in page for one in others)
    ticked = [str(others[2].uuid), str(others[0].uuid), "0000", str(match.uuid)]
    answer = client.post(reverse("matching:match_release", args=[match.uuid]), {"seen": "", "reserve": ticked[:3]})
    assert answer.status_code == 302
    assert Match.objects.get(pk=match.pk).state == MatchState.RELEASED
    assert [one.match_id for one in Reserve.objects.waiting()] == [others[2].pk, others[0].pk]


def test_too_many_for_the_reserve_release_nothing(login, match, others, regional_officer_miit, settings):
    settings.RESERVE_PLACES = 2
    data = {"seen": "", "reserve": [str(one.uuid) for one in others]}
    answer = login(regional_officer_miit).post(reverse("matching:match_release", args=[match.uuid]), data, follow=True)
    assert "2" in "".join(str(one) for one in answer.context["messages"])
    assert Match.objects.get(pk=match.pk).state == MatchState.PROPOSED
    assert not Reserve.objects.exists()


def test_what_is_unticked_at_the_release_waits_no_longer(login, match, others, regional_officer_miit):
    approve_reserve(by=regional_officer_miit, need=match.need, matches=others[:1])
    seen = mark_of(match.need)
    login(regional_officer_miit).post(reverse("matching:match_release", args=[match.uuid]), {"seen": seen})
    assert Match.objects.get(pk=match.pk).state == MatchState.RELEASED
    assert not Reserve.objects.exists()


def test_a_release_over_a_reserve_changed_meanwhile_is_refused(login, match, others, regional_officer_miit, secretary):
    approve_reserve(by=secretary, need=match.need, matches=others[2:])
    data = {"seen": "", "reserve": [str(others[0].uuid)]}
    answer = login(regional_officer_miit).post(reverse("matching:match_release", args=[match.uuid]), data)
    assert answer.status_code == 409
    assert Match.objects.get(pk=match.pk).state == MatchState.PROPOSED
    assert [one.match_id for one in Reserve.objects.waiting()] == [others[2].pk]


def test_two_officers_change_a_reserve_and_the_second_is_told(login, match, others, regional_officer_miit, secretary):
    url = reverse("matching:need_reserve", args=[match.need.uuid])
    seen = mark_of(match.need)
    first = login(regional_officer_miit).post(url, {"seen": seen, "reserve": [str(others[0].uuid)]})
    assert first.status_code == 302
    second = login(secretary).post(url, {"seen": seen, "reserve": [str(others[1].uuid)]})
    assert second.status_code == 409
    assert [one.match_id for one in Reserve.objects.waiting()] == [others[0].pk]
    page = login(secretary).get(url).content.decode()
    assert page.count(" checked") == 1


def test_the_reserve_is_the_officers_page(
    login, match, others, enterprise_lead, researcher, other_regional_officer_miit, stranger
):
    url = reverse("matching:need_reserve", args=[match.need.uuid])
    for who in (enterprise_lead, researcher, other_regional_officer_miit, stranger):
        assert login(who).get(url).status_code in (403, 404)


def test_a_request_is_handed_on_from_the_page(login, match, regional_officer_miit, researcher, university):
    colleague = member(university, "researcher", username="colleague", full_name="同事甲")
    released = release_match(by=regional_officer_miit, match=match)
    client = login(researcher)
    assert "同事甲" in client.get(match.get_absolute_url()).content.decode()
    url = reverse("matching:match_hand_on", args=[match.uuid])
    client.post(url, {"hand-to": ""})
    client.post(url, {"hand-to": "999999"})
    assert released.sides.get(side=Side.PROVIDER).handed_to is None
    client.post(url, {"hand-to": str(colleague.pk)})
    assert released.sides.get(side=Side.PROVIDER).handed_to == colleague
    assert login(colleague).get(match.get_absolute_url()).status_code == 200


def test_whoever_hands_on_what_a_colleague_has_answered_is_told(
    login, match, regional_officer_miit, researcher, university_officer, university
):
    colleague = member(university, "researcher", username="colleague", full_name="同事甲")
    released = release_match(by=regional_officer_miit, match=match)
    answer_match(by=researcher, match=released, answer=Answer.INTERESTED)
    url = reverse("matching:match_hand_on", args=[match.uuid])
    assert login(university_officer).post(url, {"hand-to": str(colleague.pk)}).status_code == 409


def test_a_completer_of_another_unit_does_not_get_the_names_of_this_one(
    login, match, regional_officer_miit, other_university_officer
):
    foreign = other_university_officer.memberships.get().organisation
    person = member(foreign, "researcher", username="foreign_pi", full_name="外校完成人")
    match.achievement.completers.create(name="外校完成人", user=person, position=9)
    release_match(by=regional_officer_miit, match=match)
    assert colleagues(match, person) == []
