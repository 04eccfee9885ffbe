"""Loading the code tables from their data files: repeatable, in one transaction, never deleting anything."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from matchmaking.vocabularies.models import Code, CodeTable, Region

DATA = Path(__file__).parent / "data"
CODE_FIELDS = ("parent", "name_zh", "name_en", "synonyms", "extra", "position", "valid_from", "valid_to")
REGION_FIELDS = ("name_zh", "name_en", "short_zh", "kind", "parent_id", "path", "separately_planned", "valid_from",
                 "valid_to")  # fmt: skip
TABLE_FIELDS = ("name_zh", "name_en", "edition", "source")
REGION_TABLE = "GB2260"
LOADING = 0x70C  # the advisory lock that keeps two loads apart


class BadVocabularyFile(Exception):
    """A data file contradicts itself; nothing was loaded."""


@dataclass(slots=True)
class LoadCount:
    """What a load did with the rows of one table."""

    created: int = 0
    changed: int = 0
    retired: int = 0
    unchanged: int = 0

    @property
    def touched(self) -> bool:
        return bool(self.created or self.changed or self.retired)

    def __add__(self, other: "LoadCount") -> "LoadCount":
        return LoadCount(
            self.created + other.created,
            self.changed + other.changed,
            self.retired + other.retired,
            self.unchanged + other.unchanged,
        )


@dataclass(slots=True)
class LoadReport:
    """Counts by table, the tables left alone because the portal cares for them, and those without a file."""

    counts: dict[str, LoadCount] = field(default_factory=dict)
    cared_for: list[str] = field(default_factory=list)
    without_file: list[str] = field(default_factory=list)

    @property
    def total(self) -> LoadCount:
        return sum(self.counts.values(), LoadCount())


@transaction.atomic
def load_vocabularies(*, directory: Path = DATA) -> LoadReport:
    """Bring codes and regions into agreement with the data files.

    A code that is no longer in its file is retired as of today; a record filed under it keeps it. A code that comes
    back is valid again. A table that is cared for in the portal (`editions`) is left alone. `loaded_at` moves only
    when a table changed, which is what the caches of selectors watch. Raises BadVocabularyFile before anything is
    written.
    """
    tables = [read_file(path, "codes") for path in sorted((directory / "tables").glob("*.json"))]
    regions = read_file(directory / "regions.json", "regions")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOADING])
    report = LoadReport()
    known = {table.code: table for table in CodeTable.objects.all()}
    for content in tables:
        if (table := known.get(content["code"])) and table.is_cared_for:
            report.cared_for.append(table.code)
            continue
        report.counts[content["code"]] = _load_table(content, known.get(content["code"]))
    report.counts[REGION_TABLE] = _load_regions(regions, known.get(REGION_TABLE))
    report.without_file = sorted(set(known) - set(report.counts) - set(report.cared_for))
    from matchmaking.vocabularies import selectors  # selectors hold the cache that this load makes stale

    transaction.on_commit(selectors.clear_cache)
    return report


def read_file(path: Path, rows: str) -> dict[str, Any]:
    """Read a data file and check that its codes are unique, named in both languages, and have their parents."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        codes = [row["code"] for row in content[rows]]
        missing = [name for name in ("code", *TABLE_FIELDS) if not content[name]]
    except (ValueError, KeyError, TypeError) as error:
        raise BadVocabularyFile(f"{path.name}: {error!r}") from error
    if missing:
        raise BadVocabularyFile(f"{path.name}: empty {missing}")
    if doubled := {code for code in codes if codes.count(code) > 1}:
        raise BadVocabularyFile(f"{path.name}: codes twice: {sorted(doubled)}")
    for row in content[rows]:
        if not row.get("name_zh") or not row.get("name_en"):
            raise BadVocabularyFile(f"{path.name}: {row['code']} needs a Chinese and an English name")
        if row.get("parent", "") not in {"", *codes}:
            raise BadVocabularyFile(f"{path.name}: {row['code']} has no parent {row['parent']}")
    return content


def _load_table(content: dict[str, Any], table: CodeTable | None) -> LoadCount:
    if table is None:
        table = CodeTable.objects.create(code=content["code"], **{name: content[name] for name in TABLE_FIELDS})
    wanted = [
        Code(
            table=table,
            code=row["code"],
            parent=row.get("parent", ""),
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            synonyms=row.get("synonyms", []),
            extra=row.get("extra", {}),
            position=position,
            **_validity(row),
        )
        for position, row in enumerate(content["codes"], start=1)
    ]
    count = _bring_into_agreement(Code, {code.code: code for code in table.codes.all()}, wanted, CODE_FIELDS)
    _touch(table, content, count)
    return count


def _load_regions(content: dict[str, Any], table: CodeTable | None) -> LoadCount:
    if table is None:
        table = CodeTable.objects.create(code=REGION_TABLE, **{name: content[name] for name in TABLE_FIELDS})
    parents = {row["code"]: row.get("parent") for row in content["regions"]}
    wanted = [
        Region(
            code=row["code"],
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            short_zh=row["short_zh"],
            kind=row["kind"],
            parent_id=row.get("parent"),
            path=_path(row["code"], parents),
            separately_planned=row.get("separately_planned", False),
            **_validity(row),
        )
        for row in content["regions"]
    ]
    wanted.sort(key=lambda region: len(region.path))  # a parent is inserted before its children
    count = _bring_into_agreement(
        Region, {region.code: region for region in Region.objects.all()}, wanted, REGION_FIELDS
    )
    _touch(table, content, count)
    return count


def _bring_into_agreement(
    model: type[models.Model], present: dict[str, Any], wanted: Iterable[Any], fields: tuple[str, ...]
) -> LoadCount:
    count = LoadCount()
    today = timezone.localdate()
    created, changed = [], []
    for row in wanted:
        old = present.pop(row.code, None)
        if old is None:
            created.append(row)
        elif any(getattr(old, name) != getattr(row, name) for name in fields):
            for name in fields:
                setattr(old, name, getattr(row, name))
            changed.append(old)
        else:
            count.unchanged += 1
    gone = [row for row in present.values() if row.valid_to is None or row.valid_to > today]
    for row in gone:
        row.valid_to = max(today, row.valid_from + timedelta(days=1)) if row.valid_from else today
    model.objects.bulk_create(created)  # type: ignore[attr-defined]
    for row in changed + gone:  # one by one: bulk_update casts, and so cuts a text that is too long without a word
        row.save(update_fields=fields)
    count.created, count.changed, count.retired = len(created), len(changed), len(gone)
    return count


def _touch(table: CodeTable, content: dict[str, Any], count: LoadCount) -> None:
    changed = any(getattr(table, name) != content[name] for name in TABLE_FIELDS)
    if changed or count.touched:
        for name in TABLE_FIELDS:
            setattr(table, name, content[name])
        table.loaded_at = timezone.now()
        table.save()


def _validity(row: dict[str, Any]) -> dict[str, date | None]:
    return {name: date.fromisoformat(row[name]) if row.get(name) else None for name in ("valid_from", "valid_to")}


def _path(code: str, parents: dict[str, str | None]) -> list[str]:
    parent = parents[code]
    return [*_path(parent, parents), code] if parent else [code]
