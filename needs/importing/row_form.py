"""One row of a workbook of needs as a form: what every cell must be to be readable at all.

What is only missing is no error here: the row becomes a draft, and `completeness.missing` blocks its submission. What
is marked as a state secret is refused at once, because it must not be stored.
"""

from datetime import date
from typing import Any

from django.db.models import Model

from matchmaking.intake.cells import (
    CellError,
    DayCell,
    EmailCell,
    LevelCell,
    LinesCell,
    ListCell,
    MoneyCell,
    PhoneCell,
    TextCell,
    YesNoCell,
)
from matchmaking.intake.code_cells import CodeCell, CodesCell
from matchmaking.intake.importing import RowForm
from matchmaking.intake.number_cells import MonthsCell
from matchmaking.intake.said import said as _
from needs.completeness import SCENARIO
from needs.indicator_lines import parse_need_indicator
from needs.models import NeedBody, TechNeed

MOST_INDICATORS = 30
MOST_MONTHS = 36
_SECRET_WORDS = frozenset({"涉密", "秘密", "机密", "绝密"})
_OPEN_WORDS = frozenset({"不涉密", "非涉密", "公开", "无涉密"})


class SecretCell(YesNoCell):
    """是否涉密: a row that says yes has no place in the portal."""

    def read(self, value: Any, text: str) -> bool:
        plain = text.strip()
        if plain in _OPEN_WORDS:
            return False
        if plain in _SECRET_WORDS or super().read(value, text):
            raise CellError(
                _("Secret content must not be entered here."),
                _("Delete the whole row. Write 否 only when the unit has checked it."),
            )
        return False


class ComingDayCell(DayCell):
    """A day of a list of today: a year before 2000 or after 2100 is a slip of the pen."""

    def read(self, value: Any, text: str) -> date:
        day = super().read(value, text)
        if not 2000 <= day.year <= 2100:
            raise CellError(_("The year %(year)s is out of range.") % {"year": day.year}, _("For example: 2027-06-30"))
        return day


def _length(model: type[Model], name: str) -> int:
    """The length of a column of the database."""
    field = model._meta.get_field(name)  # noqa: SLF001 (Django's documented model API)
    return int(getattr(field, "max_length", 0) or 0)


def _body(name: str, *, lines: bool = True) -> TextCell:
    return TextCell(_length(NeedBody, name), lines=lines)


class NeedRow(RowForm):
    """Field names are the columns' names (`needs/importing/columns.py`)."""

    public_no = TextCell(20)
    enterprise = TextCell(200)
    title = TextCell(_length(TechNeed, "title"), needed=True)
    need_kind = CodeCell("NEED_KIND")
    background = _body("background")
    problem = _body("problem")
    goal = _body("goal")
    indicators = LinesCell(parse_need_indicator, most=MOST_INDICATORS)
    tried = _body("tried")
    basis = _body("basis")
    tech_field = CodeCell("HNTE8", digits=4)
    industry = CodeCell("GB4754", digits=2)
    chain_link = _body("chain_link", lines=False)
    chokepoint = YesNoCell()
    import_substitution = YesNoCell()
    national_project = CodeCell("NAT_PROJ")
    target_trl = LevelCell()
    coop_modes = CodesCell("COOP_MODE")
    budget_band = CodeCell("PRICE_BAND")
    budget_fen = MoneyCell(
        otherwise=_("Write a number with its unit, for example: 12万元. A range or 面议 belongs into 拟投入经费区间.")
    )
    open_competition = YesNoCell()
    eligibility = _body("eligibility")
    due_months = MonthsCell(1, MOST_MONTHS)
    ip_terms = CodeCell("IP_TERMS")
    ip_terms_note = _body("ip_terms_note", lines=False)
    open_until = ComingDayCell()
    wished_partners = _body("wished_partners", lines=False)
    site = _body("site", lines=False)
    scale = _body("scale")
    open_data = _body("open_data")
    trial_window = _body("trial_window", lines=False)
    support_offered = _body("support_offered")
    access_conditions = _body("access_conditions")
    visibility = CodeCell("VISIBILITY")
    invited = ListCell(each=200, most=50)
    secret = SecretCell()
    contact_name = TextCell(50)
    contact_position = TextCell(50)
    contact_phone = PhoneCell(30)
    contact_email = EmailCell(100)

    def clean_public_no(self) -> str:
        return self.cleaned_data["public_no"].upper().replace(" ", "")


class ScenarioRow(NeedRow):
    """A scenario is a need of its own kind."""

    def clean_need_kind(self) -> str:
        kind: str = self.cleaned_data["need_kind"]
        if kind and kind != SCENARIO:
            raise CellError(
                _("This row is no application scenario."),
                _("Needs of another kind are uploaded with the template of needs; here the cell stays empty."),
            )
        return kind
