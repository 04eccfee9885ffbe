"""The officers' queues: the boxes as a browser sends them, the order by due day, and where the overview opens."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from matchmaking.intake import reviewed
from matchmaking.intake.queues import ticked
from matchmaking.vocabularies import selectors as vocabularies

KINDS = ["achievement", "need", "expert", "team", "talent_post"]
OVERDUE, SOON, LATER = -2, 3, 9


@pytest.mark.parametrize("version", ["", "x", "-1", "１", "9" * 10, "9" * 5_000])
def test_a_box_whose_version_is_none_is_left_out(version):
    good = uuid4()
    assert ticked([f"{uuid4()}:{version}", f"{good}:12", "nonsense:1"]) == {str(good): 12}


def listed(page):
    """The keys of the rows in the order in which a queue shows them; rows are records, or carry one."""
    rows = page.context["page"].object_list
    return [(getattr(row, "post", None) or getattr(row, "need", row)).pk for row in rows]


def day(left):
    return f"{timezone.localdate() + timedelta(days=left):%Y-%m-%d}"


@pytest.mark.parametrize("kind", KINDS)
class TestTheOrder:
    def test_overdue_first_then_the_nearest_day_each_with_its_day(self, wait, login, secretary, kind):
        later, overdue, soon = wait(kind, LATER, OVERDUE, SOON)
        page = login(secretary).get(reverse(reviewed.find(kind).queue))
        assert listed(page) == [overdue.pk, soon.pk, later.pk]
        text = page.content.decode()
        for left in (OVERDUE, SOON, LATER):
            assert f'<span class="num">{day(left)}</span>' in text
        assert "逾期 2 天" in text
        assert "剩 3 天" in text

    def test_pages_neither_repeat_nor_lose_a_row(self, wait, login, secretary, kind, settings):
        settings.PAGE_SIZE = 2
        made = wait(kind, SOON, SOON, SOON, SOON, OVERDUE)
        client = login(secretary)
        pages = [listed(client.get(reverse(reviewed.find(kind).queue), {"page": number})) for number in (1, 2, 3)]
        assert [len(page) for page in pages] == [2, 2, 1]
        assert {key for page in pages for key in page} == {record.pk for record in made}
        assert pages[0][0] == made[-1].pk

    def test_another_order_may_be_asked_for(self, wait, login, secretary, kind):
        first, second = wait(kind, LATER, SOON)
        name = "waiting" if kind == "achievement" else "sort"
        page = login(secretary).get(reverse(reviewed.find(kind).queue), {name: "newest"})
        assert listed(page) == [second.pk, first.pk]
        page = login(secretary).get(reverse(reviewed.find(kind).queue), {name: "nonsense"})
        assert listed(page) == [second.pk, first.pk]

    def test_an_overdue_group_holds_what_is_late(self, wait, login, secretary, kind):
        _later, overdue = wait(kind, LATER, OVERDUE)
        page = login(secretary).get(reverse(reviewed.find(kind).queue), {"group": "overdue"})
        assert listed(page) == [overdue.pk]

    @pytest.mark.parametrize("count", [2, 12])
    def test_more_rows_ask_no_more_questions(self, wait, login, secretary, kind, count, django_assert_max_num_queries):
        wait(kind, *[SOON] * count)
        client = login(secretary)
        vocabularies.warm()
        with django_assert_max_num_queries(20):
            page = client.get(reverse(reviewed.find(kind).queue))
        assert len(listed(page)) == count


DECIDE = {
    "achievement": "catalog:achievement_decide",
    "need": "needs:need_decide",
    "expert": "experts:expert_decide",
    "team": "teams:team_decide",
    "talent_post": "talent:talent_post_decide",
}


@pytest.mark.parametrize("kind", KINDS)
def test_on_the_page_of_the_decision(wait, login, secretary, kind):
    """Who, until when, who steps in, by which rule; and the button that rejects stands apart from the others."""
    [record] = wait(kind, OVERDUE)
    text = login(secretary).get(reverse(DECIDE[kind], args=[record.uuid])).content.decode()
    step = text[text.index('id="step"') :]
    deputy = gettext("another officer of %(organisation)s") % {"organisation": "测试秘书处"}
    for said in (day(OVERDUE), "逾期 2 天", "责任单位", "代办单位", deputy, "依据", "平台审核规程"):
        assert said in step, said
    buttons = text[text.index("decision-buttons") : text.index("decision-apart")]
    assert 'value="pass"' in buttons
    assert 'value="return"' in buttons
    assert 'value="reject"' not in buttons
    assert 'value="reject"' in text[text.index("decision-apart") :]


class TestTheOverview:
    def tabs(self, page):
        kinds = {one.name: one.kind for one in reviewed.kinds()}
        return {kinds[tab["label"]]: (tab["count"], tab["active"]) for tab in page.context["tabs"]}

    def test_opens_on_the_first_kind_of_which_something_waits(self, wait, login, secretary):
        wait("need", SOON, OVERDUE)
        wait("talent_post", SOON)
        page = login(secretary).get(reverse("review:overview"))
        assert self.tabs(page) == {
            "achievement": (0, False),
            "need": (2, True),
            "expert": (0, False),
            "team": (0, False),
            "talent_post": (1, False),
        }
        assert page.content.decode().count("tab-count-none") == 3
        assert reverse("needs:need_review") in page.content.decode()

    def test_a_kind_that_is_asked_for_stays(self, wait, login, secretary):
        wait("need", SOON)
        page = login(secretary).get(reverse("review:overview"), {"kind": "team"})
        assert self.tabs(page)["team"] == (0, True)

    def test_with_nothing_to_do_it_opens_on_the_first(self, login, secretary):
        page = login(secretary).get(reverse("review:overview"))
        assert [active for _count, active in self.tabs(page).values()] == [True, False, False, False, False]
