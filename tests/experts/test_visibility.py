"""Who sees which expert: persona × state × visibility, in queryset, page and API; a withdrawn consent hides at once."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from rest_framework.test import APIRequestFactory, force_authenticate

from experts.api import ExpertViewSet
from experts.enums import ExpertState as S
from experts.models import Expert
from experts.services import leave_pool
from tests.factories.experts import make_expert
from tests.visiting import visited

pytestmark = pytest.mark.django_db

VISITORS = ("anonymous", "stranger")  # a person without an organisation reads what everybody reads
OUTSIDERS = ("stranger", "other_university_officer", "enterprise_lead", "researcher", "national_officer",
             "other_regional_officer_edu", "regional_officer_miit")  # fmt: skip
OFFICERS = ("regional_officer_edu", "secretary")
PERSONAS = ("anonymous", *OUTSIDERS, *OFFICERS, "university_officer", "expert_user")
VISIBILITIES = ("public", "members", "invited")


def expected(name, state, visibility):
    """Who sees an expert nominated in Jiangsu, as lifecycles.md says."""
    if name == "expert_user":
        return True
    if state == S.LEFT:
        return False
    if name == "university_officer" or (name in OFFICERS and state != S.NOMINATED):
        return True
    return state == S.IN_POOL and (visibility == "public" or (visibility == "members" and name not in VISITORS))


def from_api(user, expert):
    request = APIRequestFactory().get("/api/experts/")
    if user.is_authenticated:
        force_authenticate(request, user)
    return ExpertViewSet.as_view({"get": "retrieve"})(request, uuid=expert.uuid)


def in_api(user):
    """What the API looks in when it is asked for one expert."""
    return set(ExpertViewSet(action="retrieve", request=SimpleNamespace(user=user)).get_queryset())


@pytest.mark.usefixtures("refusals_in_full_once")
def test_queryset_page_and_api_agree(request, login, university, university_officer, expert_user):
    experts = [
        make_expert(university, university_officer, state=state, visibility=visibility, user=expert_user)
        for visibility in VISIBILITIES
        for state in S.values
    ]
    readers = {name: AnonymousUser() if name == "anonymous" else request.getfixturevalue(name) for name in PERSONAS}
    for place, (name, user) in enumerate(readers.items()):
        client = login(None if name == "anonymous" else user)
        visible, found = set(Expert.objects.visible_to(user)), in_api(user)
        for number, expert in enumerate(experts):
            said = (name, expert.state, expert.visibility)
            sees = expected(*said)
            cell = (place, number % len(S.values), number // len(S.values))
            assert ((expert in visible), (expert in found)) == (sees, sees), said
            if visited(*cell, visibilities=len(VISIBILITIES)):
                assert (client.get(expert.get_absolute_url()).status_code == 200) == sees, said
            if visited(*cell, visibilities=len(VISIBILITIES), turn=1):
                assert (from_api(user, expert).status_code == 200) == sees, said


PRIVATE = ["000-0000", "secret@example.test", "单位意见文本", "1979"]


@pytest.mark.parametrize("name", ["anonymous", *OUTSIDERS])
def test_private_fields_travel_to_nobody_else(name, request, login, university, university_officer, expert_user):
    user = AnonymousUser() if name == "anonymous" else request.getfixturevalue(name)
    contact = {"name": "", "position": "", "phone": "000-0000", "email": "secret@example.test"}
    expert = make_expert(university, university_officer, user=expert_user, contact=contact,
                         unit_opinion="单位意见文本")  # fmt: skip
    client = login(None if name == "anonymous" else user)
    page = client.get(expert.get_absolute_url()).content.decode()
    data = from_api(user, expert)
    data.render()
    for text in PRIVATE:
        assert text not in page
        assert text not in data.content.decode()


def test_a_withdrawn_consent_hides_at_the_next_request(login, university, university_officer, expert_user,
                                                       regional_officer_edu):  # fmt: skip
    expert = make_expert(university, university_officer, user=expert_user)
    readers = [login(), login(university_officer), login(regional_officer_edu)]
    assert {reader.get(expert.get_absolute_url()).status_code for reader in readers} == {200}
    leave_pool(by=expert_user, expert=expert)
    assert {reader.get(expert.get_absolute_url()).status_code for reader in readers} == {404}
    for reader in readers:
        assert "测试专家" not in reader.get(reverse("experts:expert_list")).content.decode()
    assert login(expert_user).get(expert.get_absolute_url()).status_code == 200
