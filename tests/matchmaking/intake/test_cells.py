"""What a cell means: understood in one way, or refused with what is wrong and what would be right."""

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from matchmaking.intake import cells
from matchmaking.intake.cells import CellError
from matchmaking.intake.code_cells import CodeCell, CodesCell

pytestmark = pytest.mark.django_db


def refusal(cell, value) -> CellError:
    with pytest.raises(CellError) as caught:
        cell.clean(value)
    assert caught.value.messages[0]
    caught.value.hint = str(caught.value.hint)
    return caught.value


@pytest.mark.parametrize(
    ("value", "level"),
    [
        (6, 6),
        (6.0, 6),
        (Decimal("6.0"), 6),
        ("TRL6", 6),
        ("trl-6", 6),
        ("TRL 6 级", 6),
        ("６", 6),
        ("6级", 6),
        ("第六级", 6),
        ("正样级", 6),
        ("  6 ", 6),
        ("6 正样级", 6),
        ("", None),
        (None, None),
        ("/", None),
        ("无", None),
    ],
)
def test_readiness_level(value, level):
    assert cells.LevelCell().clean(value) == level


@pytest.mark.parametrize("value", ["6-7级", "TRL6~TRL7", 0, 10, 6.5, "通过中试", "成熟", True, "-6", "6%"])
def test_readiness_level_is_not_guessed(value):
    assert refusal(cells.LevelCell(), value).hint


def test_stage_names_its_levels():
    assert "6" in refusal(cells.LevelCell(), "通过中试").hint
    assert "7" in refusal(cells.LevelCell(), "通过中试").hint


@pytest.mark.parametrize(
    ("value", "fen"),
    [
        ("12万元", 12_000_000),
        ("１２万元", 12_000_000),
        ("12.5 万元", 12_500_000),
        ("1,200元", 120_000),
        ("¥300元", 30_000),
        ("0.3亿元", 3_000_000_000),
        ("12万", 12_000_000),
        ("", None),
        ("—", None),
    ],
)
def test_money(value, fen):
    assert cells.MoneyCell().clean(value) == fen


@pytest.mark.parametrize(
    "value", [12, "12", "约12万元", "10-50万元", "面议", "12万美元", "-5万元", "0.001元", "9" * 30 + "元"]
)
def test_money_is_not_guessed(value):
    assert refusal(cells.MoneyCell(), value).hint


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ("是", True),
        ("√", True),
        ("Y", True),
        (True, True),
        (1, True),
        ("否", False),
        ("×", False),
        ("无", False),
        (0, False),
        ("", None),
    ],
)
def test_yes_or_no(value, answer):
    assert cells.YesNoCell().clean(value) is answer


def test_neither_yes_nor_no():
    assert "是" in refusal(cells.YesNoCell(), "也许").hint


@pytest.mark.parametrize(
    "value",
    [
        date(2026, 3, 5),
        datetime(2026, 3, 5, 8, 30),  # noqa: DTZ001 (Excel knows no time zones)
        "2026-03-05",
        "2026/3/5",
        "2026.3.5",
        "2026年3月5日",
        "2026 年 3 月 5 日",
        "２０２６-３-５",
        20260305,
        "20260305",
    ],
)
def test_day(value):
    assert cells.DayCell().clean(value) == date(2026, 3, 5)


@pytest.mark.parametrize(
    "value", ["2026年3月", "2026", "2026-02-30", "0000-00-00", "明天", 46086, "3/5/26", "2026-13-01"]
)
def test_day_is_not_guessed(value):
    assert refusal(cells.DayCell(), value).hint


@pytest.mark.parametrize(
    "value", ["0804", 804, "０８０４", "0804 先进制造工艺与装备", "先进制造工艺与装备", " 先进制造工艺 与装备"]
)
def test_code(value):
    assert CodeCell("HNTE8", digits=4).clean(value) == "0804"


def test_code_of_a_group_is_too_coarse():
    problem = refusal(CodeCell("HNTE8", digits=4), "先进制造与自动化")
    assert "0804" in problem.hint or "0801" in problem.hint


def test_unknown_code_says_what_comes_near():
    assert "先进制造工艺与装备" in refusal(CodeCell("HNTE8", digits=4), "制造工艺与装备技术").hint
    assert "单一单位" in refusal(CodeCell("OWNERSHIP"), "看情况").hint


def test_code_and_name_that_contradict():
    assert refusal(CodeCell("HNTE8", digits=4), "0804 软件")


