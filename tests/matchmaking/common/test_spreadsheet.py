"""The guard of uploaded tables: hostile files are refused with a reason, honest ones are read without a loss."""

import io
import json
import random
import re
import resource
import subprocess
import sys
import warnings
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from unittest.mock import Mock

import openpyxl
import psutil
import pytest
from django.conf import settings

from matchmaking.common import spreadsheet
from matchmaking.common.spreadsheet import (
    Limits,
    Table,
    WorkbookRefused,
    archive,
    inspect,
    keeper,
    package,
    read_table,
    reader,
    sheet,
)
from matchmaking.common.spreadsheet.sentences import SENTENCES
from matchmaking.common.spreadsheet.table import decode, encode
from tests.hostile import CORPUS, NASTY, good, pack, parts, rows, sheet_xml, text_cell, workbook

HALF_PAST_EIGHT = datetime(2026, 1, 5, 8, 30)  # noqa: DTZ001  (a workbook knows no zone)
NOON = HALF_PAST_EIGHT.replace(hour=12, minute=0)
SECONDS = 12  # of processors: the reading process may take nine
MEGABYTES = 300
HEAVIEST = [
    "1,048,574 empty rows",
    "3 million texts",
    "3 million blank cells",
    "1,000,000 distinct cells",
    "19 MB field",
    "60,000 deep",
    "1 GB picture",
    "200 MB sheet",
]
MEASURE = """
import json, resource, sys
sys.path.insert(0, sys.argv[1])
from matchmaking.common.spreadsheet import WorkbookRefused, read_table, reader
told = {}
try:
    table = read_table(sys.argv[2], name=sys.argv[3])
    told["counts"] = [table.rows_read, len(table.rows), table.rows_blank]
except WorkbookRefused as refusal:
    told["refusal"] = refusal.as_dict()
reader.end_keepers()  # only now the system counts what they and their forks took
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
told["seconds"] = sum(one.ru_utime + one.ru_stime for one in used)
if sys.platform == "linux":  # which alone bounds the address space and reports the peak
    told["child"] = used[1].ru_maxrss // 1024
    told["parent"] = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) // 1024
print(json.dumps(told))
"""


@pytest.fixture(scope="session")
def hostile_file(tmp_path_factory):
    """The path of a hostile file, made once."""
    folder = tmp_path_factory.mktemp("hostile")

    def find(name: str) -> Path:
        path = folder / f"{list(CORPUS).index(name)}"
        if not path.exists():
            path.write_bytes(CORPUS[name].make())
        return path

    return find


@pytest.fixture
def read(tmp_path):
    """Read bytes as an uploaded file."""

    def read(data: bytes, name: str = "a.xlsx", **kwargs) -> Table:
        path = tmp_path / "upload"
        path.write_bytes(data)
        return read_table(path, name=name, **kwargs)

    return read


def outcome(reader, *args, **kwargs) -> Table | WorkbookRefused | None:
    """What a reader returns, or its refusal. Everything else is an error of the test."""
    try:
        return reader(*args, **kwargs)
    except WorkbookRefused as refusal:
        return refusal


