"""The columns of a workbook of organisations and its row form. Headings are Chinese, because they stand in the file."""

import re
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _lazy

from matchmaking.accounts.roles import APPLYING_KINDS
from matchmaking.accounts.uscc import clean_uscc, validate_uscc
from matchmaking.common.reading import read_day
from matchmaking.intake.cells import Cell, CellError, EmailCell, ListCell, PhoneCell, TextCell, YesNoCell
from matchmaking.intake.code_cells import CodeCell, CodesCell
from matchmaking.intake.importing import Column, RowForm
from matchmaking.intake.region_cells import RegionCell
from matchmaking.intake.said import Said, said
from matchmaking.vocabularies import selectors as vocabularies

_ = said
MOST_ALIASES, MOST_QUALIFICATIONS = 20, 16
_CHOICE = _lazy("Choose from the list, or write code or name.")
_SEALED = _lazy("Stored encrypted, never public.")
_PARTS = re.compile(r"[,，;；、|｜\n]+")
_DAY = re.compile(r"(?:有效期至|有效期|至|到)?[:：]?\s*(\d[\d年月日./\-]{5,11}?)(?:到期|止|前有效)?")
_NUMBER = re.compile(r"(?:证书编号|编号|证书号|证号|No\.?)?[:：]?\s*([A-Za-z0-9〔〕\[\]()（）号\-]{4,50})")

COLUMNS = (
    Column("name", "单位名称", _lazy("As on the licence, at most 200 characters."), "示例精密机械有限公司",
           ("名称", "企业名称", "机构名称", "单位", "企业"), required=True, width=32),
    Column("aliases", "曾用名/别名", _lazy("Former and short names, separated by 、."), "示例精机",
           ("曾用名", "别名", "简称", "其他名称"), many=True, width=22),
    Column("uscc", "统一社会信用代码", _lazy("18 characters. A row with the code or the name of an organisation that "
           "is registered already does not enter it again."), "",
           ("信用代码", "社会信用代码", "机构代码", "统一信用代码"), required=True, width=24),
    Column("kind", "单位类型", _lazy("Choose from the list. Departments and national bodies are entered by the "
           "secretariat on its page."), "企业", ("类型", "机构类型", "单位性质"), required=True,
           table="ORG_KIND", width=16),
    Column("region", "所在省市", _lazy("Province or city; empty means the region of your department."), "",
           ("省市", "地区", "所在地区", "所在地", "省份", "所在省"), width=14),
    Column("size", "企业规模", _lazy("Needed for an enterprise before it can be verified."), "中型", ("规模",),
           table="SIZE", width=12),
    Column("above_scale", "是否规上", _lazy("是 or 否."), "是", ("规上企业", "是否规上企业"), width=10),
    Column("industry", "行业", _lazy("Needed for an enterprise before it can be verified."), "35",
           ("所属行业", "国民经济行业"), table="GB4754", width=20),
    Column("qualifications", "企业资质", _lazy("One qualification a line: name, number, valid until."),
           "高新技术企业，GR202600000001，有效期至2028-12-31\n专精特新中小企业", ("资质", "资质荣誉", "企业称号"),
           many=True, width=34, keeps_lines=True),
    Column("university_kinds", "高校类别", _lazy("Needed for a university before it can be verified; several, "
           "separated by 、."), "", ("学校类别", "高校类型"), many=True, table="UNI_KIND", width=20),
    Column("park", "所在园区", _lazy("By full name as registered in the portal."), "", ("园区", "所属园区"), width=22),
    Column("supervisor", "隶属主管", _lazy("At most 200 characters."), "", ("主管部门", "主管单位", "隶属"), width=20),
    Column("name_en", "英文名称", _lazy("At most 200 characters."), "", ("英文名",), width=22),
    Column("summary", "单位简介", _lazy("At most 500 characters."), "", ("简介", "企业简介", "机构简介"), width=36),
    Column("contact_name", "联系人", _SEALED, "王工", ("联系人姓名",), private=True, width=12),
    Column("contact_position", "联系人职务", _SEALED, "办公室主任", ("职务",), private=True, width=14),
    Column("contact_phone", "联系电话", _SEALED, "025-80000000", ("电话", "手机", "联系方式"), private=True, width=16),
    Column("contact_email", "电子邮箱", _SEALED, "office@example.com", ("邮箱", "email", "e-mail"), private=True,
           width=24),
)  # fmt: skip


class UsccCell(Cell):
    """A unified social credit code as people type it; the check character must fit."""

    empty = ""

    def read(self, value: Any, text: str) -> str:
        try:
            validate_uscc(text)
        except ValidationError as error:
            raise CellError(
                Said.of(error), _("Compare it with the licence; the cell may stay empty for now.")
            ) from None
        return clean_uscc(text)


class OrgKindCell(CodeCell):
    """A kind of organisation that may apply; departments are entered by the secretariat."""

    @cached_property
    def offered(self) -> dict[str, str]:
        return {code: name for code, name in super().offered.items() if code in APPLYING_KINDS}

    def too_coarse(self, text: str, code: str) -> CellError:
        return CellError(_("“%(text)s” cannot be entered by an upload.") % {"text": text}, self.nearest(text))


class QualificationsCell(Cell):
    """Qualifications with number and last day: 高新技术企业，GR2026…，有效期至2028-12-31; several lines or 、."""

    empty = list

    def read(self, value: Any, text: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        codes = CodeCell("ENT_QUAL")
        for part in filter(None, (piece.strip(" ()（）") for piece in _PARTS.split(text))):
            if code := vocabularies.find_code("ENT_QUAL", part):
                if any(one["code"] == code for one in found):
                    raise CellError(
                        _("“%(text)s” stands in the cell twice.") % {"text": part}, _("Keep one of the two.")
                    )
                found.append({"code": code, "number": "", "valid_to": None})
            elif found and (day := _day_in(part)) and not found[-1]["valid_to"]:
                found[-1]["valid_to"] = day
            elif found and (number := _NUMBER.fullmatch(part)) and not found[-1]["number"]:
                found[-1]["number"] = number[1]
            else:
                raise CellError(
                    _("“%(text)s” is no qualification of the list, no number and no day.") % {"text": part[:30]},
                    codes.nearest(part),
                )
        return sorted(found, key=lambda one: str(one["code"]))


def _day_in(part: str) -> Any:
    found = _DAY.fullmatch(part)
    try:
        return read_day(found[1]) if found else None
    except ValidationError:
        return None


class OrganisationRow(RowForm):
    """One row as a form. Field names are the columns' names."""

    name = TextCell(200, needed=True)
    aliases = ListCell(each=200, most=MOST_ALIASES)
    uscc = UsccCell()
    kind = OrgKindCell("ORG_KIND")
    region = RegionCell()
    size = CodeCell("SIZE")
    above_scale = YesNoCell()
    industry = CodeCell("GB4754", digits=2)
    qualifications = QualificationsCell()
    university_kinds = CodesCell("UNI_KIND")
    park = TextCell(200)
    supervisor = TextCell(200)
    name_en = TextCell(200)
    summary = TextCell(500)
    contact_name = TextCell(50)
    contact_position = TextCell(50)
    contact_phone = PhoneCell(30)
    contact_email = EmailCell(100)
