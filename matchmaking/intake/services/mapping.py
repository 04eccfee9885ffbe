"""Use cases of the columns of an upload: what each heading means, which sheet is read. The file is checked anew."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.common.workflow import StaleState, move
from matchmaking.intake.headings import fold_heading
from matchmaking.intake.importing import find_kind
from matchmaking.intake.models import BatchState, HeaderMapping, ImportBatch
from matchmaking.intake.services.import_results import keep_mended
from matchmaking.intake.services.imports import request_check
from matchmaking.intake.workflow import IMPORT_BATCH
from matchmaking.jobs.models import Job

LAST_COLUMN = 100


class BadMapping(Exception):
    """The columns cannot be read as they were assigned; the message says why."""


@transaction.atomic
def set_mapping(
    *, by: User, batch: ImportBatch, version: int, columns: Mapping[int, str], heading_row: int | None = None
) -> Job:
    """Say what the columns mean, by index from 0 ("" leaves one out), and have the file checked again.

    What a heading means is remembered for the organisation and this kind of list. Columns that are not named keep
    their meaning. Cells that were mended stay mended. Raises BadMapping, and StaleState when the batch moved on.
    """
    batch = _hold(batch, version, BatchState.MAPPING, BatchState.CHECKED)
    _expect_sensible(batch, columns)
    _remember(by, batch, columns)
    chosen = {
        **batch.chosen,
        "columns": {**batch.chosen.get("columns", {}), **{str(index): name for index, name in columns.items()}},
        "mended": keep_mended(batch),
    }
    if heading_row is not None and heading_row != batch.heading.get("row_no"):
        chosen = {**chosen, "row_no": heading_row, "mended": {}}
    return _check_again(by, batch, chosen)


@transaction.atomic
def choose_sheet(*, by: User, batch: ImportBatch, version: int, sheet: str) -> Job:
    """Read another sheet of the file instead. Raises BadMapping for a sheet that the file does not have."""
    batch = _hold(batch, version, BatchState.MAPPING, BatchState.CHECKED)
    if sheet not in batch.heading.get("sheets", []):
        raise BadMapping(_("The file has no such sheet."))
    return _check_again(by, batch, {"sheet": sheet})


def _expect_sensible(batch: ImportBatch, columns: Mapping[int, str]) -> None:
    kind = find_kind(batch.kind)
    known = {column.name for column in kind.columns}
    if (
        any(not 0 <= index < LAST_COLUMN for index in columns)
        or not {name for name in columns.values() if name} <= known
    ):
        raise BadMapping(_("There is no such column."))
    meant = {one["index"]: one["column"] for one in batch.headings} | dict(columns)
    names = [name for name in meant.values() if name]
    for name in names:
        if names.count(name) > 1:
            words = {"heading": kind.column(name).heading}
            raise BadMapping(_("Two columns cannot both mean “%(heading)s”.") % words)
    if kind.key not in names:
        raise BadMapping(_("Say which column is “%(heading)s”.") % {"heading": kind.column(kind.key).heading})


def _remember(by: User, batch: ImportBatch, columns: Mapping[int, str]) -> None:
    """Keep what differs from what the heading meant anyway."""
    for one in batch.headings:
        folded = fold_heading(one["text"])
        said = columns.get(one["index"])
        if said is None or not folded or (said == one["column"] and one["how"]):
            continue
        HeaderMapping.objects.update_or_create(
            owner=batch.owner,
            kind=batch.kind,
            heading=folded,
            defaults={"column": said, "by": by, "at": timezone.now()},
        )


def _check_again(by: User, batch: ImportBatch, chosen: dict) -> Job:
    move(batch, BatchState.UPLOADED, workflow=IMPORT_BATCH, chosen=chosen, remarks=[])
    return request_check(by=by, batch=batch)


def _hold(batch: ImportBatch, version: int, *states: BatchState) -> ImportBatch:
    held = ImportBatch.objects.select_for_update(no_key=True, of=("self",)).select_related("owner").get(pk=batch.pk)
    if held.version != version or held.state not in states:
        raise StaleState(str(batch))
    return held
