"""Talent posts from a workbook: bad cells, what a row means, the related need, the round trip, undo."""

from datetime import timedelta

import pytest
from django.utils import timezone

from matchmaking.activity.models import Entry
from matchmaking.common.crypto import unseal
from matchmaking.intake.models import ProposedChange
from matchmaking.intake.refusals import row_remarks_of
from matchmaking.notifications.models import Notification
from needs.talent import exporting
from needs.talent.models import TalentPost, TalentPostBody
from needs.talent.selectors import shown
from tests.factories.needs import make_need
from tests.factories.talent import make_post
from tests.rowkinds import Uploads, changes, errors, exported, groups, lines

pytestmark = pytest.mark.django_db


def row(number: int = 1, **cells):
    """One good row as a person writes it; `cells` by the beginning of a heading."""
    found = {
        "岗位编号": None,
        "企业名称": None,
        "岗位名称*": f"检测方向科技副总（第{number}号）",
        "岗位类别*": "科技副总",
        "人数*": "２名",
        "技术方向*": "先进制造工艺与装备",
        "职责任务*": "牵头检测产线建设。",
        "学历要求*": "硕士",
        "职称要求": "高工",
        "专业要求": "460 机械、材料",
        "其他任职条件*": "五年以上经历。",
        "服务期限（月）*": "两年",
        "在岗方式*": "兼职",
        "每周天数": "2天",
        "薪酬区间*": "10-20万",
        "住房保障*": "人才公寓",
        "保险保障*": "意外保险",
        "预期成果*": "建成示范线。",
        "关联技术需求": None,
        "报名截止*": timezone.localdate() + timedelta(days=60),
        "公开范围*": "公开",
        "联系人*": "测试联系人",
        "联系电话*": "025-80000000",
    }
    for name, cell in cells.items():
        found[next((heading for heading in found if heading.startswith(name)), name)] = cell
    return found


@pytest.fixture
def uploads(enterprise, enterprise_lead):
    return Uploads("talent_post", enterprise, enterprise_lead)


def test_a_messy_list_becomes_drafts(uploads, enterprise, enterprise_lead):
    need = make_need(enterprise, enterprise_lead)
    batch = uploads.send(
        [row(1, 关联=need.public_no.lower()), row(2, 服务="18个月", 在岗="全职")], above=[["人才需求清单"]]
    )
    assert groups(batch) == ["new", "new"], [errors(batch), errors(batch, 1)]
    assert batch.counts["incomplete"] == 0
    uploads.commit(batch)
    first, second = TalentPost.objects.order_by("pk")
    assert (first.state, first.headcount, first.term_months, first.days_per_week) == ("draft", 2, 24, 2)
    assert (first.attendance, first.pay_band, first.education) == ("weekly", "p4", "master")
    assert (first.body.tech_need, first.body.contact["phone"]) == (need, "025-80000000")
    assert first.disciplines == ["460", "430"]
    assert (second.term_months, second.attendance) == (18, "full_time")


@pytest.mark.parametrize(
    ("column", "cell", "right"),
    [
        ("岗位类别", "科技总裁", "科技副总"),
        ("人数", "若干", "500"),
        ("人数", 501, "500"),
        ("技术方向", "0899", "0801"),
        ("学历要求", "院士", "博士"),
        ("服务期限", "七年", "60"),
        ("在岗方式", "随便", "线上"),
        ("每周天数", 7, "5"),
        ("薪酬区间", "一百万美元", "面议"),
        ("报名截止", "2026-02-30", "2026-03-05"),
        ("关联技术需求", "XQ-1999-000001", ""),
        ("职责任务", "参与绝密项目", ""),
        ("企业名称", "别的企业", ""),
    ],
)
def test_bad_cells_are_named_with_what_would_be_right(uploads, column, cell, right):
    batch = uploads.send([row(1), row(2, **{column: cell})])
    assert groups(batch) == ["new", "invalid"]
    found = errors(batch, 1)
    assert list(found) == [column]
    assert found[column][0]
    assert found[column][1]
    assert right in found[column][1]


def test_a_formula_stays_text_and_private_cells_are_sealed(uploads):
    batch = uploads.send([row(1, 预期="'=1+1"), row(2, 住房='=HYPERLINK("http://example.test")')])
    assert groups(batch) == ["new", "invalid"]
    assert unseal(lines(batch)[0].values["contact_phone"]) == "025-80000000"
    uploads.commit(batch, leave_out_invalid=True)
    assert TalentPost.objects.get().body.expected_output == "=1+1"