def read_here(data: bytes, limits: Limits | None = None) -> Table:
    """Read in this process: what the bounded one does, without its start."""
    limits = limits or Limits()
    handle = io.BytesIO(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with archive.open_archive(handle, limits) as opened:
            archive.check_parts(opened, limits)
            package.check_content(opened, limits)
        return sheet.read_workbook(handle, limits, [], Table("xlsx"))


def judge(name: str, refusal: WorkbookRefused | None, counts: list[int]) -> None:
    """A refusal is the right one and says so; otherwise every row is accounted for: read, with content, blank."""
    if refusal is not None:
        assert refusal.code in CORPUS[name].refused
        assert refusal.sentence != str(SENTENCES["unreadable"])
        assert "%(" not in refusal.sentence
    else:
        assert CORPUS[name].may_be_read
        assert counts[0] == counts[1] + counts[2]


def processor_seconds() -> float:
    """What this process took, those that ended, and the keepers that wait, each with its forks."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    waiting = [sum(psutil.Process(one.pid).cpu_times()[:4]) for one in reader._keepers]
    return sum(one.ru_utime + one.ru_stime for one in used) + sum(waiting)


@pytest.mark.parametrize("name", [name for name in CORPUS if name not in HEAVIEST])
def test_hostile_tables(name, hostile_file):
    path = hostile_file(name)
    start = processor_seconds()
    found = outcome(read_table, path, name=CORPUS[name].file)
    assert processor_seconds() - start < SECONDS
    if isinstance(found, WorkbookRefused):
        judge(name, found, [])
    else:
        judge(name, None, [found.rows_read, len(found.rows), found.rows_blank])


@pytest.mark.parametrize("name", HEAVIEST)
def test_the_heaviest_stay_within_their_memory_too(name, hostile_file):
    command = [sys.executable, "-c", MEASURE, str(settings.BASE_DIR), str(hostile_file(name)), CORPUS[name].file]
    found = json.loads(subprocess.run(command, capture_output=True, check=True, text=True, timeout=120).stdout)
    judge(name, WorkbookRefused.from_dict(found["refusal"]) if "refusal" in found else None, found.get("counts", []))
    assert found["seconds"] < SECONDS
    if sys.platform == "linux":
        assert found["child"] <= MEGABYTES
        assert found["parent"] <= 100


@pytest.mark.parametrize("name", CORPUS)
def test_the_request_refuses_what_needs_no_unpacking(name, hostile_file):
    """The cheap checks refuse nothing that the whole reading would accept, and nothing but refusals come out."""
    found = outcome(inspect, hostile_file(name), name=CORPUS[name].file)
    assert found is None or found.code in CORPUS[name].refused


def test_what_was_read_of_the_strange_ones(hostile_file):
    def table(name):
        return read_table(hostile_file(name), name=CORPUS[name].file)

    assert table("dimension too small").rows == [["标题"], [None, "x"]]
    last = table("one cell in the last row")
    assert (last.rows, last.numbers, last.rows_read, last.rows_blank) == ([[1]], [1_048_576], 1_048_576, 1_048_575)
    phantom = table("1,048,574 empty rows")
    assert (phantom.numbers, phantom.rows_blank) == ([1, 2], 1_048_574)
    formulas = table("formulas without a result")
    assert (formulas.rows[1], formulas.uncomputed) == ([None, 2], ["A2", "C2"])
    assert table("everything merged").merged
    hidden = table("hidden row")
    assert (hidden.rows, hidden.hidden_rows) == ([["标题"], ["藏"]], 1)
    assert table("1e300 as a date").rows[1] == ["#VALUE!"]
    assert table("infinite number").rows[1] == ["inf"]
    gbk = table("gbk csv")
    assert (gbk.kind, gbk.encoding, gbk.rows) == ("csv", "gb18030", [["成果名称", "简介"], ["锂电池", "隔膜"]])
    assert table("csv with a mark").rows[0] == ["成果名称", "简介"]


def test_nasty_texts_come_back_as_they_were(read):
    texts = [row[0] for row in read(CORPUS["nasty texts"].make()).rows[1:]]
    expected = [text for text in NASTY if text.strip()]
    expected[-1] = "_x000D_"  # Excel's spelling of a literal _x000D_; the zero before it means nothing in a cell
    assert texts == expected


def test_values_and_places_of_an_honest_workbook(read, tmp_path):
    book = openpyxl.Workbook()
    page = book.active
    page.title = "说明"
    page["A1"] = "先读我"
    page = book.create_sheet("成果")
    page["A1"], page["B3"], page["C3"], page["D3"] = "标题", 5.0, 0.1 + 0.2, 123456789012345
    page["E3"], page["F3"], page["G3"], page["H3"] = date(2026, 1, 5), HALF_PAST_EIGHT, True, "  "
    page["A5"] = "锂\n电池"
    book.create_sheet("隐藏").sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    table = read_table(tmp_path / "a.xlsx", name="a.xlsx", prefer=["成果"])
    assert table.sheet == "成果"
    assert table.other_sheets == ["说明", "隐藏"]
    assert table.numbers == [1, 3, 5]
    assert (table.rows_read, table.rows_blank) == (5, 2)
    assert table.rows[1] == [
        None, 5, Decimal("0.3"), 123456789012345, date(2026, 1, 5), HALF_PAST_EIGHT, True
    ]  # fmt: skip
    assert isinstance(table.rows[1][1], int)
    assert table.rows[2] == ["锂\n电池"]
    assert read_table(tmp_path / "a.xlsx", name="a.xlsx").sheet == "说明"


def test_a_sheet_without_content_is_passed_over(read):
    content = parts(sheet_xml(""), sheets=2)
    assert read(pack(content)).sheet == "S2"


@pytest.mark.parametrize(
    ("style", "value", "expected"),
    [
        ('<xf numFmtId="31"/>', "46027", date(2026, 1, 5)),
        ('<xf numFmtId="57"/>', "46027", date(2026, 1, 5)),
        ('<xf numFmtId="14"/>', "46027.5", NOON),
        ('<xf numFmtId="176"/>', "46027", date(2026, 1, 5)),
        ('<xf numFmtId="177"/>', "46027", 46027),
        ('<xf numFmtId="0"/>', "46027", 46027),
        ('<xf numFmtId="x"/>', "46027", 46027),
        ('<xf/>', "46027", 46027),
    ],
)  # fmt: skip
def test_dates_of_a_chinese_excel(style, value, expected):
    content = parts(sheet_xml(rows(f'<c r="A1" s="1"><v>{value}</v></c>')))
    formats = (
        '<numFmts><numFmt numFmtId="176" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/>'
        '<numFmt numFmtId="177" formatCode="0.00&quot;元&quot;"/></numFmts><fonts>'
    )
    styles = content["xl/styles.xml"].decode().replace('<xf numFmtId="14"/>', style).replace("<fonts>", formats)
    content["xl/styles.xml"] = styles.encode()
    assert read_here(pack(content)).rows == [[expected]]


def test_texts_in_runs_and_with_reading_aids():
    inline = "<is><r><rPr><b/></rPr><t>锂</t></r><r><t>电池</t></r><rPh sb='0' eb='1'><t>li</t></rPh></is>"
    assert read_here(workbook(sheet_xml(rows(f'<c r="A1" t="inlineStr">{inline}</c>')))).rows == [["锂电池"]]


def test_every_row_is_accounted_for():
    for seed in range(40):
        numbers = random.Random(seed)
        book = openpyxl.Workbook()
        page = book.active
        filled = {numbers.randrange(1, 300): numbers.randrange(1, 20) for _ in range(numbers.randrange(1, 60))}
        for row, column in filled.items():
            page.cell(row, column, f"值{row}")
        for _ in range(20):
            page.cell(numbers.randrange(1, 400), numbers.randrange(1, 90)).font = openpyxl.styles.Font(bold=True)
        page.row_dimensions[numbers.randrange(1, 300)].hidden = True
        file = io.BytesIO()
        book.save(file)
        table = read_here(file.getvalue())
        assert table.numbers == sorted(filled)
        assert [row[-1] for row in table.rows] == [f"值{row}" for row in sorted(filled)]
        assert table.rows_read == len(table.rows) + table.rows_blank >= max(filled)


def test_no_mutation_gets_past_as_anything_but_a_refusal():
    numbers = random.Random(7)
    honest = parts(
        sheet_xml(
            rows(*(text_cell(f"A{row}", f"行{row}") + f'<c r="B{row}" s="1"><v>{row}</v></c>' for row in range(1, 9)))
        )
    )
    for turn in range(400):
        if turn % 2:
            data = bytearray(pack(honest))
            for _ in range(numbers.randrange(1, 8)):
                data[numbers.randrange(len(data))] = numbers.randrange(256)
        else:
            content = dict(honest)
            name = numbers.choice(sorted(content))
            part = bytearray(content[name])
            start = numbers.randrange(len(part))
            part[start : start + numbers.randrange(1, 12)] = numbers.randbytes(numbers.randrange(0, 6))
            content[name] = bytes(part)
            data = pack(content)
        found = outcome(read_here, bytes(data))
        assert isinstance(found, Table) or found.code in SENTENCES


@pytest.mark.parametrize(
    ("limits", "name", "code"),
    [
        (Limits(wall_seconds=1), "1,048,574 empty rows", "too_slow"),
        (Limits(cpu_seconds=1), "1,048,574 empty rows", "too_slow"),
        (Limits(memory_bytes=70 * 2**20), "3 million texts", "too_much_memory"),
        (Limits(rows=1), "hidden row", "too_many_rows"),
        (Limits(cells=1), "hidden row", "too_many_cells"),
        (Limits(columns=1), "dimension too small", "too_many_columns"),
        (Limits(text_characters=2), "hidden row", "too_much_text"),
    ],
)
def test_limits_are_settings(limits, name, code, hostile_file):
    with pytest.raises(WorkbookRefused) as refused:
        read_table(hostile_file(name), name="a.xlsx", limits=limits)
    assert refused.value.code == code


def test_a_process_that_cannot_even_start_is_a_refusal(read):
    with pytest.raises(WorkbookRefused):
        read(good(), limits=Limits(memory_bytes=2**20))


def test_a_file_that_cannot_be_opened_is_not_blamed_on_its_content(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_table(tmp_path / "nothing", name="a.xlsx")


def test_a_process_that_this_machine_cannot_start_is_not_blamed_on_the_file(read, monkeypatch):
    reader.end_keepers()
    monkeypatch.setattr(keeper.subprocess, "Popen", Mock(side_effect=OSError(24, "Too many open files")))
    with pytest.raises(OSError, match="open files"):
        read(good())


def test_the_reading_process_sees_no_secrets(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "canary")
    from matchmaking.common.spreadsheet import reader

    assert "SECRET_KEY" not in reader._ENVIRONMENT
    assert not [name for name in reader._ENVIRONMENT if name not in {"LC_ALL", "PYTHONDONTWRITEBYTECODE"}]


def test_the_reading_process_loads_neither_django_nor_numpy():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); sys.modules['numpy'] = None\n"
        "import matchmaking.common.spreadsheet.worker, matchmaking.common.spreadsheet.sheet\n"
        "assert 'django' not in sys.modules; assert sys.modules['numpy'] is None"
    )
    subprocess.run([sys.executable, "-I", "-c", code, str(settings.BASE_DIR)], check=True)


def test_an_answer_that_breaks_off_is_a_refusal():
    lines = list(encode(Table("csv", rows=[["a"], ["b"]], numbers=[1, 2], rows_read=2)))
    assert decode(lines).rows == [["a"], ["b"]]
    with pytest.raises(WorkbookRefused):
        decode(lines[:-1])
    with pytest.raises(WorkbookRefused):
        decode([])


def test_every_code_has_a_sentence_and_survives_storage():
    source = "".join(path.read_text() for path in Path(spreadsheet.__file__).parent.glob("*.py"))
    codes = set(re.findall(r'WorkbookRefused\(\s*"(\w+)"', source)) | {"ods", "not_excel", "legacy_xls"}
    assert codes <= set(SENTENCES)
    refusal = WorkbookRefused("too_many_columns", limit=100, cell="CW1")
    again = WorkbookRefused.from_dict(json.loads(json.dumps(refusal.as_dict())))
    assert "CW1" in again.sentence == refusal.sentence
    assert (
        WorkbookRefused("no such code").sentence
        == WorkbookRefused("too_large").sentence
        == str(SENTENCES["unreadable"])
    )


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_separators_and_quotation(separator, read):
    text = f'名称{separator}"简{separator}介"\r\n"a ""b"""{separator}\r\n\r\n{separator}{separator}x\r\n'
    table = read(text.encode(), "a.csv")
    assert table.rows == [["名称", f"简{separator}介"], ['a "b"'], [None, None, "x"]]
    assert (table.numbers, table.rows_blank) == ([1, 2, 4], 1)


def test_the_content_decides_not_the_name(read):
    assert read(good(), "成果.csv").kind == "xlsx"
    assert read(good(), "成果").kind == "xlsx"
    with pytest.raises(WorkbookRefused):
        read(b"a,b\n", "a.xlsx")
