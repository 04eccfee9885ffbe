"""The lists of the pools: facets, snippets, orders, caps, exports; and that no part of them tells what is closed.

The same for every pool, so that a list cannot be forgotten.
"""

import io
import re

import openpyxl
import pytest
from django.urls import reverse

from catalog import services as catalog_services
from catalog.filters import AchievementFilter
from catalog.models import Achievement
from catalog.selectors import pool_for
from matchmaking.accounts.models import OrganisationQualification
from matchmaking.common.pools import only_by_search_index
from matchmaking.vocabularies.selectors import warm
from tests.factories.accounts import region
from tests.factories.experts import make_expert
from tests.factories.needs import make_need
from tests.factories.programmes import programme

pytestmark = pytest.mark.django_db
LISTS = {"achievement": "catalog:achievement_list", "need": "needs:need_list", "expert": "experts:expert_list"}
FACETS = {"achievement": "catalog:achievement_facets", "need": "needs:need_facets", "expert": "experts:expert_facets"}
EXPORTS = {"achievement": "catalog:achievement_export", "need": "needs:need_export", "expert": "experts:expert_export"}


@pytest.fixture
def achievement(university, university_officer):
    def make(**data):
        base = {"tech_field": "0804", "discipline": "460", "trl": 5, "ownership": "single", "state": "accepted",
                "owner": university, "completing_units": [university]}  # fmt: skip
        [made] = catalog_services.bulk_create_achievements(
            by=university_officer, programme=programme(), rows=[base | data]
        )
        return made

    return make


@pytest.fixture
def need(enterprise, enterprise_lead):
    return lambda **data: make_need(enterprise, enterprise_lead, **data)


@pytest.fixture
def expert(university, university_officer):
    return lambda **data: make_expert(university, university_officer, **data)


def found(client, pool, **query):
    page = client.get(reverse(LISTS[pool]), query).context["page"]
    return [getattr(row, "need", row).public_no for row in page]


def counts(client, pool, facet, **query):
    """{code: count} of a facet as the fragment shows it."""
    page = client.get(reverse(FACETS[pool]), query).content.decode()
    lines = re.findall(rf'name="{facet}" value="([^"]+)".*?facet-count num">([\d,]+)<', page, re.DOTALL)
    return {code: int(number.replace(",", "")) for code, number in lines}


