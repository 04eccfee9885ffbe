"""Three experts in the pool: the lead with an account, a member with one, a member of another unit without."""

import pytest

from matchmaking.accounts.enums import Role
from tests.factories.accounts import member as person
from tests.factories.experts import make_expert
from tests.factories.teams import make_team


@pytest.fixture
def lead(university, university_officer, expert_user):
    return make_expert(university, university_officer, name="牵头专家", user=expert_user)


@pytest.fixture
def member_user(other_university):
    return person(other_university, Role.EXPERT, username="member_user", full_name="成员专家")


@pytest.fixture
def member(other_university, other_university_officer, member_user):
    return make_expert(other_university, other_university_officer, name="成员专家", user=member_user)


@pytest.fixture
def other(other_university, other_university_officer):
    return make_expert(other_university, other_university_officer, name="另一专家", visibility="members")


@pytest.fixture
def team(lead, member, university_officer):
    return make_team(lead, university_officer, members=[member])
