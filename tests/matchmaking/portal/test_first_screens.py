"""The to-do lists of the start page: the same words and the same order as the queues they lead to."""

import pytest
from django.urls import reverse
from django.utils import translation

from catalog.enums import AchievementState
from catalog.services import revise_achievement
from matchmaking.intake import reviewed
from matchmaking.portal.first_screens import panels_for
from matchmaking.vocabularies import selectors as vocabularies
from tests.factories.catalog import AchievementFactory, complete

pytestmark = pytest.mark.django_db
KINDS = ["achievement", "need", "expert", "team", "talent_post"]


def panels(client):
    return {panel.url: panel for panel in client.get("/").context["panels"]}


@pytest.mark.parametrize("kind", KINDS)
def test_a_panel_begins_as_its_queue_does(wait, login, secretary, kind):
    later, overdue, soon = wait(kind, 9, -2, 3)
    how = reviewed.find(kind)
    client = login(secretary)
    panel = panels(client)[reverse(how.queue)]
    assert panel.title == str(how.queue_name)
    assert panel.total == 3
    assert [item.url for item in panel.items] == [one.get_absolute_url() for one in (overdue, soon, later)]
    assert "逾期 2 天" in client.get("/").content.decode()
    assert panel.title in client.get(panel.url).content.decode()


def test_kinds_of_which_nothing_waits_take_no_room(wait, login, secretary):
    wait("team", 3)
    found = panels(login(secretary))
    assert reverse("teams:team_review") in found
    assert reverse("experts:expert_review") not in found
    assert reverse("review:overview") not in found


@pytest.mark.parametrize("also_waiting", [True, False])
def test_a_change_of_a_published_record_waits_there_too(
    also_waiting, wait, login, university, university_officer, regional_officer_edu, regional_officer_miit
):
    """Also when it is the only thing that waits; only for those who check it."""
    record = complete(AchievementFactory(state=AchievementState.ACCEPTED, body__owner=university))
    revise_achievement(by=university_officer, achievement=record, version=record.version, data={"title": "新题目"})
    if also_waiting:
        wait("achievement", 3)
    found = panels(login(regional_officer_edu))
    queue = reverse("catalog:achievement_review")
    panel = found[f"{queue}?group=changes"]
    assert (panel.total, [item.url for item in panel.items]) == (
        1, [reverse("review:change", args=["achievement", record.uuid])]
    )  # fmt: skip
    assert (queue in found) == also_waiting
    assert panel.items[0].due
    assert f"{queue}?group=changes" not in panels(login(regional_officer_miit))


def test_a_transfer_officer_is_not_addressed_as_a_researcher(university_officer):
    with translation.override("en"):
        titles = [panel.title for panel in panels_for(university_officer)]
    assert titles[0] == "Matches waiting for an answer"


def test_when_nothing_waits_it_says_so_once(login, secretary):
    found = panels(login(secretary))
    assert found[reverse("review:overview")].items == []


@pytest.mark.parametrize("count", [1, 8])
def test_more_rows_ask_no_more_questions(wait, login, secretary, count, django_assert_max_num_queries):
    for kind in KINDS:
        wait(kind, *[3] * count)
    client = login(secretary)
    vocabularies.warm()
    with django_assert_max_num_queries(22):
        client.get("/")
