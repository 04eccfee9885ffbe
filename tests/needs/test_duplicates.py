"""Needs filed twice: found, linked as one challenge by an officer, listed once, undone; a hidden owner stays hidden."""

from io import BytesIO
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from matchmaking.common.pools import in_order
from matchmaking.common.workflow import StaleState
from matchmaking.intake.duplicates.deciding import NotAllowed, ReasonMissing
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.jobs.services import enqueue
from matchmaking.notifications.models import Notification
from matchmaking.vocabularies.models import Region
from matchmaking.vocabularies.selectors import warm
from needs import selectors
from needs.duplicates import services
from needs.duplicates.selectors import same_challenge
from needs.filters import NeedFilter, OwnFilter, QueueFilter
from needs.models import NeedPair, TechNeed
from needs.pool import POOL
from tests.factories.matching import MatchFactory
from tests.factories.needs import INDICATOR, make_need

pytestmark = pytest.mark.django_db
LIST = reverse("duplicates:list")
OTHER_TEXT = {"problem": "灌装线上的瓶盖有时没有拧紧，人工抽检跟不上节拍，漏液的瓶子会流到客户手里。",
              "goal": "每一瓶都在线判断扭矩。"}  # fmt: skip


def search():
    enqueue(kind="find_same_needs", args={})
    run_due_jobs()
    return NeedPair.objects.order_by("pk")


@pytest.fixture
def both(enterprise, enterprise_lead, other_enterprise, other_enterprise_lead):
    return make_need(enterprise, enterprise_lead), make_need(other_enterprise, other_enterprise_lead)


@pytest.fixture
def pair(both):
    return search().get()


def link(pair, by, *, leads_first=True, **changed):
    fresh = NeedPair.objects.get(pk=pair.pk)
    seen = TechNeed.objects.in_bulk([pair.first_id, pair.second_id])
    values = {"version": fresh.version, "reason": "同一台设备", "leads_first": leads_first,
              "seen": (seen[pair.first_id].version, seen[pair.second_id].version)} | changed  # fmt: skip
    return services.link(by=by, pair=fresh, **values)


def undo(pair, by):
    fresh = NeedPair.objects.get(pk=pair.pk)
    return services.undo(by=by, pair=fresh, version=fresh.version, reason="其实不同")


def listed(user, query=""):
    """The needs as the list shows them."""
    rows = selectors.pool(user)
    return in_order(rows, NeedFilter(QueryDict(query), queryset=rows, request=SimpleNamespace(user=user)).keys)


class TestSearch:
    def test_the_same_text_of_two_owners(self, pair, both):
        assert (pair.first, pair.second) == both
        assert {"title", "text", "indicators"} <= set(pair.reasons)

    def test_not_two_of_one_owner_in_one_programme(self, enterprise, enterprise_lead):
        make_need(enterprise, enterprise_lead)
        make_need(enterprise, enterprise_lead)
        assert not search()

    def test_one_owner_in_two_programmes(self, enterprise, enterprise_lead):
        one, other = make_need(enterprise, enterprise_lead), make_need(enterprise, enterprise_lead)
        elsewhere = type(other.programme).objects.exclude(pk=other.programme_id)[0]
        TechNeed.objects.filter(pk=other.pk).update(programme=elsewhere)
        assert "enterprise" in search().get().reasons
        assert one.programme_id != elsewhere.pk

    def test_a_park_and_its_tenant(self, enterprise, enterprise_lead, park, park_admin):
        make_need(enterprise, enterprise_lead)
        make_need(park, park_admin, title="涡轮叶片锻造后的在线检测")
        assert "park" in search().get().reasons

    def test_other_words_for_one_problem(self, enterprise, enterprise_lead, other_enterprise, other_enterprise_lead):
        text = {"problem": "冷却后人工检查，百分之三的裂纹到客户那里才被发现，返工与索赔每年近千万元。"}
        make_need(enterprise, enterprise_lead, **text)
        make_need(other_enterprise, other_enterprise_lead, title="锻件表面缺陷怎样尽早发现", **text)
        assert search().get().reasons[0] == "text"

    @pytest.mark.parametrize(
        "fields",
        [{"title": "涡轮叶片铸后在线检测", **OTHER_TEXT, "indicators": [INDICATOR | {"value": "90"}]},
         {"title": "300 MW涡轮叶片锻后在线检测"}, {"title": "瓶盖扭矩在线判断", **OTHER_TEXT}],
    )  # fmt: skip
    def test_no_pair(self, enterprise, enterprise_lead, other_enterprise, other_enterprise_lead, fields):
        make_need(enterprise, enterprise_lead)
        make_need(other_enterprise, other_enterprise_lead, **fields)
        assert not search()

    @pytest.mark.parametrize("state", ["draft", "returned", "withdrawn", "rejected", "solved"])
    def test_only_what_was_handed_in_and_is_open(
        self, enterprise, enterprise_lead, other_enterprise, other_enterprise_lead, state
    ):
        make_need(enterprise, enterprise_lead)
        make_need(other_enterprise, other_enterprise_lead, state=state)
        assert not search()


