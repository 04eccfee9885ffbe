"""Filters, search and order of the catalogue."""

import pytest
from django.contrib.auth.models import AnonymousUser

from catalog import services
from catalog.enums import AchievementState as S
from catalog.filters import AchievementFilter
from catalog.selectors import pool_for
from tests.factories.accounts import region
from tests.factories.catalog import AchievementFactory
from tests.factories.programmes import programme

pytestmark = pytest.mark.django_db


def found(**query):
    filter = AchievementFilter(query, pool_for(AnonymousUser()))
    assert filter.is_valid(), filter.errors
    return [record.title for record in filter.qs]


@pytest.fixture
def pool(db):
    for title, fields in {
        "甲": {"tech_field": "0804", "trl": 3, "maturity": "researching", "price_band": "b1"},
        "乙": {"tech_field": "0401", "trl": 6, "coop_modes": ["assign"], "applications": ["26"]},
        "丙": {"tech_field": "0807", "trl": 8, "source": "self", "ownership": "joint", "region": region("3702")},
    }.items():
        AchievementFactory(title=title, state=S.ACCEPTED, **fields)


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({}, "丙乙甲"),
        ({"tech_field": "08"}, "丙甲"),
        ({"tech_field": "0401"}, "乙"),
        ({"industry": "C"}, "丙乙甲"),
        ({"industry": "26"}, "乙"),
        ({"region": "37"}, "丙"),
        ({"region": "32"}, "乙甲"),
        ({"trl_min": "6"}, "丙乙"),
        ({"trl_max": "6"}, "乙甲"),
        ({"trl_min": "4", "trl_max": "7"}, "乙"),
        ({"maturity": "researching"}, "甲"),
        ({"coop_mode": "assign"}, "乙"),
        ({"price_band": "b1"}, "甲"),
        ({"source": "self"}, "丙"),
        ({"ownership": "joint"}, "丙"),
        ({"tech_field": "08", "trl_min": "6"}, "丙"),
    ],
)
def test_each_filter(pool, query, titles):
    assert "".join(found(**query)) == titles


@pytest.mark.parametrize("name", ["tech_field", "industry", "region", "trl_min", "coop_mode", "sort"])
def test_an_unknown_value_is_an_error_at_its_field(pool, name):
    filter = AchievementFilter({name: "no-such"}, pool_for(AnonymousUser()))
    assert not filter.is_valid()
    assert list(filter.errors) == [name]
    assert len(filter.qs) == 3  # and the page still shows something


def searchable(university, officer, **data):
    base = {"tech_field": "0804", "discipline": "460", "trl": 5, "ownership": "single", "state": S.ACCEPTED,
            "owner": university}  # fmt: skip
    services.bulk_create_achievements(by=officer, programme=programme(), rows=[base | data])


@pytest.fixture
def texts(university, university_officer):
    searchable(university, university_officer, title="锂电池热管理系统", summary="用于电动汽车。")
    searchable(university, university_officer, title="电动汽车底盘", summary="底盘轻量化，兼顾电池热管理。")
    searchable(university, university_officer, title="小麦育种方法", keywords=["抗旱", "育种"])


def test_search_finds_words_within_words_and_the_title_ranks_first(texts):
    assert found(q="电池热管理") == ["锂电池热管理系统", "电动汽车底盘"]
    assert found(q="电池热管理", sort="newest") == ["电动汽车底盘", "锂电池热管理系统"]


def test_search_reads_keywords_units_and_numbers(texts, university):
    assert found(q="抗旱") == ["小麦育种方法"]
    assert len(found(q=university.name)) == 3
    number = pool_for(AnonymousUser()).get(title="电动汽车底盘").public_no
    assert found(q=number.lower()) == ["电动汽车底盘"]


@pytest.mark.parametrize("text", ["'", "%", "\\", "：*&|!", "( ) <->", "　"])
def test_search_survives_anything(texts, text):
    assert found(q=text) in ([], found())


def test_a_hidden_owner_is_not_found_by_its_name(university, university_officer):
    searchable(university, university_officer, title="保密单位成果", visibility="hidden_owner")
    filter = AchievementFilter({"q": university.name}, pool_for(university_officer))
    assert list(filter.qs) == []