class TestFacets:
    def test_counts_follow_the_other_filters_but_not_their_own(self, achievement, client):
        achievement(title="检测甲", tech_field="0804", maturity="pilot_passed", coop_modes=["assign", "equity"])
        achievement(title="检测乙", tech_field="0401", maturity="pilot_passed", coop_modes=["assign"])
        achievement(title="加工丙", tech_field="0401", maturity="researching")
        assert counts(client, "achievement", "tech_field") == {"04": 2, "08": 1}
        assert counts(client, "achievement", "tech_field", q="检测") == {"04": 1, "08": 1}
        assert counts(client, "achievement", "tech_field", maturity="pilot_passed") == {"04": 1, "08": 1}
        ticked = counts(client, "achievement", "tech_field", tech_field="08")
        assert ticked == {"04": 2, "08": 1, "0804": 1}
        assert counts(client, "achievement", "maturity", tech_field="08") == {"pilot_passed": 1}
        assert counts(client, "achievement", "coop_mode", q="检测") == {"assign": 2, "equity": 1}

    def test_several_ticks_of_one_facet_widen_those_of_two_narrow(self, achievement, client):
        one = achievement(title="甲", tech_field="0804", maturity="pilot_passed").public_no
        two = achievement(title="乙", tech_field="0401", maturity="pilot_passed").public_no
        achievement(title="丙", tech_field="0101", maturity="researching")
        assert found(client, "achievement", tech_field=["08", "0401"]) == [two, one]
        assert found(client, "achievement", tech_field=["08", "01"], maturity="pilot_passed") == [one]

    def test_a_record_counts_once_above_two_of_its_codes(self, achievement, client):
        achievement(title="甲", applications=["35", "37"])
        assert counts(client, "achievement", "industry")["C"] == 1
        assert counts(client, "achievement", "industry", industry="C") == {"C": 1, "35": 1, "37": 1}

    def test_cities_stand_under_their_province(self, achievement, client):
        achievement(title="甲", region=region("3702"))
        achievement(title="乙", region=region("37"))
        assert counts(client, "achievement", "region") == {"37": 2}
        assert counts(client, "achievement", "region", region="37") == {"37": 2, "3702": 1}
        assert len(found(client, "achievement", region="3702")) == 1

    def test_needs(self, need, client, enterprise):
        OrganisationQualification.objects.create(organisation=enterprise, code="hnte")
        OrganisationQualification.objects.create(organisation=enterprise, code="srdi", valid_to="2020-01-01")
        shown = need(title="甲", open_until=None).public_no
        need(title="乙", visibility="hidden_owner")
        assert counts(client, "need", "qualification") == {"hnte": 1}
        assert found(client, "need", qualification="hnte") == [shown]
        assert found(client, "need", qualification="srdi") == []
        assert counts(client, "need", "deadline") == {"months": 1, "open": 1}
        assert found(client, "need", deadline="open") == [shown]

    def test_experts(self, expert, client):
        one = expert(services=["review"], title="senior", fields=["0804", "0401"]).public_no
        expert(services=["diagnosis", "review"], title="associate")
        assert counts(client, "expert", "service") == {"review": 2, "diagnosis": 1}
        assert counts(client, "expert", "title", service="diagnosis") == {"associate": 1}
        assert found(client, "expert", field="04") == [one]

    def test_they_are_counted_over_the_newest_only(self, achievement, client, settings):
        for number in range(5):
            achievement(title=f"检测{number}", maturity="researching" if number < 3 else "pilot_passed")
        settings.COUNT_CAP = 2
        for query in ({}, {"q": "检测"}):
            assert counts(client, "achievement", "maturity", **query) == {"pilot_passed": 2}

    @pytest.mark.parametrize("pool", sorted(LISTS))
    def test_the_number_of_queries_does_not_grow(self, pool, request, client, django_assert_max_num_queries):
        make = request.getfixturevalue(pool)
        words = {"directions" if pool == "expert" else "title": "涡流检测"}
        query = {"q": "涡流", "field" if pool == "expert" else "tech_field": "08", "region": "32"}
        warm()

        def asked() -> tuple[int, int]:
            with django_assert_max_num_queries(21) as counting:  # three searches of seven: two facets have ticks
                client.get(reverse(FACETS[pool]), query)
            with django_assert_max_num_queries(14) as listing:
                client.get(reverse(LISTS[pool]), query)
            return len(counting), len(listing)

        make(**words)
        few = asked()
        for _n in range(24):
            make(**words)
        assert asked() == few