class TestLink:
    def test_both_stay_and_the_lists_show_one(self, pair, both, secretary, enterprise_lead, other_enterprise_lead):
        link(pair, secretary)
        first, second = TechNeed.objects.order_by("pk")
        assert (first.same_as, second.same_as, second.state) == (None, first, "published")
        assert listed(secretary) == [first]
        assert list(selectors.own(other_enterprise_lead)) == [second]
        assert set(TechNeed.objects.matched()) == {first, second}
        told = set(Notification.objects.filter(kind="need_linked").values_list("recipient", flat=True))
        assert told == {enterprise_lead.pk, other_enterprise_lead.pk}

    def test_the_officer_says_which_one_stands(self, pair, both, secretary):
        link(pair, secretary, leads_first=False)
        assert listed(secretary) == [both[1]]

    def test_the_other_one_comes_back_when_the_first_leaves_the_lists(self, pair, both, secretary):
        link(pair, secretary)
        TechNeed.objects.filter(pk=both[0].pk).update(state="withdrawn")
        assert listed(secretary) == [both[1]]

    def test_who_does_not_see_the_first_sees_the_other_one(self, pair, both, secretary, stranger):
        link(pair, secretary)
        TechNeed.objects.filter(pk=both[0].pk).update(visibility="members")
        assert listed(stranger) == [both[1]]

    def test_three_of_one_challenge(self, pair, both, secretary, park, park_admin):
        third = make_need(park, park_admin)
        for one in search():
            if third.pk in (one.first_id, one.second_id):
                link(one, secretary)
        assert set(TechNeed.objects.filter(same_as=both[0])) == {both[1], third}
        assert listed(secretary) == [both[0]]
        undo(NeedPair.objects.get(first=both[0], second=third), secretary)
        assert listed(secretary) == [both[1], both[0]]
        assert TechNeed.objects.get(pk=third.pk).same_as == both[1]

    def test_undone(self, pair, both, secretary):
        link(pair, secretary)
        undo(pair, secretary)
        assert not TechNeed.objects.exclude(same_as=None)
        assert NeedPair.objects.get().state == "found"
        assert Notification.objects.filter(kind="need_unlinked").count() == 2

    def test_what_is_refused(self, pair, both, secretary, regional_officer_edu, enterprise_lead):
        for person in (enterprise_lead, regional_officer_edu):
            with pytest.raises(NotAllowed):
                link(pair, person)
        with pytest.raises(ReasonMissing):
            link(pair, secretary, reason=" ")
        with pytest.raises(StaleState):
            link(pair, secretary, seen=(both[0].version, both[1].version + 1))
        TechNeed.objects.filter(pk=both[0].pk).update(state="withdrawn")
        with pytest.raises(NotAllowed):
            link(pair, secretary)

    def test_told_apart_it_is_not_shown_again(self, pair, both, secretary, login):
        data = login(secretary).get(pair.get_absolute_url()).context["form"].initial
        login(secretary).post(pair.get_absolute_url(), data | {"decision": "apart", "reason": "设备不同"})
        TechNeed.objects.update(updated_at=timezone.now())
        assert search().get().state == "different"


