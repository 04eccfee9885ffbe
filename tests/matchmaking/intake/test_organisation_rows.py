"""Organisations from a workbook: who may be entered by whom, identity by code and name, verification, undo."""

from datetime import date

import pytest

from matchmaking.accounts import bulk
from matchmaking.accounts.bulk import bulk_apply_organisations, verify_organisations
from matchmaking.accounts.enums import OrganisationKind, OrganisationState
from matchmaking.accounts.membership import NotAllowed, verify_organisation
from matchmaking.accounts.models import Organisation
from matchmaking.accounts.services import OrganisationRefused, find_organisation
from matchmaking.activity.models import Entry
from matchmaking.common.crypto import unseal
from matchmaking.common.workflow import StaleState
from matchmaking.intake.organisation_rows import OrganisationDesk
from matchmaking.intake.services.undoing import UndoBlocked
from tests.factories.accounts import OrganisationFactory, region, valid_uscc
from tests.factories.programmes import programme
from tests.rowkinds import Uploads, changes, errors, groups, lines

pytestmark = pytest.mark.django_db


def row(number: int = 1, **cells):
    """One good row as a person writes it; `cells` by the beginning of a heading."""
    found = {
        "单位名称*": f"示例机械第{number}有限公司",
        "曾用名/别名": f"示例{number}厂；第{number}机械",
        "统一社会信用代码*": f" {valid_uscc(900 + number).lower()} ",
        "单位类型*": "企业",
        "所在省市": "江苏省苏州市",
        "企业规模": "中型企业",
        "是否规上": "√",
        "行业": 35,
        "企业资质": "高新技术企业，GR202632000001，有效期至2028年12月31日\n专精特新",
        "高校类别": None,
        "所在园区": None,
        "联系人": "测试联系人",
        "联系电话": "025-80000000",
    }
    for name, cell in cells.items():
        found[next(heading for heading in found if heading.startswith(name))] = cell
    return found


@pytest.fixture
def uploads(regional_officer_miit):
    return Uploads("organisation", regional_officer_miit.active_memberships[0].organisation, regional_officer_miit)


@pytest.fixture
def national(secretary):
    return Uploads("organisation", secretary.active_memberships[0].organisation, secretary)


def entered():
    return Organisation.objects.filter(state=OrganisationState.APPLIED)


# --- Cells -------------------------------------------------------------------------------------------------------


def test_a_messy_list_becomes_applications(uploads, park):
    university = {
        "单位类型": "大学",
        "高校类别": "双一流、省属",
        "企业规模": None,
        "行业": None,
        "企业资质": None,
        "所在省市": None,
    }
    batch = uploads.send([row(1, 所在园区=park.name), row(2, **university)], above=[["某省企业名录"], [None]])
    assert groups(batch) == ["new", "new"], [errors(batch), errors(batch, 1)]
    assert batch.counts["incomplete"] == batch.counts["missing"] == 0
    uploads.commit(batch)
    first, second = entered().order_by("pk")
    assert (first.uscc, first.kind, first.region_id) == (valid_uscc(901), "enterprise", "3205")
    assert (first.size, first.above_scale, first.industry, first.park) == ("medium", True, "35", park)
    assert sorted(first.qualifications.values_list("code", "number", "valid_to")) == [
        ("hnte", "GR202632000001", date(2028, 12, 31)), ("srdi", "", None),
    ]  # fmt: skip
    assert set(first.aliases.values_list("name", flat=True)) == {"示例机械第1有限公司", "示例1厂", "第1机械"}
    assert first.contacts == [{"name": "测试联系人", "phone": "025-80000000"}]
    assert (second.region_id, second.university_kinds) == ("32", ["double_first", "provincial"])
    assert find_organisation("示例1厂") is None  # not verified yet


