"""Up to four records side by side, of what the reader may read."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils.translation import gettext

from matchmaking.common.aligning import aligned
from needs.models import NeedIndicator
from tests.factories.experts import make_expert
from tests.factories.needs import INDICATOR

pytestmark = pytest.mark.django_db
URL = reverse("finding:compare")


def compared(client, records, pool="achievement"):
    return client.get(URL, {"pool": pool, "ids": [str(one.uuid) for one in records]})


def line(response, label):
    return next(one.values for one in response.context["lines"] if str(one.label) == label)


def measured(name, value, **more):
    return {**INDICATOR, "name": name, "value": value} | more


def test_differences_are_marked_and_indicators_aligned(achievement, client):
    rows = {"operator": "ge", "unit": "%", "text": "", "value_high": None, "condition": "", "evidence": ""}
    first = achievement(title="甲", trl=5, indicators=[{**rows, "name": "检出率", "value": "98"},
                                                      {**rows, "name": "速度", "value": "3"}])  # fmt: skip
    second = achievement(title="乙", trl=7, indicators=[{**rows, "name": "检 出 率", "value": "95"}])
    response = compared(client, [first, second])
    assert line(response, "检出率") == ("≥ 98 %", "≥ 95 %")
    assert line(response, "速度") == ("≥ 3 %", "")
    by_label = {str(one.label): one.differs for one in response.context["lines"]}
    assert (by_label["检出率"], by_label[gettext("Readiness level")], by_label["速度"], by_label["编号"]) == (
        True,
        True,
        True,  # the other side does not say
        False,  # numbers of records always differ
    )
    page = response.content.decode()
    assert page.index("甲</a>") < page.index("乙</a>")
    assert page.count("is-different") == sum(by_label.values())
    assert not all(by_label.values())


def test_long_texts_that_differ_are_marked_and_equal_ones_are_not(achievement, client):
    same = "同一段简介" * 30
    records = [achievement(title="甲", summary=same, key_points="要点一"),
               achievement(title="乙", summary=f" {same}\n", key_points="要点二")]  # fmt: skip
    by_label = {str(one.label): one.differs for one in compared(client, records).context["lines"]}
    assert by_label[gettext("Summary")] is False
    assert by_label[gettext("Key points and innovation")] is True


def test_the_order_is_that_of_the_address_and_four_is_the_most(achievement, client):
    records = [achievement(title=f"成果{number}") for number in range(5)]
    response = compared(client, [*reversed(records), records[0]])
    assert [column["hit"].title for column in response.context["columns"]] == ["成果4", "成果3", "成果2", "成果1"]
    assert response.context["too_many"]


@pytest.mark.parametrize("query", [{}, {"pool": ""}, {"pool": "x"}, {"pool": "talent_post"}, {"ids": "x"}], ids=str)
def test_without_a_pool_that_can_be_compared_the_page_says_how_to_choose(client, query):
    page = client.get(URL, query)
    assert page.status_code == 200
    text = page.content.decode()
    for name in ("catalog:achievement_list", "needs:need_list", "experts:expert_list"):
        assert f'class="btn{" btn-primary" if name.startswith("catalog") else ""}" href="{reverse(name)}"' in text
    assert "compare-table" not in text


def test_what_cannot_be_shown_is_counted_and_not_named(achievement, client):
    shown, hidden = achievement(title="公开甲"), achievement(title="草稿乙", state="draft")
    for other in (str(hidden.uuid), str(uuid4()), "x"):  # nobody learns which of them there are
        page = client.get(URL, {"pool": "achievement", "ids": [str(shown.uuid), other]})
        assert (len(page.context["columns"]), page.context["missing"]) == (1, 1)
        assert "草稿乙" not in page.content.decode()
    assert client.get(URL, {"pool": "achievement", "ids": [str(hidden.uuid)]}).context["missing"] == 1


def test_nothing_ticked_and_nonsense(client):
    for ids in ([], ["x"], [str(uuid4())], ["%00".replace("%00", "\u200b")]):
        assert client.get(URL, {"pool": "achievement", "ids": ids}).status_code == 200


def test_what_one_may_not_see_is_not_there(achievement, client, login, researcher):
    records = [achievement(title="公开甲"), achievement(title="会员乙", visibility="members"),
               achievement(title="草稿丙", state="draft")]  # fmt: skip
    page = compared(client, records)
    assert (len(page.context["columns"]), page.context["missing"]) == (1, 2)
    assert "会员乙" not in page.content.decode()
    assert len(compared(login(researcher), records).context["columns"]) == 2


def test_a_hidden_owner_stays_hidden(achievement, login, client, university, enterprise_lead, university_officer):
    patent = {"kind": "pat_inv", "number": "x", "title": "独有专利名", "status": "granted"}
    hidden = achievement(title="甲", visibility="hidden_owner", completers=[{"name": "王某某"}], ip_items=[patent])
    other = achievement(title="乙")
    page = compared(login(enterprise_lead), [hidden, other]).content.decode()
    assert "独有专利名" not in page
    assert page.count(university.name) == 1  # of the other record
    assert "独有专利名" in compared(login(university_officer), [hidden, other]).content.decode()


def test_a_closed_body_stays_closed(need, client, login, researcher, enterprise):
    closed = need(
        title="隐名需求", visibility="hidden_owner", problem="独门工艺", indicators=[measured("独有指标", "1")]
    )
    page = compared(client, [closed, need(title="公开需求")], "need").content.decode()
    assert "隐名需求" in page
    assert not {"独门工艺", "独有指标"} & set(filter(page.count, ["独门工艺", "独有指标"]))
    member = compared(login(researcher), [closed], "need").content.decode()
    assert "独门工艺" in member
    assert "独有指标" in member
    assert enterprise.name not in member


def test_needs_and_experts(need, client, university, university_officer):
    page = compared(client, [need(title="需求甲"), need(title="需求乙", budget_band="b1")], "need")
    assert len(page.context["columns"]) == 2
    experts = [make_expert(university, university_officer, name=name) for name in ("专家甲", "专家乙")]
    page = compared(client, experts, "expert").content.decode()
    assert "涡流阵列无损检测与缺陷分级" in page
    assert "example.test" not in page  # contact data are nobody's line


def test_the_number_of_queries_is_the_same(achievement, client, django_assert_num_queries):
    records = [achievement(title=f"成果{number}") for number in range(4)]
    compared(client, records)
    for wanted in (records[:1], records):
        with django_assert_num_queries(8):
            compared(client, wanted)


def test_names_are_aligned_across_spellings():
    def one(name, value, unit="MPa", text=""):
        return NeedIndicator(name=name, operator="ge", value=value, unit=unit, text=text)

    lines = aligned(
        [
            [one("寿命", Decimal(1))],
            [one("抗拉强度（室温）", Decimal(500)), one("寿命", Decimal(2), text="连续运行")],
            [one("抗拉强度(室温)", Decimal(450))],
        ]
    )
    assert [(str(line.label), line.values) for line in lines] == [
        ("寿命", ("≥ 1 MPa", "≥ 2 MPa 连续运行", "")),
        ("抗拉强度（室温）", ("", "≥ 500 MPa", "≥ 450 MPa")),
    ]
