"""Talent posts from a workbook: columns, the row form, and the desk.

Loaded at start by `needs.importing`, which intake finds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import Field
from django.urls import reverse
from django.utils.translation import gettext_lazy as _lazy

from matchmaking.accounts.models import User
from matchmaking.intake.cells import CellError, EmailCell, ListCell, PhoneCell, TextCell
from matchmaking.intake.code_cells import CodeCell, CodesCell
from matchmaking.intake.desks import Entry
from matchmaking.intake.importing import Column, RowForm, RowKind, Target, Values, register
from matchmaking.intake.number_cells import CountCell, MonthsCell
from matchmaking.intake.said import said as _
from needs.importing.columns import NEED_COLUMNS
from needs.importing.enterprise_desk import EnterpriseDesk, contact_in
from needs.importing.row_form import ComingDayCell, SecretCell
from needs.models import TechNeed
from needs.talent.completeness import BODY_FIELDS, ROW_FIELDS, gives_away, missing, names_owner, secret_marks
from needs.talent.enums import EDITABLE, PostState
from needs.talent.models import MOST_DAYS, MOST_HEADS, MOST_MONTHS, TalentPost, TalentPostBody
from needs.talent.rules import KIND
from needs.talent.services import (
    bulk_create_talent_posts,
    reopen_talent_post,
    update_talent_post,
    withdraw_talent_post,
)
from needs.talent.services.bulk import take_back_talent_posts

_CHOICE = _lazy("Choose from the list, or write code or name.")
_SHARED = {column.name: column for column in NEED_COLUMNS}

COLUMNS = (
    Column("public_no", "岗位编号", _lazy("Leave it empty for a new post; the portal gives the number. With a number, "
           "the row changes that record."), "", ("编号", "岗位号", "平台编号"), width=17),
    _SHARED["enterprise"],
    Column("title", "岗位名称", _lazy("The name, at most 60 characters. Without a number, a row with exactly the name "
           "of one of your posts changes that post."), "无损检测方向科技副总", ("名称", "岗位", "职位名称", "需求岗位"),
           required=True, width=30),
    Column("post_kind", "岗位类别", _CHOICE, "科技副总", ("类别", "岗位类型", "类型"), required=True, table="POST_KIND",
           width=18),
    Column("headcount", "人数", _lazy("How many people, 1 to 500."), "1", ("需求人数", "招聘人数", "拟聘人数"),
           required=True, width=8),
    Column("tech_field", "技术方向", _CHOICE, "0804 先进制造工艺与装备", ("技术领域", "所属领域", "所属技术领域"),
           required=True, table="HNTE8", width=26),
    Column("duties", "职责任务", _lazy("What the person does, at most 1,000 characters."),
           "牵头在线检测产线的论证与建设，指导两名工程师", ("岗位职责", "工作职责", "主要任务", "工作内容"),
           required=True, width=42, keeps_lines=True),
    Column("education", "学历要求", _lazy("The lowest degree that is asked for."), "博士", ("学历", "最低学历"),
           required=True, table="EDU", width=12),
    Column("professional_title", "职称要求", _lazy("The lowest title that is asked for."), "副高级", ("职称",),
           table="TITLE", width=12),
    Column("disciplines", "专业要求", _lazy("Several entries are possible, separated by 、; write codes or names."),
           "460 机械、430", ("专业", "学科", "学科专业"), many=True, table="GB13745", width=22),
    Column("requirements", "其他任职条件", _lazy("At most 1,000 characters."), "有五年以上无损检测研究经历",
           ("任职条件", "任职要求", "其他条件", "岗位要求"), required=True, width=36, keeps_lines=True),
    Column("term_months", "服务期限", _lazy("In months, 1 to 60: 24, 24个月 and 2年 mean the same."), "24",
           ("聘期", "服务时间", "期限"), required=True, unit="月", width=12),
    Column("attendance", "在岗方式", _CHOICE, "每周若干天", ("到岗方式", "工作方式"), required=True, table="ATTENDANCE",
           width=14),
    Column("days_per_week", "每周天数", _lazy("1 to 5; only with 每周若干天."), "2", ("每周在岗天数",), width=10),
    Column("pay_band", "薪酬区间", _lazy("Choose from the list; per person and year."), "每年10万—20万元",
           ("薪酬档次", "报酬", "薪酬", "年薪", "待遇", "报酬与保障"), required=True,
           table="PAY_BAND", width=18),
    Column("pay_details", "薪酬说明", _lazy("At most 300 characters."), "", ("报酬说明", "待遇说明"), width=24),
    Column("housing", "住房保障", _lazy("At most 200 characters; 不提供 if none."), "提供人才公寓", ("住房",),
           required=True, width=18),
    Column("insurance", "保险保障", _lazy("At most 200 characters; 不提供 if none."), "购买意外保险",
           ("保险", "社会保险"), required=True, width=18),
    Column("expected_output", "预期成果", _lazy("At most 600 characters."),
           "建成示范产线一条，申请发明专利两件", ("预期目标", "工作目标", "考核目标"), required=True,
           width=30, keeps_lines=True),
    Column("tech_need", "关联技术需求", _lazy("The number of one of your technical needs, for example XQ-2026-000012."),
           "", ("关联需求", "需求编号", "对应需求"), width=20),
    Column("mentor", "企业导师", _lazy("At most 100 characters."), "李工", ("导师", "企业导师姓名"), width=14),
    replace(_SHARED["open_until"], heading="报名截止", synonyms=("报名截止日期", "截止日期", "截止时间", "有效期至"),
            note=_lazy("Year, month and day; until then people may apply.")),
    *(_SHARED[name] for name in ("visibility", "invited", "secret", "contact_name", "contact_position",
                                 "contact_phone", "contact_email")),
)  # fmt: skip


class TalentPostRow(RowForm):
    """One row as a form. What is only missing is no error here; a mark of a state secret is."""

    public_no = TextCell(20)
    enterprise = TextCell(200)
    title = TextCell(60, needed=True)
    post_kind = CodeCell("POST_KIND")
    headcount = CountCell(1, MOST_HEADS, units=("人", "名", "个"))
    tech_field = CodeCell("HNTE8", digits=4)
    duties = TextCell(1000, lines=True)
    education = CodeCell("EDU")
    professional_title = CodeCell("TITLE")
    disciplines = CodesCell("GB13745")
    requirements = TextCell(1000, lines=True)
    term_months = MonthsCell(1, MOST_MONTHS)
    attendance = CodeCell("ATTENDANCE")
    days_per_week = CountCell(1, MOST_DAYS, units=("天", "日"))
    pay_band = CodeCell("PAY_BAND")
    pay_details = TextCell(300)
    housing = TextCell(200)
    insurance = TextCell(200)
    expected_output = TextCell(600, lines=True)
    tech_need = TextCell(20)
    mentor = TextCell(100)
    open_until = ComingDayCell()
    visibility = CodeCell("VISIBILITY")
    invited = ListCell(each=200, most=50)
    secret = SecretCell()
    contact_name = TextCell(50)
    contact_position = TextCell(50)
    contact_phone = PhoneCell(30)
    contact_email = EmailCell(100)

    def clean_public_no(self) -> str:
        return self.cleaned_data["public_no"].upper().replace(" ", "")

    def clean_tech_need(self) -> str:
        return self.cleaned_data["tech_need"].upper().replace(" ", "")

    def clean(self) -> None:
        for name in secret_marks({**self.cleaned_data, "contact": contact_in(self.cleaned_data)}):
            self.add_error(
                name,
                CellError(
                    _("The text carries a mark of a state secret (绝密, 机密, 秘密, 涉密)."),
                    _("Such content must not be entered on this platform. Delete the whole row."),
                ),
            )


S = PostState
EXPECTED = (S.DRAFT, S.SUBMITTED, S.RETURNED, S.PUBLISHED)
WITHDRAWABLE = EXPECTED


class TalentPostDesk(EnterpriseDesk):
    """The talent posts of one enterprise."""

    kind = KIND
    model = TalentPost
    number_heading = "岗位编号"
    columns = COLUMNS
    row_fields = ROW_FIELDS
    body_fields = BODY_FIELDS

    def read_index(self) -> Iterable[Entry]:
        self._links = {}
        needs = TechNeed.objects.filter(body__owner=self.owner)
        self._needs = {need.public_no: need for need in needs.only("pk", "public_no", "visibility")}
        by_key = {need.pk: need.public_no for need in self._needs.values()}
        owned = TalentPost.objects.filter(body__owner=self.owner).order_by("pk")
        facts = owned.values_list("uuid", "public_no", "version", "title", "state", "programme", "visibility",
                                  "body__tech_need")  # fmt: skip
        for uuid, number, version, title, state, programme, visibility, need in facts:
            self._links[uuid] = {"visibility": visibility, "tech_need": by_key.get(need, "")}
            words = {"state": PostState(state).label}
            obstacle = _("The record is %(state)s and cannot be changed by an upload.") % words
            stays = _("A record that is %(state)s cannot be withdrawn by an upload.") % words
            target = Target(uuid, number, version, title, "" if state in EDITABLE else obstacle)
            expected = programme == self.programme.pk and state in EXPECTED
            yield Entry(target, state, state == S.WITHDRAWN, expected, "" if state in WITHDRAWABLE else stays)

    def fetch(self, uuids: Sequence[UUID]) -> dict[UUID, TalentPost]:
        found = (
            TalentPost.objects.filter(uuid__in=uuids)
            .select_related("body__owner", "body__tech_need", "region", "programme")
            .prefetch_related("invitations__organisation")
        )
        return {post.uuid: post for post in found}

    def field(self, name: str) -> "Field[Any, Any]":
        model = TalentPostBody if name in BODY_FIELDS else TalentPost
        return model._meta.get_field(name)  # type: ignore[return-value]  # noqa: SLF001 (Django's model API)

    # --- Reading ---------------------------------------------------------------------------------------------------

    def resolve(self, values: Values) -> dict[str, CellError]:
        found = super().resolve(values)
        number = values.get("tech_need")
        if number and number not in self._needs:
            del values["tech_need"]
            found["tech_need"] = CellError(
                _("Your organisation has no technical need with the number %(number)s.") % {"number": number},
                _("Write the number as it stands in your list of needs, or leave the cell empty."),
            )
        return found

    def find_target(self, values: Values) -> Target | None:
        target = super().find_target(values)
        link: Mapping[str, Any] = self._links.get(target.uuid, {}) if target else {}
        joined = {"visibility": values.get("visibility") or link.get("visibility") or "public",
                  "tech_need": self._needs.get(values.get("tech_need") or link.get("tech_need", ""))}  # fmt: skip
        if gives_away(joined):
            raise CellError(
                _("Post and need would give each other's owner away."),
                _("Hide the owner of both, or of neither, or leave the cell empty."),
                code="tech_need",
            )
        return target

    # --- Comparing -------------------------------------------------------------------------------------------------

    def present(self, record: TalentPost, name: str) -> Any:
        if name == "tech_need":
            return record.body.tech_need.public_no if record.body.tech_need else ""
        return super().present(record, name)

    def gaps(self, whole: Values) -> Iterable[str]:
        return missing(whole)

    def revealing(self, whole: Values) -> Iterable[str]:
        return names_owner(whole, self.owner)

    # --- Writing -----------------------------------------------------------------------------------------------------

    def layout(self, given: Values, record: Any = None) -> dict[str, Any]:
        laid = super().layout(given, record)
        if "tech_need" in laid:
            laid["tech_need"] = self._needs[laid["tech_need"]]
        return laid

    def create(self, *, by: User, rows: Sequence[Values]) -> Sequence[TalentPost]:
        laid = [self.layout(given) for given in rows]
        return bulk_create_talent_posts(by=by, owner=self.owner, programme=self.programme, rows=laid)

    def update(self, *, by: User, record: TalentPost, version: int, given: Values) -> TalentPost:
        data, below = self.parted(self.layout(given, record))
        return update_talent_post(by=by, post=record, version=version, data=data, **below)

    def restore(self, *, by: User, record: TalentPost, version: int, before: Mapping[str, Any]) -> None:
        kept = dict(before)
        need = {"tech_need": self._needs.get(kept.pop("tech_need"))} if "tech_need" in kept else {}
        data, below = self.parted(self.laid_back(kept))
        update_talent_post(by=by, post=record, version=version, data={**data, **need}, **below)

    def take_out(self, *, by: User, record: TalentPost, version: int, reason: str) -> TalentPost:
        return withdraw_talent_post(by=by, post=record, version=version, reason=reason)

    def reopen(self, *, by: User, record: TalentPost) -> None:
        reopen_talent_post(by=by, post=record)

    def take_back(self, *, by: User, uuids: Sequence[UUID]) -> int:
        return take_back_talent_posts(by=by, owner=self.owner, uuids=uuids)


def record_url(uuid: UUID) -> str:
    return reverse("talent:talent_post_detail", args=[uuid])


def list_url() -> str:
    return reverse("talent:talent_post_mine")


TALENT_POST_ROWS = register(
    RowKind(
        kind="talent_post",
        label=_lazy("Talent posts"),
        sheet="人才需求清单",
        capability="talent.edit",
        columns=COLUMNS,
        key="title",
        form=TalentPostRow,
        open_desk=TalentPostDesk,
        identity=("public_no",),
        record_url=record_url,
        list_url=list_url,
        file_names={"template": "人才需求导入模板.xlsx"},
    )
)