@pytest.mark.parametrize(
    ("column", "cell", "right"),
    [
        ("统一社会信用代码", valid_uscc(7)[:-1] + ("0" if valid_uscc(7)[-1] != "0" else "1"), ""),
        ("统一社会信用代码", "320100000012345", ""),
        ("统一社会信用代码", valid_uscc(7).replace("0", "O"), ""),
        ("单位类型", "工信厅", "企业"),
        ("单位类型", "作坊", "企业"),
        ("所在省市", "山东", ""),
        ("所在省市", "火星", "江苏"),
        ("企业规模", "巨型", "大型"),
        ("行业", "炼金", "填写说明"),
        ("企业资质", "世界五百强", "高新技术企业"),
        ("企业资质", "高新技术企业、高企", ""),
        ("所在园区", "并不存在的园区", ""),
        ("联系电话", "找办公室", "025"),
        ("单位名称", None, ""),
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
    batch = uploads.send([row(1, 曾用名="'=1+1"), row(2, 曾用名='=HYPERLINK("http://example.test")')])
    assert groups(batch) == ["new", "invalid"]
    assert unseal(lines(batch)[0].values["contact_phone"]) == "025-80000000"
    uploads.commit(batch, leave_out_invalid=True)
    assert entered().get().aliases.filter(name="=1+1").exists()


# --- Whose organisations -----------------------------------------------------------------------------------------


def test_parks_and_other_regions_belong_to_others(uploads, national):
    park = row(1, 单位类型="高新区", 企业规模=None)
    assert list(errors(uploads.send([park]))) == ["单位类型"]
    assert list(errors(uploads.send([row(2, 所在省市="济南")]))) == ["所在省市"]
    batch = national.send([park, row(2, 所在省市="山东"), row(3, 所在省市=None)])
    assert groups(batch) == ["new", "new", "invalid"]
    assert list(errors(batch, 2)) == ["所在省市"]


def test_a_separately_planned_city_is_not_its_provinces(other_regional_officer_miit):
    shandong = Uploads("organisation", other_regional_officer_miit.active_memberships[0].organisation,
                       other_regional_officer_miit)  # fmt: skip
    assert groups(shandong.send([row(1, 所在省市="青岛"), row(2, 所在省市="济南")])) == ["invalid", "new"]


def test_the_service_itself_refuses_what_is_out_of_reach(regional_officer_miit, university_officer, university):
    department = regional_officer_miit.active_memberships[0].organisation
    far = {"name": "远方公司", "kind": "enterprise", "region": region("37")}
    with pytest.raises(NotAllowed):
        bulk_apply_organisations(by=regional_officer_miit, department=department, rows=[far])
    with pytest.raises(NotAllowed):
        bulk_apply_organisations(by=university_officer, department=university, rows=[])
    near = {"name": "假厅", "kind": "dept_miit", "region": region("32")}
    with pytest.raises(NotAllowed):
        bulk_apply_organisations(by=regional_officer_miit, department=department, rows=[near])
    assert not entered().exists()


# --- Identity ----------------------------------------------------------------------------------------------------


def test_new_changed_unchanged_and_invalid(uploads):
    uploads.commit(uploads.send([row(1), row(2), row(3)]))
    renamed = row(2, 单位名称="示例机械第2股份公司", 曾用名=None, 企业资质="高新技术企业，GR202999，有效期至2029-12-31")
    batch = uploads.send([row(1), renamed, row(4), row(5, 企业规模="巨型")])
    assert groups(batch) == ["unchanged", "changed", "new", "invalid"]
    assert set(changes(batch, 1)) == {"name", "qualifications"}
    assert changes(batch, 1)["qualifications"] == (
        "高新技术企业，GR202632000001，有效期至2028-12-31；专精特新中小企业",
        "高新技术企业，GR202999，有效期至2029-12-31",
    )
    assert batch.counts["missing"] == 0
    uploads.commit(batch, leave_out_invalid=True)
    second = entered().get(uscc=valid_uscc(902))
    assert second.name == "示例机械第2股份公司"
    assert entered().count() == 4


def test_names_are_added_to_those_that_are_known(uploads):
    uploads.commit(uploads.send([row(1)]))
    uploads.commit(uploads.send([row(1, 曾用名="老名字")]))
    assert set(entered().get().aliases.values_list("name", flat=True)) == {
        "示例机械第1有限公司", "示例1厂", "第1机械", "老名字",
    }  # fmt: skip


def test_a_verified_organisation_keeps_its_own_entry(uploads, enterprise):
    same = {"单位名称*": enterprise.name, "统一社会信用代码*": enterprise.uscc, "单位类型*": "企业"}
    by_alias = row(7, 曾用名=enterprise.name)
    batch = uploads.send([same | {"企业规模": "大型"}, by_alias])
    assert groups(batch) == ["invalid", "invalid"]
    assert list(errors(batch, 1)) == ["曾用名/别名"]
    assert groups(uploads.send([same])) == ["unchanged"]


def test_code_and_name_that_contradict(uploads, other_enterprise):
    uploads.commit(uploads.send([row(1), row(2)]))
    other_code = {**row(1), "统一社会信用代码*": valid_uscc(970_177)}
    crossed = {**row(1), "统一社会信用代码*": valid_uscc(902), "曾用名/别名": None}
    foreign = {**row(5), "统一社会信用代码*": other_enterprise.uscc}
    batch = uploads.send([other_code, crossed, foreign])
    assert [list(errors(batch, place)) for place in range(3)] == [["统一社会信用代码"], ["单位名称"], ["单位名称"]]


def test_the_same_organisation_twice_in_a_file(uploads):
    twice = {**row(2), "统一社会信用代码*": row(1)["统一社会信用代码*"].strip().upper(), "曾用名/别名": None}
    alias = row(3, 曾用名="示例机械第1有限公司")
    batch = uploads.send([row(1), twice, alias])
    assert groups(batch) == ["new", "invalid", "invalid"]


def test_what_waits_in_another_region_is_neither_shown_nor_changed(uploads):
    far = OrganisationFactory(name="外省单位", region=region("37"), state=OrganisationState.APPLIED)
    batch = uploads.send([{"单位名称*": "外省单位"}, {"单位名称*": "外省单位", "企业规模": "大型"}])
    assert groups(batch) == ["invalid", "invalid"]
    assert lines(batch)[1].cleaned["changes"] == []
    far.refresh_from_db()
    assert far.size == "medium"


@pytest.mark.parametrize(
    ("taken", "seen"),
    [
        ({"name": "甲公司"}, True),
        ({"uscc": valid_uscc(901)}, True),
        ({"name": "甲厂"}, True),  # an alias of the row
        ({"name": "甲公司"}, False),
        ({"uscc": valid_uscc(901)}, False),
    ],
)
def test_somebody_else_enters_the_same_organisation_meanwhile(regional_officer_miit, taken, seen, monkeypatch):
    """`seen`: before the lock was had; else between the look and the INSERT, where the constraints decide."""
    desk = OrganisationDesk(regional_officer_miit.active_memberships[0].organisation, programme())
    OrganisationFactory(**taken)
    if not seen:
        monkeypatch.setattr(bulk, "_refuse_taken", lambda *_a, **_k: None)
    given = {"name": "甲公司", "aliases": ["甲厂"], "uscc": valid_uscc(901), "kind": "enterprise"}
    with pytest.raises(StaleState):
        desk.create(by=regional_officer_miit, rows=[given])
    assert not entered().exists()


# --- Afterwards --------------------------------------------------------------------------------------------------


def test_gaps_are_no_errors_but_stand_in_the_way_of_the_verification(uploads, regional_officer_miit):
    batch = uploads.commit(uploads.send([row(1, 统一=None, 行业=None), row(2)]))
    assert lines(batch)[0].missing == ["uscc", "industry"]
    first, second = entered().order_by("pk")
    with pytest.raises(OrganisationRefused):
        verify_organisation(by=regional_officer_miit, organisation=first, version=first.version)
    done, left = verify_organisations(by=regional_officer_miit, organisations=[(first, 1), (second, 1)])
    assert (done, left) == ([second], [first])
    assert find_organisation("示例2厂") == second
    filled = {"单位名称*": first.name, "统一社会信用代码*": valid_uscc(55), "单位类型*": "企业", "行业": 35}
    uploads.commit(uploads.send([filled]))
    first.refresh_from_db()
    verify_organisation(by=regional_officer_miit, organisation=first, version=first.version)


def test_undo_takes_applications_back_and_gives_values_back(uploads):
    uploads.commit(uploads.send([row(1)]))
    before = _facts()
    cells = {"企业规模": "大型", "企业资质": "瞪羚", "联系电话": "010-1111111", "曾用名": "老名字", "所在省市": "南京"}
    batch = uploads.commit(uploads.send([row(1, **cells), row(2)]))
    assert _facts() != before
    uploads.undo(batch)
    assert _facts() == before
    assert entered().count() == 1
    assert Entry.objects.filter(verb="organisation.taken_back").count() == 1


def _facts():
    one = entered().get(uscc=valid_uscc(901))
    columns = {name: value for name, value in vars(one).items() if name not in ("_state", "version", "updated_at")}
    held = list(one.qualifications.order_by("code").values_list("code", "number", "valid_to"))
    return str(columns), held, sorted(one.aliases.values_list("name", flat=True))


def test_an_undo_is_blocked_once_one_was_verified(uploads, regional_officer_miit):
    batch = uploads.commit(uploads.send([row(1)]))
    one = entered().get()
    verify_organisation(by=regional_officer_miit, organisation=one, version=one.version)
    with pytest.raises(UndoBlocked):
        uploads.undo(batch)
    assert Organisation.objects.get(pk=one.pk).state == OrganisationState.ACTIVE


def test_the_template_with_its_own_examples(uploads):
    batch = uploads.send(uploads.template())
    (only,) = lines(batch)
    assert (only.group, only.errors, only.missing) == ("new", [], ["uscc"])
    uploads.commit(batch)
    assert entered().get().kind == OrganisationKind.ENTERPRISE
