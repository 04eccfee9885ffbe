"""One search over all pools: grouped, counted, and for each reader what he may read."""

from importlib import import_module

import pytest
from django.conf import settings
from django.urls import reverse

from matchmaking.accounts.models import Membership
from matchmaking.common.pool_registry import Pool, pools
from tests.factories.experts import make_expert
from tests.factories.needs import INDICATOR
from tests.factories.teams import make_team

pytestmark = pytest.mark.django_db
URL = reverse("finding:search")


def counts(response):
    return {group.pool.noun: group.count for group in response.context["groups"]}


@pytest.fixture
def world(achievement, need, university, university_officer):
    achievement(title="涡流检测装置")
    achievement(title="会员涡流检测", visibility="members")
    need(title="叶片裂纹检测", problem="需要涡流检测。")
    make_expert(university, university_officer, directions="涡流检测与缺陷分级")


def test_every_pool_is_there():
    assert [pool.noun for pool in pools()][:3] == ["achievement", "need", "expert"]
    written = [".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts)
               for path in settings.BASE_DIR.glob("**/pool.py") if ".venv" not in path.parts]  # fmt: skip
    described = [found for name in written if isinstance(found := getattr(import_module(name), "POOL", None), Pool)]
    assert {pool.noun for pool in described} >= {"achievement", "need", "expert", "talent_post", "team"}
    assert all(pool in pools() for pool in described)


def test_a_team_is_found_and_its_search_can_be_saved(university, university_officer, client, login):
    lead = make_expert(university, university_officer)
    make_team(lead, university_officer, name="涡流检测团队")
    assert counts(client.get(URL, {"q": "涡流检测"}))["team"] == 1
    assert "pool=team" in login(university_officer).get(reverse("teams:team_list")).content.decode()


def test_groups_with_counts_and_the_way_to_all(world, client):
    response = client.get(URL, {"q": "涡流检测"})
    assert counts(response) == {"achievement": 1, "need": 1, "expert": 1}
    for group in response.context["groups"]:
        assert client.get(group.url).context["page"].paginator.count == group.count
    page = response.content.decode()
    assert "<mark>涡流检测</mark>" in page
    assert "会员涡流检测" not in page


def test_members_find_more(world, login, researcher):
    assert counts(login(researcher).get(URL, {"q": "涡流检测"}))["achievement"] == 2


def test_a_number_leads_to_its_record(world, achievement, client):
    public, closed = achievement(title="甲"), achievement(title="乙", visibility="members")
    assert client.get(URL, {"q": f" {public.public_no.lower()} "})["Location"] == public.get_absolute_url()
    assert client.get(URL, {"q": closed.public_no}).status_code == 200


def test_organisations_by_their_letters(world, client, university):
    page = client.get(URL, {"q": "csdx"})
    assert [one.name for one in page.context["organisations"]] == [university.name]
    assert university.name in page.content.decode()


@pytest.mark.parametrize("text", ["", "  ", "'", "%", "“”", "“", "“涡流", "& |", "\u200b", "x" * 300, "🔋"])
def test_it_survives_anything(world, client, text):
    assert client.get(URL, {"q": text}).status_code == 200


def test_a_long_search_is_shortened_in_the_title_of_the_page(client):
    page = client.get(URL, {"q": "检测" * 250}).content.decode()
    assert len(page.partition("<title>")[2].partition("</title>")[0]) < 80


def test_nothing_found_says_what_to_do(world, client):
    assert "empty-state" in client.get(URL, {"q": "翙翚翛"}).content.decode()


def test_the_cap_is_said(world, achievement, client, settings):
    settings.COUNT_CAP = 2
    for number in range(4):
        achievement(title=f"封顶{number}")
    group = client.get(URL, {"q": "封顶"}).context["groups"][0]
    assert (group.count, group.capped) == (2, True)


def test_the_number_of_queries_does_not_grow(achievement, need, client, django_assert_max_num_queries):
    def asked(more):
        for place in range(more):
            achievement(title=f"涡流检测{place}")
            need(title=f"涡流检测{place}", indicators=[INDICATOR] * 3)
        client.get(URL, {"q": "涡流检测"})
        with django_assert_max_num_queries(45) as queries:  # eight for each pool that finds something
            client.get(URL, {"q": "涡流检测"})
        return len(queries)

    assert asked(1) == asked(11)


def test_the_box_of_every_page_leads_here(client):
    assert f'action="{URL}"' in client.get("/").content.decode()


def test_whoever_lost_his_membership_reads_as_a_visitor(world, login, researcher):
    Membership.objects.filter(user=researcher).update(ended_at=researcher.date_joined.replace(year=2999))
    assert counts(login(researcher).get(URL, {"q": "涡流检测"}))["achievement"] == 1


def test_the_cap_of_the_settings_is_ten_thousand():
    assert settings.COUNT_CAP == 10_000