class TestText:
    def test_quoted_phrases_are_found_as_written(self, achievement, client):
        exact = achievement(title="甲", summary="采用激光熔覆修复叶片。").public_no
        loose = achievement(title="乙", summary="激光束与光熔池、熔覆层分开。").public_no
        assert set(found(client, "achievement", q="激光 熔覆")) == {exact, loose}
        assert found(client, "achievement", q="“激光熔覆”") == found(client, "achievement", q='"激光熔覆"') == [exact]

    @pytest.mark.parametrize("text", ["ＰＥＭ 电解槽", "PEM  电解槽", "pem 电解槽"])
    def test_phrases_of_mixed_letters(self, achievement, client, text):
        number = achievement(title="甲", key_points=f"新型{text}。").public_no
        achievement(title="乙", key_points="电解槽与PEM。")
        assert found(client, "achievement", q="“PEM 电解槽”") == [number]

    def test_phrases_in_names_keywords_and_works(self, achievement, expert, need, client, university):
        number = achievement(title="甲", keywords=["冷等静压", "粉末"]).public_no
        assert found(client, "achievement", q="“冷等静压”") == [number]
        assert found(client, "achievement", q=f"“{university.name}”") == [number]
        known = expert(works=[{"title": "高通量筛选平台", "kind": "paper", "year": 2020}]).public_no
        assert found(client, "expert", q="“高通量筛选”") == [known]
        asked = need(
            title="乙", indicators=[{"name": "抗冲击韧性", "operator": "ge", "value": "67", "unit": "%"}]
        ).public_no
        assert found(client, "need", q="“抗冲击韧性”") == [asked]

    def test_the_snippet_comes_from_the_field_that_holds_the_words(self, achievement, client):
        achievement(title="甲", summary="概述。", key_points="先做预处理。再用涡流阵列检测叶片缺陷，最后分级。")
        page = client.get(reverse(LISTS["achievement"]), {"q": "涡流阵列"}).content.decode()
        assert re.search(r'snippet-field">[^<]+</span>\s*…?再用<mark>涡流阵列</mark>检测', page)

    def test_markup_in_texts_stays_text(self, achievement, client):
        achievement(title="涡流<b>甲</b>", summary="涡流<script>alert(1)</script>检测")
        page = client.get(reverse(LISTS["achievement"]), {"q": "涡流"}).content.decode()
        assert "<script>alert" not in page
        assert "<b>甲" not in page


class TestOrder:
    def test_relevance_date_completeness(self, achievement, client):
        poor = achievement(title="涡流检测").public_no
        rich = achievement(title="甲", summary="涡流检测", key_points="要点", awards="奖", benefit="效益",
                           indicators=[{"name": "寿命", "operator": "ge", "value": "1"}]).public_no  # fmt: skip
        newest = achievement(title="乙", key_points="涡流检测").public_no
        assert found(client, "achievement", q="涡流检测") == [poor, rich, newest]
        assert found(client, "achievement", q="涡流检测", sort="newest") == [newest, rich, poor]
        assert found(client, "achievement", q="涡流检测", sort="complete")[0] == rich
        assert found(client, "achievement", sort="relevance") == [newest, rich, poor]

    def test_closing_soon_first(self, need, client):
        late = need(title="甲", open_until="2099-01-01").public_no
        never = need(title="乙", open_until=None).public_no
        soon = need(title="丙", open_until="2098-01-01").public_no
        assert found(client, "need", sort="closing") == [soon, late, never]

    def test_beyond_the_cap_the_newest_are_ranked(self, achievement, client, settings):
        best_but_oldest = achievement(title="涡流检测").public_no
        rest = [achievement(title=f"甲{n}", key_points="涡流检测").public_no for n in range(4)]
        settings.COUNT_CAP = 2
        page = client.get(reverse(LISTS["achievement"]), {"q": "涡流检测"}).context["page"]
        assert (page.paginator.count, page.paginator.is_capped) == (2, True)
        assert best_but_oldest not in [row.public_no for row in page]
        assert {row.public_no for row in page} <= set(rest[1:])

    def test_ranges_of_keys_lose_nothing(self, achievement, client, monkeypatch):
        numbers = [achievement(title=f"涡流检测{n}").public_no for n in range(9)]
        for few in (1, 99):
            monkeypatch.setattr("matchmaking.common.pools.FIRST_RANGE", 2)
            monkeypatch.setattr("matchmaking.common.pools.FEW", few)
            assert sorted(found(client, "achievement", q="涡流检测")) == numbers
            assert len(found(client, "achievement", q="涡流检测", tech_field="04")) == 0

    def test_the_settings_of_a_search_end_with_it(self, db):
        from django.db import connection

        def now():
            with connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('enable_indexscan'), current_setting('enable_seqscan')")
                return cursor.fetchone()

        with only_by_search_index():
            assert now() == ("off", "off")
        assert now() == ("on", "on")


