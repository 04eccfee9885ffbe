"""The to-do lists of the start page: the same words and the same order as the queues they lead to."""

import pytest
from django.urls import reverse

from matchmaking.intake import reviewed
from matchmaking.vocabularies import selectors as vocabularies

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


def test_when_nothing_waits_it_says_so_once(login, secretary):
    found = panels(login(secretary))
    assert found[reverse("review:overview")].items == []


@pytest.mark.parametrize("count", [1, 8])
def test_more_rows_ask_no_more_questions(wait, login, secretary, count, django_assert_max_num_queries):
    for kind in KINDS:
        wait(kind, *[3] * count)
    client = login(secretary)
    vocabularies.warm()
    with django_assert_max_num_queries(21):
        client.get("/")
