"""Nominations from a workbook: bad cells, who a row means, gaps and consent, the round trip, undo."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override

from experts import exporting, rules
from experts.completeness import missing_of
from experts.importing.lines import parse_work, written_work
from experts.models import Expert
from experts.services import NotAllowed, give_consent, update_expert
from matchmaking.activity.models import Entry
from matchmaking.common.crypto import unseal
from matchmaking.intake.services.undoing import UndoBlocked
from matchmaking.notifications.models import Notification
from tests.factories.experts import make_expert, reload
from tests.rowkinds import Uploads, changes, errors, exported, groups, lines

pytestmark = pytest.mark.django_db


def row(number: int = 1, **cells):
    """One good row as a person writes it; `cells` by the beginning of a heading."""
    today = timezone.localdate()
    found = {
        "专家编号": None,
        "姓名*": f"测试人{'甲乙丙丁戊己庚辛'[number - 1]}",
        "工作单位": None,
        "职称*": "教授",
        "职务": "主任",
        "学历学位*": "博士研究生",
        "出生年份": "1979年5月",
        "专家类型*": "技术专家、管理",
        "专业领域*": "0804、0801",
        "学科*": "机械、430",
        "行业经验*": "35；37",
        "研究方向*": "涡流阵列无损检测与缺陷分级。",
        "代表成果": "1. 论文：涡流阵列检测方法（２０２２年）\n一种检测装置，专利，2021",
        "服务意向*": "诊断、评审",
        "可服务地区": "江苏、320500、山东省",
        "任期起*": f"{today:%Y年%m月%d日}",
        "任期止*": today + timedelta(days=700),
        "回避单位": None,
        "联系电话": "025-80000000",
        "电子邮箱*": f"person{number}@example.test",
    }
    for name, cell in cells.items():
        found[next(heading for heading in found if heading.startswith(name))] = cell
    return found


@pytest.fixture
def uploads(university, university_officer):
    return Uploads("expert", university, university_officer)


# --- Cells -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("论文：涡流阵列检测方法（2022）", ("涡流阵列检测方法", "paper", 2022)),
        ("2、【专利】一种装置（ZL2021，共用）[２０２１年]", ("一种装置（ZL2021，共用）", "patent", 2021)),
        ("2019：某方法；标准", ("某方法", "standard", 2019)),
        ("深度学习：方法与应用", ("深度学习：方法与应用", "", None)),
        ("国家科技进步奖，获奖，2020", ("国家科技进步奖", "award", 2020)),
    ],
)
def test_works_are_read_in_any_order(line, expected):
    read = parse_work(line, 1)
    assert (read["title"], read["kind"], read["year"]) == expected
    assert parse_work(written_work(**read), 1) == read


def test_a_messy_list_becomes_nominations(uploads, university, other_university):
    batch = uploads.send(
        [row(1, 回避单位=other_university.name), row(2, 工作单位="独立专家", 可服务地区="全国", 姓名="欧 阳")],
        above=[["某大学推荐专家名单"], [None]],
    )
    assert groups(batch) == ["new", "new"], [errors(batch), errors(batch, 1)]
    assert batch.counts["incomplete"] == 0
    uploads.commit(batch)
    first, second = Expert.objects.order_by("pk")
    assert (first.state, first.organisation, first.region) == ("nominated", university, university.region)
    assert (first.title, first.fields, first.regions) == ("senior", ["0804", "0801"], ["32", "3205", "37"])
    assert [(work.title, work.kind, work.year) for work in first.works.order_by("position")] == [
        ("涡流阵列检测方法", "paper", 2022), ("一种检测装置", "patent", 2021),
    ]  # fmt: skip
    assert first.conflicts.get().organisation == other_university
    assert (first.body.birth_year, first.body.contact["email"]) == (1979, "person1@example.test")
    assert (second.name, second.organisation, second.regions) == ("欧阳", None, [])
    assert first.visibility == "members"


@pytest.mark.parametrize(
    ("column", "cell", "right"),
    [
        ("姓名", "张三、李四", ""),
        ("工作单位", "别的大学", "独立专家"),
        ("职称", "大师", "正高级"),
        ("学历学位", "幼儿园", "博士"),
        ("出生年份", "79", "1979"),
        ("专业领域", "0804、0899", "0801"),
        ("专业领域", "0801、0802、0803、0804、0805、0806", ""),
        ("学科", "炼金术", "450 冶金工程技术"),
        ("可服务地区", "江苏、火星", "江苏"),
        ("可服务地区", "全国、江苏", "全国"),
        ("服务意向", "包打天下", "评审"),
        ("任期起", "明天", "2026-03-05"),
        ("任期止", "2001-01-01", ""),
        ("回避单位", "并不存在的大学", ""),
        ("电子邮箱", "zhang.example", "example"),
        ("代表成果", "\n".join(f"成果{n}" for n in range(11)), ""),
        ("专家编号", "ZJ-1999-000001", ""),
    ],
)
def test_bad_cells_are_named_with_what_would_be_right(uploads, column, cell, right):
    batch = uploads.send([row(1), row(2, **{column: cell})])
    assert groups(batch) == ["new", "invalid"]
    found = errors(batch, 1)
    assert list(found) == [column]
    message, hint = found[column]
    assert message
    assert hint
    assert right in hint


def test_a_formula_stays_text_and_private_cells_are_sealed(uploads):
    batch = uploads.send([row(1, 职务="'=cmd|' /C calc'!A0"), row(2, 研究方向='=WEBSERVICE("http://example.test")')])
    assert groups(batch) == ["new", "invalid"]
    kept = lines(batch)[0].values
    assert unseal(kept["contact_email"]) == "person1@example.test"
    assert unseal(kept["birth_year"]) == "1979年5月"
    assert "person1" not in str(batch.rows.values())
    uploads.commit(batch, leave_out_invalid=True)
    assert Expert.objects.get().position == "=cmd|' /C calc'!A0"


# --- Gaps and consent --------------------------------------------------------------------------------------------


def test_gaps_are_no_errors_but_the_person_is_asked_only_when_they_are_filled(uploads, university_officer, expert_user):
    batch = uploads.commit(uploads.send([row(1, 研究方向=None, 任期止=None, 电子邮箱=expert_user.email)]))
    assert lines(batch)[0].missing == ["directions", "term_to"]
    expert = reload(Expert.objects.get())
    assert set(missing_of(expert, expert.body)) == {"directions", "term_to"}
    assert expert.body.user == expert_user
    assert not rules.can_consent(expert_user, expert)
    with pytest.raises(NotAllowed):
        give_consent(by=expert_user, expert=expert)
    assert not Notification.objects.filter(kind="expert_consent_asked").exists()
    filled = {"directions": "无损检测", "term_to": expert.term_from + timedelta(days=300)}
    expert = update_expert(by=university_officer, expert=expert, version=1, data=filled)
    assert Notification.objects.filter(kind="expert_consent_asked", recipient=expert_user).count() == 1
    give_consent(by=expert_user, expert=reload(expert))


def test_whoever_has_an_account_and_a_complete_entry_is_asked_at_once(uploads, expert_user):
    uploads.commit(uploads.send([row(1, 电子邮箱=expert_user.email.upper()), row(2)]))
    assert Notification.objects.filter(kind="expert_consent_asked", recipient=expert_user).count() == 1


# --- Who is meant ------------------------------------------------------------------------------------------------


def test_new_changed_unchanged_missing_and_invalid(uploads, other_university, other_university_officer):
    make_expert(other_university, other_university_officer, name=row(8)["姓名*"], state="nominated")
    uploads.commit(uploads.send([row(1), row(2), row(3)]))
    batch = uploads.send(
        [row(1), row(2, 职称="副教授", 电子邮箱="person2@example.test"), row(4), row(5, 职称="大师"), row(8)]
    )
    assert groups(batch) == ["unchanged", "changed", "new", "invalid", "new"]
    assert changes(batch, 1) == {"title": ("正高级", "副高级")}
    assert batch.counts["missing"] == 1
    assert "person" in batch.rows.get(group="missing").cleaned["obstacle"]["m"]


def test_an_entry_in_the_pool_is_the_persons_own(uploads, university, university_officer):
    expert = make_expert(university, university_officer, name=row(1)["姓名*"], state="in_pool")
    batch = uploads.send([row(1, 职称="副教授") | {"专家编号": expert.public_no}])
    assert groups(batch) == ["invalid"]
    with override("en"):
        message, hint = next(iter(errors(batch).values()))
    assert "person alone" in message
    assert "ask the person" in hint


def test_name_and_unit_mean_a_person_unless_the_address_is_another(uploads, university, university_officer):
    known = make_expert(university, university_officer, name="张伟", state="nominated",
                        contact={"email": "weiz@example.test"})  # fmt: skip
    batch = uploads.send([{"姓名*": "张 伟", "职务": "副所长"}, row(1, 姓名="张伟", 电子邮箱="other@example.test"),
                          row(2, 姓名="别名", 电子邮箱="WEIZ@example.test")])  # fmt: skip
    named, namesake, renamed = lines(batch)
    assert (named.group, named.target_id) == ("changed", known.uuid)
    assert [(one["number"], one["why"]) for one in namesake.similar] == [(known.public_no, "title")]
    assert [(one["number"], one["why"]) for one in renamed.similar] == [(known.public_no, "email")]
    independent = uploads.send([{"姓名*": "张伟", "工作单位": "独立专家", "职务": "退休教授"}])
    assert groups(independent) == ["new"]


def test_the_same_address_twice_in_a_file(uploads):
    batch = uploads.send([row(1), row(2, 电子邮箱="PERSON1@example.test")])
    assert groups(batch) == ["new", "invalid"]
    assert "电子邮箱" in errors(batch, 1)
    assert "person1@" not in str(list(batch.rows.values_list("words", flat=True)))


def test_a_term_that_would_end_before_it_begins(uploads, university, university_officer):
    expert = make_expert(university, university_officer, state="nominated")
    batch = uploads.send([{"专家编号": expert.public_no, "姓名*": expert.name, "任期止*": date(2020, 1, 1)}])
    assert list(errors(batch)) == ["任期止"]


def test_an_entry_past_its_nomination_and_one_that_left(uploads, university, university_officer):
    pool = make_expert(university, university_officer, name="在库专家")
    make_expert(university, university_officer, name="离开的人", state="left", contact={"email": "gone@example.test"})
    batch = uploads.send([{"专家编号": pool.public_no, "姓名*": "在库专家", "职务": "新职务"},
                          row(1, 姓名="离开的人", 电子邮箱="gone@example.test")])  # fmt: skip
    assert groups(batch) == ["invalid", "new"]


# --- Undo and round trips ----------------------------------------------------------------------------------------


def test_undo_takes_nominations_back_and_gives_values_back(uploads, university, university_officer, other_university):
    expert = make_expert(university, university_officer, state="nominated", name=row(1)["姓名*"], regions=[],
                         contact={"email": "person1@example.test"}, conflicts=[other_university])  # fmt: skip
    before = _facts(expert)
    batch = uploads.commit(uploads.send([row(1, 可服务地区="江苏", 回避单位=university.name), row(2)]))
    assert _facts(expert) != before
    uploads.undo(batch)
    assert _facts(expert) == before
    assert Expert.objects.count() == 1
    assert Entry.objects.filter(verb="expert.taken_back").count() == 1


def _facts(expert):
    expert = reload(expert)
    row_ = {name: value for name, value in vars(expert).items()
            if name not in ("_state", "search_vector", "version", "text_version", "updated_at")}  # fmt: skip
    body = (expert.body.gender, expert.body.birth_year, expert.body.contact)
    works = [(work.title, work.kind, work.year) for work in expert.works.order_by("position")]
    return str(row_), body, works, [one.organisation_id for one in expert.conflicts.all()]


def test_an_undo_is_blocked_once_somebody_consented(uploads, expert_user):
    batch = uploads.commit(uploads.send([row(1, 电子邮箱=expert_user.email)]))
    give_consent(by=expert_user, expert=reload(Expert.objects.get()))
    with pytest.raises(UndoBlocked):
        uploads.undo(batch)
    assert Expert.objects.get().state == "consented"


def test_the_pools_own_list_comes_back_unchanged(uploads, university, university_officer):
    works = [
        {"title": "涡流阵列检测方法", "kind": "paper", "year": 2022},
        {"title": "一个标准", "kind": "standard", "year": None},
    ]
    make_expert(university, university_officer, works=works)
    make_expert(university, university_officer, name="独立的人", organisation=None, regions=[], works=[])
    batch = uploads.send(exported(exporting.COLUMNS, Expert.objects.prefetch_related("works")))
    assert batch.state == "checked", batch.refusal
    assert [(one.group, one.cleaned["changes"], one.errors) for one in lines(batch)] == [("unchanged", [], [])] * 2


def test_the_template_with_its_own_examples_is_complete(uploads):
    batch = uploads.send(uploads.template())
    (only,) = lines(batch)
    assert (only.group, only.errors, only.missing) == ("new", [], [])
    uploads.commit(batch)
    assert Expert.objects.get().works.count() == 2
