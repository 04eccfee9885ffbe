"""What the tests of finding share."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from catalog import services as catalog_services
from matchmaking.activity.services import record
from matchmaking.common.pool_registry import find_pool
from matchmaking.finding.models import SavedSearch
from matchmaking.finding.services import save_search
from tests.factories.needs import make_need
from tests.factories.programmes import programme


@pytest.fixture
def achievement(university, university_officer):
    """`achievement(title=…)` is in the pool, written by the bulk path with its search vector."""

    def make(**data):
        base = {"tech_field": "0804", "discipline": "460", "trl": 5, "ownership": "single", "state": "accepted",
                "owner": university, "completing_units": [university]}  # fmt: skip
        [made] = catalog_services.bulk_create_achievements(
            by=university_officer, programme=programme(), rows=[base | data]
        )
        return made

    return make


@pytest.fixture
def publish():
    """`publish(record, kind)` writes into the history that a record came into the pool, now or `ago`."""

    def enter(one, kind="achievement", *, ago=timedelta()):
        verb = {"achievement": "achievement.accepted", "need": "need.published", "expert": "expert.admitted"}[kind]

        with time_machine.travel(timezone.now() - ago, tick=False):
            record(by=None, verb=verb, about=one, kind=kind)
        return one

    return enter


@pytest.fixture
def saved():
    """`saved(user, "q=…")` is a search that was kept yesterday and is therefore due."""

    def keep(user, query="", *, pool="achievement", days=1, **fields):
        values = {"name": "我的检索", "frequency": "daily"} | fields
        search = save_search(by=user, pool=find_pool(pool), query=query, **values)
        SavedSearch.objects.filter(pk=search.pk).update(checked_at=timezone.now() - timedelta(days=days))
        search.refresh_from_db()
        return search

    return keep


@pytest.fixture
def need(enterprise, enterprise_lead):
    def make(**data):
        return make_need(enterprise, enterprise_lead, **data)

    return make