class TestEmpty:
    def test_it_says_what_to_loosen(self, achievement, client):
        achievement(title="涡流检测", tech_field="0804")
        response = client.get(reverse(LISTS["achievement"]), {"q": "涡流", "tech_field": "04", "region": "32"})
        [one] = response.context["loosened"]
        assert (str(one["label"]), one["count"]) == ("技术领域", 1)
        assert client.get(f"{reverse(LISTS['achievement'])}?{one['query']}").context["page"].paginator.count == 1
        assert one["query"] in response.content.decode().replace("&amp;", "&")

    def test_nothing_helps(self, client):
        response = client.get(reverse(LISTS["need"]), {"q": "翙翚翛"})
        assert response.context["loosened"] == []
        assert "empty-state" in response.content.decode()


def numbers_in(response):
    """The public numbers in an exported workbook, in its order."""
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    for close in response._resource_closers:
        close()
    head, *rows = book.active.iter_rows(values_only=True)
    column = next(place for place, word in enumerate(head) if word.endswith("编号"))
    return [row[column] for row in rows]


class TestExport:
    @pytest.mark.parametrize("pool", sorted(LISTS))
    def test_exactly_what_is_shown_in_its_order(self, pool, request, login, secretary):
        make = request.getfixturevalue(pool)
        words = {"achievement": "title", "need": "title", "expert": "directions"}[pool]
        for number in range(25):
            make(**{words: f"涡流检测第{number}种" if number % 2 else "其他内容"})
        client = login(secretary)
        for query in ({"q": "涡流检测"}, {"q": "涡流检测", "sort": "newest"}, {"sort": "complete"}):
            shown = [no for page in (1, 2) for no in found(client, pool, page=page, **query)]
            shown = list(dict.fromkeys(shown))
            assert numbers_in(client.get(reverse(EXPORTS[pool]), query)) == shown, query

    def test_beyond_the_cap_the_older_follow(self, achievement, login, secretary, settings):
        old = [achievement(title=f"涡流检测{n}").public_no for n in range(3)]
        ranked = [achievement(title=title, key_points="涡流检测").public_no for title in ("涡流检测", "甲", "乙")]
        settings.COUNT_CAP = 2
        exported = numbers_in(login(secretary).get(reverse(EXPORTS["achievement"]), {"q": "涡流检测"}))
        assert exported == [ranked[0], ranked[2], ranked[1], *reversed(old)]


