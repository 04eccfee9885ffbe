"""The register of rights: whose it is, what it holds, what narrows it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog.enums import AchievementState as S
from catalog.models import IPItem
from tests.factories.accounts import region
from tests.factories.catalog import AchievementFactory

pytestmark = pytest.mark.django_db
URL = reverse("catalog:right_list")


def right(number: str, *, days: int | None = None, **about) -> IPItem:
    """A right of a record in the pool of the region; `about` is of the record, but what a right holds itself."""
    own = {name: about.pop(name) for name in ("status", "encumbrances", "kind", "owner") if name in about}
    record = AchievementFactory(**{"state": S.ACCEPTED} | about)
    ends = timezone.localdate() + timedelta(days=days) if days is not None else None
    return IPItem.objects.create(
        achievement=record, number=number, **{"kind": "invention", "status": "granted", "expires_on": ends} | own
    )


def test_it_holds_the_rights_of_the_pool_of_the_region(regional_officer_ip, secretary):
    here = right("ZL-HERE")
    elsewhere = right("ZL-ELSEWHERE", region=region("37"))
    right("ZL-DRAFT", state=S.DRAFT)
    right("ZL-SUBMITTED", state=S.SUBMITTED)
    assert list(IPItem.objects.registered_for(regional_officer_ip)) == [here]
    assert set(IPItem.objects.registered_for(secretary)) == {here, elsewhere}


def test_a_hidden_owner_is_not_told_by_his_rights(regional_officer_ip):
    right("ZL-HIDDEN", visibility="hidden_owner")
    assert not IPItem.objects.registered_for(regional_officer_ip).exists()


@pytest.mark.parametrize("who", ["regional_officer_edu", "regional_officer_miit", "university_officer", "stranger"])
def test_nobody_else_reads_it(who, request, login):
    right("ZL-HERE")
    user = request.getfixturevalue(who)
    assert not IPItem.objects.registered_for(user).exists()
    assert login(user).get(URL).status_code == 403


def test_a_visitor_signs_in_first(client):
    assert client.get(URL).status_code == 302


@pytest.mark.parametrize(
    ("query", "numbers"),
    [("", {"ZL-1", "ZL-2", "ZL-3", "ZL-4"}), ("standing=soon", {"ZL-1"}), ("standing=over", {"ZL-2", "ZL-3"}),
     ("encumbrance=pledged", {"ZL-4"}), ("status=lapsed", {"ZL-3"}), ("q=zl-4", {"ZL-4"})],
)  # fmt: skip
def test_filters_narrow_it_and_the_figures_stay_whole(login, regional_officer_ip, query, numbers):
    right("ZL-1", days=30)
    right("ZL-2", days=-1)
    right("ZL-3", days=400, status="lapsed")
    right("ZL-4", days=4_000, encumbrances=["pledged"])
    page = login(regional_officer_ip).get(f"{URL}?{query}")
    assert {row.number for row in page.context["page"].object_list} == numbers
    assert page.context["figures"] == {"all": 4, "ending": 1, "over": 2}


def test_the_number_of_queries_does_not_grow(login, regional_officer_ip, django_assert_max_num_queries):
    client = login(regional_officer_ip)
    for number in range(12):
        right(f"ZL-{number}")
    with django_assert_max_num_queries(16):
        client.get(URL)
