"""The main navigation: few groups, the same for all, nothing in it that is refused, and the right entry marked."""

import re
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import resolve, reverse

from matchmaking.accounts.models import User
from matchmaking.common.checks import iter_routes
from matchmaking.portal.navigation import GROUPS, entries_for
from tests.factories.catalog import AchievementFactory, complete

pytestmark = pytest.mark.django_db
CAST = ["university_officer", "researcher", "enterprise_lead", "park_admin", "regional_officer_miit",
        "regional_officer_edu", "national_officer", "secretary", "expert_user", "stranger"]  # fmt: skip
MOST = 7


def nav(user, path="/"):
    request = RequestFactory().get(path)
    request.user = User.objects.get(pk=user.pk) if user else AnonymousUser()
    request.resolver_match = resolve(path.partition("?")[0])
    return entries_for(request)


def links(entries):
    return [link for entry in entries for link in (entry["children"] or [entry])]


def here(user, path):
    """The addresses of the marked links and the words of the marked groups."""
    entries = nav(user, path)
    return [link["url"] for link in links(entries) if link["active"]], [
        str(entry["label"]) for entry in entries if entry["children"] and entry["active"]
    ]


@pytest.mark.parametrize("who", CAST)
def test_few_entries_and_none_that_is_refused(login, request, who):
    user = request.getfixturevalue(who)
    entries = nav(user)
    assert len(entries) <= MOST
    assert all(len(entry["children"]) != 1 for entry in entries)
    client = login(user)
    for link in links(entries):
        assert client.get(link["url"]).status_code == 200, link["url"]


@pytest.mark.parametrize("who", [*CAST, None])
def test_the_groups_stand_in_the_same_order_for_everybody(request, who):
    user = request.getfixturevalue(who) if who else None
    order = [entry.url for group in GROUPS for entry in group.entries]
    places = [order.index(link["url"]) for link in links(nav(user))]
    assert places == sorted(places)


def test_the_page_of_a_match_belongs_to_the_queue_of_its_officer_and_to_the_matches_of_its_sides(
    regional_officer_miit, enterprise_lead
):
    page = reverse("matching:match_detail", args=["00000000-0000-4000-8000-000000000000"])
    assert here(regional_officer_miit, page)[0] == [reverse("matching:review_queue")]
    assert here(enterprise_lead, page)[0] == [reverse("matching:match_list")]


def test_a_visitor_sees_the_pools_only():
    assert [len(entry["children"]) for entry in nav(None)] == [0, 7]


def test_the_page_marks_one_link_and_its_group(login, secretary):
    html = login(secretary).get(reverse("teams:team_review")).content.decode()
    bar = html[html.index('id="site-nav"') : html.index("</nav>", html.index('id="site-nav"'))]
    assert re.findall(r'<a [^>]*href="([^"]*)" aria-current="page"', bar) == [reverse("teams:team_review")]
    assert bar.count('<summary class="site-nav-link" aria-current="true">') == 1
    assert bar.count("<details") == bar.count("data-menu") == 4


@pytest.mark.parametrize(
    ("who", "path", "marked"),
    [
        ("secretary", "/", "/"),
        ("secretary", "/needs/", "/needs/"),
        ("secretary", "/needs/?need_kind=scenario", "/needs/?need_kind=scenario"),
        ("secretary", "/needs/review/", "/needs/review/"),
        ("secretary", "/review/", "/review/"),
        ("secretary", "/duplicates/", "/duplicates/"),
        ("secretary", "/organisations/review/", "/organisations/review/"),
        ("secretary", "/matches/review/", "/matches/review/"),
        ("secretary", "/vocabularies/", "/vocabularies/"),
        ("enterprise_lead", "/needs/mine/", "/needs/mine/"),
        ("enterprise_lead", "/talent-posts/mine/", "/talent-posts/mine/"),
        ("enterprise_lead", "/needs/new/", "/needs/mine/"),
        ("university_officer", "/teams/mine/", "/teams/mine/"),
        ("university_officer", "/achievements/unit-review/", "/achievements/unit-review/"),
        ("university_officer", "/imports/new/", "/imports/"),
        ("stranger", "/needs/new/", "/needs/"),  # whose own list is not his: the pool is the nearest
    ],
)
def test_the_nearest_entry_is_marked(request, who, path, marked):
    addresses, groups = here(request.getfixturevalue(who), path)
    assert addresses == [marked]
    assert len(groups) <= 1


def test_a_decision_belongs_to_its_queue(university, secretary, enterprise_lead):
    record = complete(AchievementFactory(state="submitted", body__owner=university))
    path = reverse("catalog:achievement_decide", args=[record.uuid])
    assert here(secretary, path)[0] == [reverse("catalog:achievement_review")]
    assert here(secretary, record.get_absolute_url())[0] == [reverse("catalog:achievement_list")]
    assert here(enterprise_lead, path)[0] == [reverse("catalog:achievement_list")]


def test_a_rewrite_belongs_to_the_review(regional_officer_miit):
    assert here(regional_officer_miit, reverse("needs:need_rewrite", args=[uuid4()]))[0] == [
        reverse("needs:need_review")
    ]


def test_every_page_that_is_claimed_exists():
    names = {route["name"] for route in iter_routes()}
    claimed = {page for group in GROUPS for entry in group.entries for page in entry.pages}
    assert claimed - names == set()
