"""One row of a workbook of nominations as a form: what every cell must be to be readable at all.

What is only missing is no error here: the nomination is kept, and the person is asked for consent once it is complete.
"""

import re
from typing import Any

from experts.completeness import MOST_FIELDS, MOST_WORKS
from experts.importing.lines import parse_work
from matchmaking.common.reading import half_width
from matchmaking.intake.cells import Cell, CellError, DayCell, EmailCell, LinesCell, ListCell, PhoneCell, TextCell
from matchmaking.intake.code_cells import CodeCell, CodesCell
from matchmaking.intake.importing import RowForm
from matchmaking.intake.region_cells import RegionsCell
from matchmaking.intake.said import said as _

MOST_CONFLICTS = 50
INDEPENDENT = frozenset({"独立专家", "独立", "退休", "已退休", "自由职业", "无单位"})
_GENDERS = {"男": "m", "女": "f", "m": "m", "f": "f", "男性": "m", "女性": "f"}
_YEAR = re.compile(r"(\d{4})(?:年|[-/.年]\d{1,2}(?:月|[-/.月]\d{1,2}日?)?)?", re.ASCII)


class GenderCell(Cell):
    """男 or 女."""

    empty = ""

    def read(self, value: Any, text: str) -> str:
        if gender := _GENDERS.get(text.strip().lower()):
            return gender
        raise CellError(_("“%(text)s” is neither 男 nor 女.") % {"text": text[:20]}, _("Write 男 or 女, or nothing."))


class BirthYearCell(Cell):
    """The year of birth: 1979, 1979年, 1979-05; of a full date only the year is kept."""

    def read(self, value: Any, text: str) -> int:
        found = _YEAR.fullmatch(re.sub(r"\s", "", half_width(text)))
        if not found or not 1920 <= int(found[1]) <= 2010:
            raise CellError(
                _("“%(text)s” is no year of birth between 1920 and 2010.") % {"text": text[:20]},
                _("Write four digits, for example: 1979"),
            )
        return int(found[1])


class TermCell(DayCell):
    """A day of a term: a year far away is a slip of the pen."""

    def read(self, value: Any, text: str) -> Any:
        day = super().read(value, text)
        if not 2000 <= day.year <= 2100:
            raise CellError(_("The year %(year)s is out of range.") % {"year": day.year}, _("For example: 2027-06-30"))
        return day


class NameCell(TextCell):
    """One person: 张 三 is one, 张三、李四 are two who need two rows."""

    def read(self, value: Any, text: str) -> str:
        name = super().read(value, text)
        if re.search(r"[、，,；;/]", name):
            raise CellError(_("“%(text)s” may be several people.") % {"text": name}, _("Write one person a row."))
        parts = name.split()
        han = all(re.search(r"[\u3400-\u9fff]", part) for part in parts)
        return "".join(parts) if han and all(len(part) == 1 for part in parts) else name


class ExpertRow(RowForm):
    """Field names are the columns' names (`experts/importing/columns.py`)."""

    public_no = TextCell(20)
    name = NameCell(50, needed=True)
    organisation = TextCell(200)
    title = CodeCell("TITLE")
    position = TextCell(60)
    education = CodeCell("EDU")
    gender = GenderCell()
    birth_year = BirthYearCell()
    expert_kinds = CodesCell("EXPERT_KIND")
    tech_fields = CodesCell("HNTE8", digits=4)
    disciplines = CodesCell("GB13745")
    industries = CodesCell("GB4754", digits=2)
    directions = TextCell(600, lines=True)
    works = LinesCell(parse_work, most=MOST_WORKS)
    services = CodesCell("EXPERT_SERVICE")
    regions = RegionsCell()
    term_from = TermCell()
    term_to = TermCell()
    conflicts = ListCell(each=200, most=MOST_CONFLICTS)
    contact_phone = PhoneCell(30)
    contact_email = EmailCell(100)

    def clean_public_no(self) -> str:
        return self.cleaned_data["public_no"].upper().replace(" ", "")

    def clean_tech_fields(self) -> list[str]:
        codes: list[str] = self.cleaned_data["tech_fields"]
        if len(codes) > MOST_FIELDS:
            raise CellError(
                _("There are %(count)d fields, at most %(limit)d are possible.")
                % {"count": len(codes), "limit": MOST_FIELDS},
                _("Keep the most important ones."),
            )
        return codes

    def clean(self) -> None:
        start, end = self.cleaned_data.get("term_from"), self.cleaned_data.get("term_to")
        if start and end and end <= start:
            self.add_error(
                "term_to",
                CellError(_("The term ends before it begins."), _("Write a day after %(day)s.") % {"day": start}),
            )