@pytest.mark.parametrize(
    "value",
    ["普通许可、合作开发", "普通许可,合作开发", "普通许可；合作开发", "普通许可\n合作开发", "license_non，cooperative"],
)
def test_codes(value):
    assert CodesCell("COOP_MODE").clean(value) == ["license_non", "cooperative"]


def test_one_of_several_codes_is_unknown():
    assert "包产到户" in refusal(CodesCell("COOP_MODE"), "普通许可、包产到户").messages[0]


def test_number_of_an_industry():
    assert CodesCell("GB4754", digits=2).clean(35) == ["35"]
    assert CodesCell("GB4754", digits=2).clean("35、37") == ["35", "37"]


def test_words_in_a_list():
    words = cells.ListCell(each=40, most=8, by_blanks=True)
    assert words.clean("涡流、高温合金，检测;检测") == ["涡流", "高温合金", "检测"]
    assert words.clean("涡流检测 高温合金") == ["涡流检测", "高温合金"]
    assert words.clean("machine learning；深度学习") == ["machine learning", "深度学习"]
    assert words.clean("machine learning") == ["machine learning"]
    assert refusal(words, "、".join("一二三四五六七八九")).hint
    assert refusal(words, "很" * 41).hint


def test_names_of_people():
    people = cells.ListCell(each=50, most=30, one=cells.person_name)
    assert people.clean("张 三、李四；John Smith") == ["张三", "李四", "John Smith"]
    assert "、" in refusal(people, "张三 李四").hint


def test_text_is_cleaned_not_changed():
    assert cells.TextCell(50).clean("  多　行\n变 一行\u200b  ") == "多 行 变 一行"
    assert cells.TextCell(50, lines=True).clean("一，\r\n二_x000D_\n三") == "一，\n二\n三"
    assert cells.TextCell(20).clean(6.0) == "6"
    assert cells.TextCell(20).clean(Decimal("0.50")) == "0.5"
    problem = refusal(cells.TextCell(5), "一二三四五六")
    assert "6" in problem.messages[0]
    assert "1" in problem.hint


@pytest.mark.parametrize("value", ["#REF!", "#N/A", "#VALUE!"])
def test_broken_formula(value):
    assert refusal(cells.TextCell(50), value).hint


def test_percent_sign_is_no_placeholder():
    assert "50%s" in refusal(CodeCell("OWNERSHIP"), "50%s").messages[0]


@pytest.mark.parametrize(
    "value", ["=cmd|' /C calc'!A0", "1" * 20_000, "\u202e", "﷽" * 1000, "٣", "1e309", "NaN", "0x10", "{0.__class__}"]
)
@pytest.mark.parametrize(
    "cell",
    [
        cells.LevelCell(),
        cells.MoneyCell(),
        cells.DayCell(),
        cells.YesNoCell(),
        cells.PhoneCell(40),
        cells.EmailCell(100),
        CodeCell("HNTE8", digits=4),
        CodesCell("COOP_MODE"),
        cells.ListCell(each=40, most=8),
    ],
    ids=lambda cell: type(cell).__name__,
)
def test_nasty_values_are_read_or_refused(cell, value):
    with suppress(ValidationError):  # anything else would be a 500
        cell.clean(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [("\u200b\u3000", ""), ("a\u202eb测试", "ab测试"), ("\u3164", ""), ("买买提·甲𠮷", "买买提·甲𠮷")],
)
def test_a_cell_holds_what_one_sees(value, text):
    assert cells.TextCell(100).clean(value) == text


@pytest.mark.parametrize("value", ["10²万元", "1,2345元", "1,00,000元"])
def test_money_is_read_like_every_number(value):
    assert refusal(cells.MoneyCell(), value).hint


def test_a_cell_gives_each_row_a_list_of_its_own():
    cell = CodesCell("COOP_MODE")
    first = cell.clean("普通许可、合作开发")
    first.append("x")
    assert cell.clean("普通许可、合作开发") == first[:-1]


@pytest.mark.parametrize(
    "value", ["甲", "a b", "３", "'=1+1", "'1", "_x000D_甲", "甲 ", " 甲", "甲\u200b", "\u3164", "ﾠ", ""]
)
def test_reading_a_written_cell_again_changes_nothing_that_a_form_reads(value):
    once = cells.written(value)
    assert cells.written(once) == once


def test_a_moment_of_excel_is_its_day():
    moment = datetime(2026, 3, 5, 8, 30)  # noqa: DTZ001
    assert cells.DayCell().clean(cells.written(moment)) == cells.DayCell().clean(moment) == date(2026, 3, 5)
