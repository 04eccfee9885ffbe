"""Who sees which team and whom in it: persona × state, members who are hidden or gone."""

import io

import openpyxl
import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from rest_framework.test import APIRequestFactory, force_authenticate

from experts.models import Expert, Team
from experts.services import leave_pool, suspend_expert
from experts.teams.api import TeamViewSet
from experts.teams.enums import TeamState
from tests.factories.teams import make_team

pytestmark = pytest.mark.django_db

INSIDERS = ("expert_user", "member_user", "university_officer")
OFFICERS = ("regional_officer_edu", "secretary")
OTHERS = ("anonymous", "stranger", "enterprise_lead", "other_university_officer", "other_regional_officer_edu",
          "national_officer", "broker", "regional_officer_miit")  # fmt: skip
VISITORS = ("anonymous", "stranger")


@pytest.fixture
def person(request):
    return lambda name: AnonymousUser() if name == "anonymous" else request.getfixturevalue(name)


def expected(name: str, state: str, visibility: str) -> bool:
    if name in ("expert_user", "university_officer"):
        return True
    if name == "member_user":
        return state != TeamState.LEFT
    if state == TeamState.IN_POOL:
        return visibility == "public" or name not in VISITORS
    return name in OFFICERS and state not in (TeamState.DRAFT, TeamState.LEFT)


@pytest.mark.usefixtures("refusals_in_full_once")
def test_queryset_and_page_agree_for_every_state(person, login, lead, member, university_officer, member_user):
    teams = [
        make_team(lead, university_officer, members=[member], state=state, visibility=visibility)
        for visibility in ("public", "members")
        for state in TeamState.values
    ]
    for name, user in {name: person(name) for name in (*INSIDERS, *OFFICERS, *OTHERS)}.items():
        client = login(None if name == "anonymous" else user)
        visible = set(Team.objects.visible_to(user))
        for team in teams:
            said = (name, team.state, team.visibility)
            sees = expected(*said)

            assert (team in visible) is sees, said
            assert client.get(team.get_absolute_url()).status_code == (200 if sees else 404), said


def test_a_team_whose_lead_left_the_pool_is_in_no_list(team, lead, expert_user, login):
    leave_pool(by=expert_user, expert=lead)

    assert not Team.objects.visible_to(AnonymousUser()).exists()
    assert not Team.objects.matched().exists()
    assert login().get(team.get_absolute_url()).status_code == 404


def call_api(user, uuid=None):
    request = APIRequestFactory().get("/api/teams/")
    if user.is_authenticated:
        force_authenticate(request, user)
    response = TeamViewSet.as_view({"get": "retrieve" if uuid else "list"})(request, **({"uuid": uuid} if uuid else {}))
    response.render()
    return response


def exported(client):
    body = b"".join(client.get(reverse("teams:team_export")).streaming_content)
    rows = openpyxl.load_workbook(io.BytesIO(body)).active.iter_rows(values_only=True)
    return "\n".join(str(cell) for row in rows for cell in row if cell)


def test_a_member_for_signed_in_people_is_no_name_for_visitors(lead, member, other, university_officer, login,
                                                               enterprise_lead):  # fmt: skip
    team = make_team(lead, university_officer, members=[member, other])

    assert other.name not in login().get(team.get_absolute_url()).content.decode()
    assert other.name not in call_api(AnonymousUser(), team.uuid).content.decode()
    assert other.name not in call_api(AnonymousUser()).content.decode()
    assert other.name in login(enterprise_lead).get(team.get_absolute_url()).content.decode()
    assert other.name in call_api(enterprise_lead, team.uuid).content.decode()


def test_a_lead_for_signed_in_people_is_no_name_for_visitors(lead, member, university_officer, login, enterprise_lead):
    team = make_team(lead, university_officer, members=[member])
    Expert.objects.filter(pk=lead.pk).update(visibility="members")

    for page in (team.get_absolute_url(), reverse("teams:team_list")):
        assert lead.name not in login().get(page).content.decode()
        assert lead.name in login(enterprise_lead).get(page).content.decode()
    assert lead.name not in call_api(AnonymousUser()).content.decode()


@pytest.mark.parametrize("how", ["left", "suspended"])
def test_who_is_out_of_the_pool_is_shown_in_no_team(
    team, member, member_user, other_regional_officer_edu, other_university_officer, login, how, enterprise_lead
):
    if how == "left":
        leave_pool(by=member_user, expert=member)
    else:
        suspend_expert(by=other_regional_officer_edu, expert=member, reason="核实中")

    for reader in (enterprise_lead, other_university_officer):  # his own unit still sees his entry, not his part here
        client = login(reader)
        assert member.name not in client.get(team.get_absolute_url()).content.decode()
        assert member.name not in call_api(reader).content.decode()
        assert member.name not in exported(client)


def test_the_export_holds_what_the_person_is_shown(team, member, enterprise_lead, login):
    text = exported(login(enterprise_lead))

    assert team.name in text
    assert member.name in text


def test_history_is_for_lead_unit_and_officers(team, login, enterprise_lead, expert_user, member_user):
    assert login(expert_user).get(team.get_absolute_url()).context["history"]
    for outsider in (enterprise_lead, member_user):
        assert not login(outsider).get(team.get_absolute_url()).context["history"]
