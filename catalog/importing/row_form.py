"""One row of an achievements workbook as a form: what every cell must be to be readable at all.

What is only missing is no error here: the row becomes a draft, and `missing_fields` blocks its submission.
"""

from datetime import date
from typing import Any

from django.utils.translation import override

from catalog.importing.lines import parse_indicator, parse_right
from catalog.services.checking import KEYWORDS_MAX, SUMMARY_MAX
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
    person_name,
)
from matchmaking.intake.code_cells import CodeCell, CodesCell
from matchmaking.intake.importing import RowForm
from matchmaking.intake.said import said as _
from matchmaking.vocabularies.selectors import extra, label


class SecrecyCell(YesNoCell):
    """是否涉密: “no” is the unit's declaration; “yes” has no place in the portal."""

    def read(self, value: Any, text: str) -> bool:
        plain = text.strip()
        if plain in ("不涉密", "非涉密", "公开"):
            return True
        if plain in ("涉密", "秘密", "机密", "绝密") or super().read(value, text):
            raise CellError(
                _("A secret achievement must not be entered here."),
                _("Delete the whole row. Write 否 only when the unit has checked it."),
            )
        return True


class AchievementRow(RowForm):
    """Field names are the columns' names (`catalog/importing/columns.py`)."""

    public_no = TextCell(20)
    title = TextCell(100, needed=True)
    summary = TextCell(SUMMARY_MAX, lines=True)
    problem_solved = TextCell(300, lines=True)
    key_points = TextCell(1000, lines=True)
    indicators = LinesCell(parse_indicator, most=30)
    applications = CodesCell("GB4754", digits=2)
    application_text = TextCell(300)
    tech_field = CodeCell("HNTE8", digits=4)
    sei = CodeCell("SEI9")
    discipline = CodeCell("GB13745")
    keywords = ListCell(each=40, most=KEYWORDS_MAX, by_blanks=True)
    trl = LevelCell()
    maturity = CodeCell("MATURITY")
    trl_evidence = TextCell(1000, lines=True)
    source = CodeCell("ACH_SRC")
    grant_no = TextCell(60)
    completing_units = ListCell(each=200, most=20)
    completers = ListCell(each=50, most=30, one=person_name)
    ip_items = LinesCell(parse_right, most=50)
    ownership = CodeCell("OWNERSHIP")
    ownership_note = TextCell(200)
    rights_pilot = YesNoCell()
    separate_mgmt = YesNoCell()
    coop_modes = CodesCell("COOP_MODE")
    price_band = CodeCell("PRICE_BAND")
    price_fen = MoneyCell(
        otherwise=_("Write a number with its unit, for example: 12万元. A range or 面议 belongs into 意向价格区间.")
    )
    needs_from_partner = TextCell(1000, lines=True)
    finance_stage = CodeCell("FIN_STAGE")
    finance_amount_fen = MoneyCell()
    references = TextCell(1000, lines=True)
    awards = TextCell(1000, lines=True)
    benefit = TextCell(1000, lines=True)
    visibility = CodeCell("VISIBILITY")
    secrecy_declared = SecrecyCell()
    unit_opinion = TextCell(500, lines=True)
    unit_opinion_by = TextCell(50)
    unit_opinion_on = DayCell()
    contact_name = TextCell(50)
    contact_phone = PhoneCell(40)
    contact_email = EmailCell(100)

    def clean_public_no(self) -> str:
        return self.cleaned_data["public_no"].upper().replace(" ", "")

    def clean_unit_opinion_on(self) -> date | None:
        day = self.cleaned_data["unit_opinion_on"]
        if day and not 1990 <= day.year <= 2100:
            raise CellError(_("The year %(year)d is out of range.") % {"year": day.year}, _("For example: 2026-03-05"))
        return day

    def clean(self) -> None:
        """The word for the maturity and the level must not contradict each other."""
        level, stage = self.cleaned_data.get("trl"), self.cleaned_data.get("maturity")
        if level and stage:
            low, high = extra("MATURITY", stage).get("trl", (1, 9))
            if not low <= level <= high:
                with override("zh-hans"):  # the language of the workbook
                    words = {"level": level, "stage": label("MATURITY", stage)}
                self.add_error(
                    "maturity",
                    CellError(
                        _("“%(stage)s” does not fit level %(level)d.") % words,
                        _("It covers the levels %(low)d to %(high)d. Correct one of the two cells.")
                        % {"low": low, "high": high},
                    ),
                )