class TestWhatIsClosed:
    """Members' records and closed bodies cannot be found, counted, quoted, loosened or exported by who may not read."""

    SECRET = "独门工艺"

    def surfaces(self, client, pool, query):
        listed = client.get(reverse(LISTS[pool]), query)
        yield listed.content.decode().replace(query.get("q", "\0"), "")
        assert sum(counts(client, pool, "region", **query).values()) == 0
        assert listed.context["page"].paginator.count == 0
        assert [one for one in listed.context["loosened"] if str(one["label"]) != "搜索"] == []
        searched = client.get(reverse("finding:search"), {"q": query["q"]})
        assert pool not in {group.pool.noun for group in searched.context["groups"]}

    @pytest.mark.parametrize("text", ["独门工艺", "“独门工艺”"])
    @pytest.mark.parametrize("who", [None, "stranger"])
    def test_a_members_achievement(self, achievement, login, request, who, text):
        achievement(title="会员成果", summary=self.SECRET, visibility="members")
        client = login(request.getfixturevalue(who) if who else None)
        for page in self.surfaces(client, "achievement", {"q": text}):
            assert "会员成果" not in page

    @pytest.mark.parametrize("text", ["独门工艺", "“独门工艺”", "独有指标", "“独有指标”"])
    @pytest.mark.parametrize("who", [None, "stranger"])
    def test_the_body_of_a_need_whose_owner_is_hidden(self, need, login, request, who, text):
        row = {"name": "独有指标", "operator": "ge", "value": "1", "unit": "%"}
        need(title="可见标题", problem=self.SECRET, visibility="hidden_owner", indicators=[row])
        client = login(request.getfixturevalue(who) if who else None)
        assert len(found(client, "need")) == 1
        for page in self.surfaces(client, "need", {"q": text}):
            assert "可见标题" not in page
        shown = client.get(reverse(LISTS["need"]), {"q": "可见标题"})
        assert shown.context["items"][0]["snippet"] is None

    @pytest.mark.parametrize("quoted", [False, True])
    @pytest.mark.parametrize("who", [None, "stranger", "researcher", "national_officer", "other_enterprise_lead"])
    def test_the_name_of_a_hidden_owner(self, need, achievement, login, request, who, quoted, enterprise, university):
        need(title="需求甲", visibility="hidden_owner")
        achievement(title="成果甲", visibility="hidden_owner", completers=[{"name": "欧阳某某"}])
        client = login(request.getfixturevalue(who) if who else None)
        for pool, name in (("need", enterprise.name), ("achievement", university.name), ("achievement", "欧阳某某")):
            for _page in self.surfaces(client, pool, {"q": f"“{name}”" if quoted else name}):
                pass

    def test_not_even_where_the_text_holds_all_pairs_of_the_name(self, need, achievement, login, researcher, enterprise,
                                                                university):  # fmt: skip
        """The index has nothing against it then; the phrase itself must not be looked for in names that are hidden."""

        def halves(name):
            return f"{name[:3]}。{name[2:]}。"

        need(title="需求甲", problem=halves(enterprise.name), visibility="hidden_owner")
        achievement(title="成果甲", summary=halves(university.name), visibility="hidden_owner")
        client = login(researcher)
        for pool, name in (("need", enterprise.name), ("achievement", university.name)):
            assert len(found(client, pool, q=name)) == 1
            assert found(client, pool, q=f"“{name}”") == []

    def test_nor_in_indicators_of_a_closed_body(self, need, login, researcher):
        row = {"name": "独有指标", "operator": "ge", "value": "1", "unit": "%"}
        need(title="独有指。有指标", visibility="hidden_owner", indicators=[row])
        assert found(login(), "need", q="“独有指标”") == []
        assert len(found(login(researcher), "need", q="“独有指标”")) == 1

    def test_completeness_says_nothing_of_closed_bodies(self, need, login, researcher):
        """The order must not tell a visitor how much stands in a body that he may not read."""
        empty = {"background": "", "goal": "", "tried": "", "basis": "", "chain_link": "", "ip_terms": "",
                 "indicators": [], "target_trl": None}  # fmt: skip
        full = need(title="甲", visibility="hidden_owner").public_no
        bare = need(title="乙", visibility="hidden_owner", **empty).public_no
        assert found(login(), "need", sort="complete") == [bare, full]  # the newest first, as without an order
        assert found(login(researcher), "need", sort="complete") == [full, bare]

    @pytest.mark.parametrize("who", [None, "stranger", "researcher", "enterprise_lead", "regional_officer_edu",
                                     "other_regional_officer_edu", "secretary", "university_officer"])  # fmt: skip
    def test_the_pool_is_what_visible_to_leaves_in_it(self, achievement, login, request, who, university):
        from django.contrib.auth.models import AnonymousUser

        from catalog.enums import IN_POOL

        for visibility in ("public", "members", "invited", "hidden_owner"):
            for state in ("accepted", "draft", "submitted", "stale"):
                achievement(title="x", visibility=visibility, state=state)
        user = request.getfixturevalue(who) if who else AnonymousUser()
        visible = Achievement.objects.visible_to(user).filter(state__in=IN_POOL)
        assert set(pool_for(user)) == set(visible)
        assert visible.exists()


@pytest.mark.parametrize("pool", sorted(LISTS))
def test_a_wrong_code_is_an_error_at_its_field_not_of_the_page(pool, client):
    for part in (LISTS[pool], FACETS[pool]):
        assert client.get(reverse(part), {"region": "no-such", "sort": "x", "page": "-1"}).status_code == 200


def test_a_single_code_may_be_given_as_it_is(achievement):
    from django.contrib.auth.models import AnonymousUser

    achievement(title="甲")
    assert AchievementFilter({"tech_field": "08"}, pool_for(AnonymousUser())).qs.count() == 1