def test_new_changed_unchanged_missing_and_invalid(uploads, other_enterprise, other_enterprise_lead):
    make_post(other_enterprise, other_enterprise_lead, title=row(5)["岗位名称*"])
    uploads.commit(uploads.send([row(1), row(2), row(3)]))
    batch = uploads.send([row(1), row(2, 人数=3), row(4, 人数=0), row(5)])
    assert groups(batch) == ["unchanged", "changed", "invalid", "new"]
    assert changes(batch, 1) == {"headcount": ("2", "3")}
    assert batch.counts["missing"] == 1


def test_gaps_and_a_hidden_owner_block_submitting_only(uploads):
    batch = uploads.send([row(1, 人数=None, 每周=None, 公开="匿名发布", 职责="到测试企业甲工作。")])
    (only,) = lines(batch)
    assert (only.group, only.missing) == ("new", ["headcount", "duties", "days_per_week"])
    assert "职责任务" in row_remarks_of(only)[0]
    uploads.commit(batch)


def test_post_and_need_must_not_give_each_others_owner_away(uploads, enterprise, enterprise_lead):
    shown_need = make_need(enterprise, enterprise_lead)
    hidden = make_need(enterprise, enterprise_lead, title="匿名的需求", visibility="hidden_owner")
    post = make_post(enterprise, enterprise_lead, state="draft", title="已有岗位", visibility="hidden_owner")
    linked = {"岗位编号": post.public_no, "岗位名称*": "已有岗位", "关联技术需求": shown_need.public_no}
    batch = uploads.send([row(1, 关联=hidden.public_no), row(2, 公开="匿名发布", 关联=hidden.public_no), linked])
    assert groups(batch) == ["invalid", "new", "invalid"]
    assert list(errors(batch)) == list(errors(batch, 2)) == ["关联技术需求"]


def test_undo_takes_drafts_back_and_gives_values_back(uploads, enterprise, enterprise_lead, university):
    need = make_need(enterprise, enterprise_lead)
    post = make_post(enterprise, enterprise_lead, state="draft", title=row(1)["岗位名称*"], tech_need=need,
                     invited=[university])  # fmt: skip
    other = make_need(enterprise, enterprise_lead, title="另一需求")
    before = _facts(post)
    batch = uploads.commit(uploads.send([row(1, 关联=other.public_no), row(2)]))
    assert _facts(post) != before
    uploads.undo(batch)
    assert _facts(post) == before
    assert TalentPost.objects.count() == 1
    assert Entry.objects.filter(verb="post.taken_back").count() == 1


def _facts(post):
    post = TalentPost.objects.select_related("body").get(pk=post.pk)
    skipped = ("_state", "search_vector", "version", "text_version", "updated_at", "post_cache")
    row_ = {name: value for name, value in vars(post).items() if name not in skipped}
    body = {name: value for name, value in vars(post.body).items() if name not in skipped}
    return str(row_), str(body), [guest.organisation_id for guest in post.invitations.all()]


def test_the_pools_own_list_comes_back_unchanged(uploads, enterprise, enterprise_lead):
    need = make_need(enterprise, enterprise_lead)
    make_post(enterprise, enterprise_lead, tech_need=need)
    make_post(enterprise, enterprise_lead, title="匿名的岗位", visibility="hidden_owner")
    batch = uploads.send(exported(exporting.COLUMNS, shown(enterprise_lead, TalentPost.objects.all(), bodies=True)))
    assert batch.state == "checked", batch.refusal
    assert [(one.group, one.cleaned["changes"], one.errors) for one in lines(batch)] == [("unchanged", [], [])] * 2


def test_the_template_with_its_own_examples_is_complete(uploads):
    batch = uploads.send(uploads.template())
    (only,) = lines(batch)
    assert (only.group, only.errors, only.missing) == ("new", [], [])
    uploads.commit(batch)
    assert TalentPost.objects.count() == 1


def test_a_published_post_is_revised_and_that_can_be_undone(uploads, enterprise, enterprise_lead, park_admin):
    post = make_post(enterprise, enterprise_lead, state="published")
    cells = {"岗位编号": post.public_no, "岗位名称*": "新的岗位名称", "联系电话*": "025-81111111"}
    batch = uploads.send([cells])
    [line] = lines(batch)
    assert {one["name"]: one["goes"] for one in line.cleaned["changes"]} == {"title": "check", "contact_phone": "live"}
    batch = uploads.commit(batch)
    change = ProposedChange.objects.get(object_id=post.uuid)
    body = TalentPostBody.objects.get(post=post)
    assert (body.post.title, body.contact["phone"], change.fields) == (post.title, "025-81111111", ["title"])
    told = Notification.objects.filter(kind__in=["import_changes_to_check", "talent_post_change_to_check"])
    assert [(one.kind, one.recipient) for one in told] == [("import_changes_to_check", park_admin)]
    uploads.undo(batch)
    assert TalentPostBody.objects.get(post=post).contact == post.body.contact
    change.refresh_from_db()
    assert change.state == "withdrawn"
