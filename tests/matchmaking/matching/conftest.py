"""One proposed match between the cast's enterprise and university, and its people."""

import pytest

from tests.factories.catalog import AchievementFactory
from tests.factories.matching import MatchFactory
from tests.factories.needs import make_need


@pytest.fixture
def need(enterprise, enterprise_lead):
    return make_need(enterprise, enterprise_lead)


@pytest.fixture
def achievement(university, researcher):
    return AchievementFactory(state="accepted", body__owner=university, body__created_by=researcher)


@pytest.fixture
def match(need, achievement):
    return MatchFactory(need=need, achievement=achievement)
