"""The care of code tables in the portal: a new edition from a file, one code retired, an old code mapped to its heir.

A code row is never deleted: it is retired by a day, and a record keeps the code it was filed under. A table that was
cared for here is left alone by `load_vocabularies`, which would otherwise bring the shipped edition back.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.common.exporting import guard_text, strip_export_prefix
from matchmaking.common.spreadsheet import Limits, Table, WorkbookRefused
from matchmaking.common.spreadsheet.delimited import read_csv
from matchmaking.vocabularies import cache, workdays
from matchmaking.vocabularies.models import Code, CodeEdition, CodeMapping, CodeTable
from matchmaking.vocabularies.services import LOADING, LoadCount

HEADINGS = {"code": "代码", "parent": "上级代码", "name_zh": "中文名称", "name_en": "英文名称", "synonyms": "同义词"}
LIMITS = Limits(file_bytes=1024 * 1024, rows=5_000)
_LENGTHS = {"code": 32, "parent": 32, "name_zh": 200, "name_en": 200}
ROW_PROBLEMS: dict[str, Callable[[str, str], Any]] = {workdays.TABLE: workdays.table_problem}
_WORDS = ("name_zh", "name_en", "parent", "synonyms")


class EditionRefused(Exception):
    """The file is no edition of a table. `problems` are sentences, each with its line."""

    def __init__(self, problems: Sequence[Any]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = list(problems)


class CodeRefused(Exception):
    """A code cannot be retired or mapped so; the message says why."""

    def __init__(self, message: Any) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Row:
    """One code of an edition, as its file has it."""

    code: str
    parent: str
    name_zh: str
    name_en: str
    synonyms: tuple[str, ...] = ()


@dataclass
class Differences:
    """What an edition would do. `changed` holds (code, name of the field, before, after)."""

    created: list[Row] = field(default_factory=list)
    changed: list[tuple[str, str, str, str]] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    retired: list[Code] = field(default_factory=list)
    unchanged: int = 0

    def __bool__(self) -> bool:
        return bool(self.created or self.changed or self.returned or self.retired)


# --- Reading a file ------------------------------------------------------------------------------------------------


def read_edition(handle: BinaryIO, name: str = "") -> list[Row]:
    """Read a CSV table of codes: UTF-8 or GB 18030, headings in the first row. `name` is the code of the table whose
    edition it is: some hold only codes of one form. Raises EditionRefused.

    Plain text, so the request may read it; workbooks are opened by workers only.
    """
    try:
        table = read_csv(handle, LIMITS, Table(kind="csv"))
    except WorkbookRefused as refusal:
        raise EditionRefused([refusal.sentence]) from refusal
    if not table.rows:
        raise EditionRefused([_("The file is empty.")])
    heads = [str(cell or "").strip() for cell in table.rows[0]]
    places = {name: heads.index(words) for name, words in HEADINGS.items() if words in heads}
    if missing := [HEADINGS[name] for name in ("code", "name_zh") if name not in places]:
        raise EditionRefused([_("The first row must hold the heading “%(heading)s”.") % {"heading": one}
                              for one in missing])  # fmt: skip
    read: list[tuple[int, Row]] = []
    for number, cells in zip(table.numbers[1:], table.rows[1:], strict=True):
        texts = {name: str(cells[at] or "").strip() if at < len(cells) else "" for name, at in places.items()}
        texts = {name: strip_export_prefix(text) for name, text in texts.items()}
        synonyms = tuple(filter(None, (one.strip() for one in texts.pop("synonyms", "").split("、"))))
        read.append((number, Row(**({"parent": "", "name_en": ""} | texts), synonyms=synonyms)))
    if problems := _problems(read, ROW_PROBLEMS.get(name)):
        raise EditionRefused(problems)
    return [row for _number, row in read]


def _problems(read: Sequence[tuple[int, Row]], row_problem: Callable[[str, str], Any] | None = None) -> list[Any]:
    """Say, line by line, what keeps the rows from being an edition."""
    found: list[Any] = [] if read else [_("The file holds no code.")]
    codes = {row.code for _number, row in read}
    parents = {row.code: row.parent for _number, row in read}
    seen: dict[str, int] = {}
    for number, row in read:
        where: dict[str, Any] = {"line": number, "code": row.code}
        if not row.code or not row.name_zh:
            found.append(_("Line %(line)d: code and Chinese name are needed.") % where)
            continue
        if first := seen.get(row.code):
            found.append(_("Line %(line)d: %(code)s stands in line %(first)d already.") % {**where, "first": first})
        seen.setdefault(row.code, number)
        if row.parent and row.parent not in codes:
            found.append(_("Line %(line)d: there is no code %(parent)s above %(code)s.")
                         % {**where, "parent": row.parent})  # fmt: skip
        elif _is_circle(row.code, parents):
            found.append(_("Line %(line)d: %(code)s stands above itself.") % where)
        elif row_problem and (said := row_problem(row.code, row.parent)):
            found.append(_("Line %(line)d: %(problem)s") % {**where, "problem": said})
        if any(len(getattr(row, name)) > most for name, most in _LENGTHS.items()):
            found.append(_("Line %(line)d: a text is too long.") % where)
    return found[:50]


def _is_circle(code: str, parents: Mapping[str, str]) -> bool:
    above = parents.get(code, "")
    for _step in range(len(parents)):
        if not above:
            return False
        if above == code:
            return True
        above = parents.get(above, "")
    return True


def csv_of(table: CodeTable) -> str:
    """Return the codes of a table that may be chosen today, in the form that `read_edition` takes."""
    text = io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow(HEADINGS.values())
    for code in table.codes.valid_on(cache.today()).order_by("position", "code"):
        cells = [code.code, code.parent, code.name_zh, code.name_en, "、".join(code.synonyms)]
        sheet.writerow([guard_text(cell) for cell in cells])
    return text.getvalue()


# --- A new edition -------------------------------------------------------------------------------------------------


def differences(table: CodeTable, rows: Sequence[Row]) -> Differences:
    """Compare the rows of an edition with the codes that may be chosen today."""
    today, found = cache.today(), Differences()
    known = {code.code: code for code in table.codes.all()}
    for row in rows:
        old = known.pop(row.code, None)
        if old is None:
            found.created.append(row)
            continue
        was = _row_of(old)
        changes = [(row.code, name, _shown(was, name), _shown(row, name)) for name in _WORDS
                   if getattr(was, name) != getattr(row, name)]  # fmt: skip
        found.changed += changes
        gone = old.valid_to is not None and old.valid_to <= today
        found.returned += [row.code] if gone else []
        found.unchanged += not changes and not gone
    found.retired = [code for code in known.values() if code.valid_to is None or code.valid_to > today]
    return found


@transaction.atomic
def import_edition(*, table: CodeTable, rows: Sequence[Row], edition: str, source: str, valid_from: date) -> LoadCount:
    """Bring a table to a new edition, which counts from `valid_from` (a day, also one to come).

    New codes may be chosen from that day, codes that the edition no longer has until the day before; words change at
    once. Raises CodeRefused for an edition that changes nothing or is older than the present one.
    """
    table = _locked(table)
    latest = table.editions.order_by("-valid_from").first()
    if latest is not None and valid_from < latest.valid_from:
        raise CodeRefused(_("The present edition counts from %(day)s; a new one cannot be older.")
                          % {"day": latest.valid_from})  # fmt: skip
    found = differences(table, rows)
    if not found:
        raise CodeRefused(_("The file changes nothing in this table."))
    known = {code.code: code for code in table.codes.all()}
    for position, row in enumerate(rows, start=1):
        words = {"parent": row.parent, "name_zh": row.name_zh, "name_en": row.name_en, "synonyms": list(row.synonyms)}
        old = known.get(row.code)
        if old is None:
            Code.objects.create(table=table, code=row.code, position=position, valid_from=valid_from, **words)
        elif row.code in found.returned:
            Code.objects.filter(pk=old.pk).update(**words, position=position, valid_from=valid_from, valid_to=None)
        else:
            Code.objects.filter(pk=old.pk).update(**words, position=position, valid_to=None)
    for code in found.retired:
        _retire(code, valid_from)
    count = LoadCount(len(found.created) + len(found.returned), len({one[0] for one in found.changed}),
                      len(found.retired), found.unchanged)  # fmt: skip
    counts = {"created": count.created, "changed": count.changed, "retired": count.retired}
    CodeEdition.objects.create(table=table, edition=edition, source=source, valid_from=valid_from, counts=counts)
    _touched(table, edition=edition, source=source)
    return count


@transaction.atomic
def retire_code(*, table: CodeTable, code: str, on: date, heir: str = "") -> Code:
    """Let a code be chosen only until the day before `on`; `heir` is the code that takes its place, if one does.

    Raises CodeRefused when the code is unknown or retired already, or has codes below it that are not.
    """
    table = _locked(table)
    found = _code(table, code)
    if found.valid_to is not None and found.valid_to <= on:
        raise CodeRefused(_("%(code)s is retired already.") % {"code": found})
    below = table.codes.filter(parent=code).valid_on(on).order_by("position").first()
    if below is not None:
        raise CodeRefused(_("%(below)s stands below it and may still be chosen.") % {"below": below})
    _retire(found, on)
    if heir:
        map_code(table=table, old=code, new=heir)
    _touched(table)
    found.refresh_from_db()
    return found


@transaction.atomic
def restore_code(*, table: CodeTable, code: str) -> Code:
    """Let a code that was retired, or is about to be, be chosen again; nothing takes its place any more.

    Raises CodeRefused when the code is unknown or not retired, or stands below a code that is.
    """
    table = _locked(table)
    found = _code(table, code)
    if found.valid_to is None:
        raise CodeRefused(_("%(code)s is in use.") % {"code": found})
    above = table.codes.filter(code=found.parent, valid_to__isnull=False).first() if found.parent else None
    if above is not None:
        raise CodeRefused(_("%(above)s stands above it and is retired; take that into use first.") % {"above": above})
    Code.objects.filter(pk=found.pk).update(valid_to=None)
    CodeMapping.objects.filter(table=table, old=code).delete()
    _touched(table)
    found.refresh_from_db()
    return found


@transaction.atomic
def map_code(*, table: CodeTable, old: str, new: str) -> CodeMapping:
    """Say which code took the place of an old one; records keep theirs and show where it went. Empty `new` ends it.

    Raises CodeRefused when one of them is unknown, when both are the same, or when the way leads back to its start.
    """
    table = _locked(table)
    _code(table, old)
    if not new:
        CodeMapping.objects.filter(table=table, old=old).delete()
        _touched(table)
        return CodeMapping(table=table, old=old)
    _code(table, new)
    heirs = dict(CodeMapping.objects.filter(table=table).exclude(old=old).values_list("old", "new"))
    at: str | None = new
    while at:
        if at == old:
            raise CodeRefused(_("A code cannot be its own heir."))
        at = heirs.get(at)
    mapping, _created = CodeMapping.objects.update_or_create(table=table, old=old, defaults={"new": new})
    _touched(table)
    return mapping


def _retire(code: Code, on: date) -> None:
    """A code that has not begun to count yet ends on the day after its beginning: the order is a constraint."""
    ends = max(on, code.valid_from + timedelta(days=1)) if code.valid_from else on
    Code.objects.filter(pk=code.pk).update(valid_to=ends)


def _locked(table: CodeTable) -> CodeTable:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOADING])
    return CodeTable.objects.get(pk=table.pk)


def _touched(table: CodeTable, **changes: Any) -> None:
    """The caches of all processes look at `loaded_at`; from now on the shipped file no longer rules this table."""
    CodeTable.objects.filter(pk=table.pk).update(loaded_at=timezone.now(), is_cared_for=True, **changes)
    transaction.on_commit(cache.clear)


def _code(table: CodeTable, code: str) -> Code:
    found = table.codes.filter(code=code).first()
    if found is None:
        raise CodeRefused(_("There is no code %(code)s in this table.") % {"code": code})
    return found


def _row_of(code: Code) -> Row:
    return Row(code.code, code.parent, code.name_zh, code.name_en, tuple(code.synonyms))


def _shown(row: Row, name: str) -> str:
    value = getattr(row, name)
    return "、".join(value) if isinstance(value, tuple) else value