class TestFilteredLists:
    """A need is hidden behind the one that stands for it only where that one is found as well."""

    @pytest.fixture
    def linked(self, enterprise, enterprise_lead, other_enterprise, other_enterprise_lead, secretary):
        """The second need lies in another region, and only it speaks of a furnace."""
        first = make_need(enterprise, enterprise_lead)
        second = make_need(other_enterprise, other_enterprise_lead, title="加热炉后涡轮叶片锻件在线检测")
        elsewhere = Region.objects.filter(kind="province").exclude(pk=first.region_id).last()
        TechNeed.objects.filter(pk=second.pk).update(region=elsewhere)
        link(NeedPair.objects.create(first=first, second=second, score=90), secretary)
        return TechNeed.objects.get(pk=first.pk), TechNeed.objects.get(pk=second.pk)

    def test_each_stands_where_the_other_one_does_not_belong(self, linked, secretary):
        first, second = linked
        both_regions = f"region={first.region_id}&region={second.region_id}"
        for query, expected in (
            ("", [first]), (f"region={first.region_id}", [first]), (f"region={second.region_id}", [second]),
            (both_regions, [first]), ("q=加热炉", [second]), ("q=涡轮叶片", [first]),
            (f"q={second.public_no}", [second]), (f"q=加热炉&region={first.region_id}", []),
        ):  # fmt: skip
            assert listed(secretary, query) == expected, query
            assert listed(AnonymousUser(), query) == expected, query

    def test_page_interface_and_export_show_the_same(self, linked, login, secretary):
        first, second = linked
        client = login(secretary)
        for query, expected in (("", first), (f"region={second.region_id}", second)):
            page = client.get(f"{reverse('needs:need_list')}?{query}").context
            assert [item["row"].need for item in page["items"]] == [expected]
            assert page["page"].paginator.count == 1
            api = client.get(f"/api/needs/?{query}").json()
            assert [one["public_no"] for one in api["results"]] == [expected.public_no]
            file = b"".join(client.get(f"{reverse('needs:need_export')}?{query}").streaming_content)
            sheet = load_workbook(BytesIO(file)).active
            assert [sheet.cell(2, 1).value, sheet.max_row] == [expected.public_no, 2]

    @pytest.mark.parametrize("query", ["", "q=涡轮叶片", "need_kind=tackle"])
    def test_the_counts_say_what_a_tick_will_show(self, linked, login, secretary, query):
        facets = login(secretary).get(f"{reverse('needs:need_facets')}?{query}").context["facets"]
        (region,) = [one for one in facets if one.name == "region"]
        counted = {value.code: value.count for value in region.first + region.more}
        assert set(counted) == {need.region_id for need in linked}
        for facet in facets:
            for value in facet.first + facet.more:
                shown = listed(secretary, f"{query}&{facet.name}={value.code}")
                assert value.count == len(shown) or value.chosen, (facet.name, value.code)

    @pytest.mark.parametrize("place", [0, 1])
    def test_a_need_that_hides_its_owner_neither_stands_for_another_nor_behind_one(
        self, linked, login, stranger, place
    ):
        hidden = linked[place]
        TechNeed.objects.filter(pk=hidden.pk).update(visibility="hidden_owner", shown_enterprise=None)
        assert set(listed(stranger)) == set(linked)
        facets = login(stranger).get(reverse("needs:need_facets")).context["facets"]
        (kind,) = [one for one in facets if one.name == "need_kind"]
        assert [value.count for value in kind.first] == [2]

    def test_a_saved_search_tells_of_what_its_list_shows(self, linked, secretary):
        """Its news are looked for among the new needs only; the one that stands for a need may be an older one."""
        second = linked[1]
        new = selectors.pool(secretary).filter(pk=second.pk)
        assert POOL.keys(QueryDict(""), secretary, rows=new) == []
        assert POOL.keys(QueryDict(f"region={second.region_id}"), secretary, rows=new) == [second.pk]

    def test_an_owner_and_an_officer_see_each_of_theirs(self, linked):
        assert [len(kind({}, queryset=TechNeed.objects.all()).keys) for kind in (OwnFilter, QueueFilter)] == [2, 2]

    def test_queries_stay_constant(self, linked, login, secretary, park, park_admin):
        client = login(secretary)

        def count(name):
            warm()
            with CaptureQueriesContext(connection) as seen:
                assert client.get(reverse(name)).status_code == 200
            return len(seen)

        names = ("needs:need_list", "needs:need_facets")
        before = [count(name) for name in names]
        third = make_need(park, park_admin)
        link(NeedPair.objects.create(first=linked[0], second=third, score=90), secretary)
        assert TechNeed.objects.exclude(same_as=None).count() == 2
        assert [count(name) for name in names] == before


