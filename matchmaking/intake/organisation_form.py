"""One row of a workbook of organisations as a form: what every cell must be to be readable at all."""

import re
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError

from matchmaking.accounts.roles import APPLYING_KINDS
from matchmaking.accounts.uscc import clean_uscc, validate_uscc
from matchmaking.common.reading import read_day
from matchmaking.intake.cells import Cell, CellError, EmailCell, ListCell, PhoneCell, TextCell, YesNoCell
from matchmaking.intake.code_cells import CodeCell, CodesCell
from matchmaking.intake.importing import RowForm
from matchmaking.intake.region_cells import RegionCell
from matchmaking.intake.said import Said
from matchmaking.intake.said import said as _
from matchmaking.vocabularies import selectors as vocabularies

MOST_ALIASES, MOST_QUALIFICATIONS = 20, 16
_PARTS = re.compile(r"[,，;；、|｜\n]+")
_DAY = re.compile(r"(?:有效期至|有效期|至|到)?[:：]?\s*(\d[\d年月日./\-]{5,11}?)(?:到期|止|前有效)?")
_NUMBER = re.compile(r"(?:证书编号|编号|证书号|证号|No\.?)?[:：]?\s*([A-Za-z0-9〔〕\[\]()（）号\-]{4,50})")


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
