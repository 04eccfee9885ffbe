"""The officer's way through the queue: back, on to the next item with a decision or without, what he reads first."""

import pytest
from django.urls import reverse

from catalog.models import Achievement
from matchmaking.matching.explain import Line
from matchmaking.matching.models import Match
from matchmaking.matching.presenting import brief
from matchmaking.matching.selectors import next_to_review, review_queue
from tests.factories.catalog import AchievementFactory
from tests.factories.matching import MatchFactory
from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(regional_officer_miit):
    return regional_officer_miit


@pytest.fixture
def waiting(match, enterprise, enterprise_lead, university, researcher):
    """Four matches that wait, in the order of the queue; the last one was proposed by hand."""

    def another(score):
        fresh = AchievementFactory(state="accepted", body__owner=university, body__created_by=researcher)
        return MatchFactory(need=make_need(enterprise, enterprise_lead), achievement=fresh, score=score)

    Match.objects.filter(pk=match.pk).update(score=0.9, probability=0.42)
    match.refresh_from_db()
    return [match, another(0.8), another(0.8), another(None)]


def url(name, match):
    return reverse(f"matching:{name}", args=[match.uuid])


def test_next_follows_the_order_of_the_queue_and_begins_again(waiting, officer):
    queue = review_queue(officer)
    assert [one.pk for one in queue] == [one.pk for one in waiting]
    assert [next_to_review(queue, one).pk for one in waiting] == [one.pk for one in [*waiting[1:], waiting[0]]]
    assert next_to_review(queue.filter(pk=waiting[0].pk), waiting[0]) is None


def test_after_one_without_a_score_the_queue_begins_again(enterprise, enterprise_lead, officer):
    best, none, weak = (
        MatchFactory(need=make_need(enterprise, enterprise_lead), score=score) for score in (0.9, None, 0.5)
    )
    queue = review_queue(officer)
    assert [one.pk for one in queue] == [best.pk, weak.pk, none.pk]
    assert next_to_review(queue, none) == best


def test_a_decision_leads_to_the_next_item_and_the_last_one_stays(waiting, officer, login):
    client = login(officer)
    assert client.post(url("match_release", waiting[0])).url == waiting[1].get_absolute_url()
    dropped = client.post(url("match_drop", waiting[1]), {"drop-reason": "price"}, follow=True)
    assert dropped.redirect_chain[0][0] == waiting[2].get_absolute_url()
    assert f'href="{waiting[1].get_absolute_url()}"' in dropped.content.decode()  # the way to take it back
    client.post(url("match_release", waiting[2]))
    assert client.post(url("match_release", waiting[3])).url == waiting[3].get_absolute_url()


def test_the_way_on_keeps_to_what_the_queue_was_narrowed_to(waiting, officer, login):
    client = login(officer)
    page = client.get(reverse("matching:review_queue"), {"kind": "achievement", "page": "1"}).content.decode()
    assert f'{waiting[0].get_absolute_url()}?kind=achievement"' in page
    page = client.get(waiting[0].get_absolute_url(), {"kind": "achievement"}).content.decode()
    assert f'{waiting[1].get_absolute_url()}?kind=achievement"' in page
    assert 'href="/matches/review/?kind=achievement"' in page
    assert (
        waiting[1].get_absolute_url()
        not in client.get(waiting[0].get_absolute_url(), {"kind": "expert"}).content.decode()
    )
    assert client.post(f"{url('match_release', waiting[0])}?kind=expert").url == waiting[0].get_absolute_url()


def test_a_side_has_no_queue(waiting, officer, enterprise_lead, login):
    login(officer).post(url("match_release", waiting[0]))
    page = login(enterprise_lead).get(waiting[0].get_absolute_url()).content.decode()
    assert waiting[1].get_absolute_url() not in page
    assert reverse("matching:review_queue") not in page
    assert f'class="page-back" href="{reverse("matching:match_list")}"' in page


def test_the_first_screen_names_the_pair_and_how_sure_it_is(waiting, officer, login):
    page = login(officer).get(waiting[0].get_absolute_url()).content.decode()
    head = page.split('class="page-head"')[1].split("</h1>")[0]
    assert waiting[0].need.title in head
    assert waiting[0].achievement.title in head
    assert waiting[0].need.title in page.split("</title>")[0]
    assert 'id="chance">较强匹配的把握约 42%' in page
    assert "42%" in login(officer).get(reverse("matching:review_queue")).content.decode()


def test_a_closed_text_tells_no_probability(waiting, officer, enterprise_lead, login):
    login(officer).post(url("match_release", waiting[0]))
    Achievement.objects.filter(pk=waiting[0].achievement_id).update(visibility="invited")
    page = login(enterprise_lead).get(waiting[0].get_absolute_url()).content.decode()
    assert 'id="chance"' not in page
    assert waiting[0].achievement.title not in page


def test_dropping_without_a_reason_keeps_what_was_typed(waiting, officer, login):
    response = login(officer).post(url("match_drop", waiting[0]), {"drop-reason": "", "drop-note": "甲方已自行解决"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "甲方已自行解决" in page
    assert "data-open" in page.split('id="drop"')[1].split(">")[0]
    assert Match.objects.get(pk=waiting[0].pk).state == "proposed"


def said(signal, stance, *, indicators=()):
    return Line(signal, signal, "", stance, 0.1, indicators=indicators)


def test_a_list_says_what_helps_to_decide():
    found = [said("related", "for"), said("text", "for"), said("field", "for"), said("industry", "for"),
             said("indicators", "for", indicators=({"name": "堵塞时间"},)), said("hub", "against"),
             said("maturity", "against"), said("chance", "neutral")]  # fmt: skip
    assert [line.signal for line in brief(found)] == ["indicators", "text", "maturity"]
    assert [line.signal for line in brief(found[:4])] == ["text", "field", "industry"]
    assert brief([found[0], found[5]]) == []