class TestHiddenOwner:
    @pytest.fixture
    def hidden(self, pair, both):
        """The second need, of the other region, hides its owner."""
        TechNeed.objects.filter(pk=both[1].pk).update(visibility="hidden_owner", shown_enterprise=None)
        return pair

    def test_the_pair_is_for_those_who_know_the_owner(self, hidden, both, login, regional_officer_miit, secretary):
        page = login(regional_officer_miit).get(f"{LIST}?kind=need")
        assert not page.context["rows"]
        assert "测试企业乙" not in page.content.decode()
        assert login(regional_officer_miit).get(hidden.get_absolute_url()).status_code == 404
        assert login(secretary).get(hidden.get_absolute_url()).status_code == 200

    def test_the_link_names_no_hidden_owner(
        self, hidden, both, login, secretary, regional_officer_miit, enterprise_lead, other_enterprise_lead, stranger
    ):
        link(hidden, secretary)
        first, second = TechNeed.objects.order_by("pk")
        assert same_challenge(secretary, first) == [second]
        assert same_challenge(other_enterprise_lead, second) == [first]
        for person in (regional_officer_miit, enterprise_lead, stranger, None):
            for need, other in ((first, second), (second, first)):
                page = login(person).get(need.get_absolute_url())
                assert other.get_absolute_url() not in page.content.decode()
        # Both stand in the lists: that one is missing would say as much.
        assert set(listed(stranger)) == {first, second}
        assert "filed once more" not in login(stranger).get(reverse("needs:need_list")).content.decode()
        mails = Notification.objects.filter(kind="need_linked", recipient=enterprise_lead)
        assert second.public_no not in str([one.params for one in mails])


class TestMatches:
    def test_a_match_names_the_match_of_the_other_need(self, pair, both, secretary, login, university):
        one = MatchFactory(need=both[0])
        other = MatchFactory(need=both[1], achievement=one.achievement)
        MatchFactory(need=both[1])
        url = reverse("matching:match_detail", args=[one.uuid])
        assert not login(secretary).get(url).context["same_challenge"]
        link(pair, secretary)
        assert login(secretary).get(url).context["same_challenge"] == [other]


class TestPages:
    def test_linked_from_the_page(self, pair, both, login, secretary, settings):
        settings.LANGUAGE_CODE = "en"
        client = login(secretary)
        page = client.get(pair.get_absolute_url())
        data = page.context["form"].initial | {"decision": "keep_first", "reason": ""}
        assert client.post(pair.get_absolute_url(), data).status_code == 422
        done = client.post(pair.get_absolute_url(), data | {"reason": "同一台设备"})
        assert (done.status_code, done.url) == (302, f"{LIST}?kind=need")
        assert client.post(pair.get_absolute_url(), data | {"reason": "同一台设备"}).status_code == 409
        assert both[1].public_no in client.get(both[0].get_absolute_url()).content.decode()
        assert both[0].public_no in client.get(both[1].get_absolute_url()).content.decode()
        listed = client.get(reverse("needs:need_list")).context["items"]
        assert [(item["row"].need, item["again"]) for item in listed] == [(both[0], 1)]
        assert client.get(f"{LIST}?kind=need&group=merged").context["rows"]

    def test_kinds_and_counts(self, pair, login, secretary, regional_officer_edu, enterprise_lead):
        kinds = login(secretary).get(LIST).context["kinds"]
        assert {kind["url"]: kind["count"] for kind in kinds} == {
            "?kind=achievement": 0, "?kind=need": 1, "?kind=expert": 0}  # fmt: skip
        assert login(enterprise_lead).get(LIST).status_code == 403
        offered = {one["url"] for one in login(regional_officer_edu).get(LIST).context["kinds"]}
        assert "?kind=achievement" in offered

    def test_queries_stay_constant(self, login, pair, park, park_admin, secretary):
        client = login(secretary)

        def count():
            warm()
            with CaptureQueriesContext(connection) as seen:
                assert client.get(f"{LIST}?kind=need").status_code == 200
            return len(seen)

        before = count()
        make_need(park, park_admin)
        assert len(search()) == 3
        assert count() == before
