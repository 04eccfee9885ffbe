"""What the jobs write about an upload: rows and counts of a check, the one transaction of a commit, the way back.

Called inside the chunks of `intake/jobs.py`; nothing here opens a file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override

from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record
from matchmaking.common.crypto import seal, unseal
from matchmaking.common.workflow import StaleState, move
from matchmaking.intake.examining import Examination
from matchmaking.intake.headings import Heading, HeadingProblem
from matchmaking.intake.importing import CHECK, LIVE, Desk, Done, ReadyRow, RowKind, Target, find_kind
from matchmaking.intake.models import REMARKED, BatchState, ImportBatch, ImportRow, RowGroup
from matchmaking.intake.said import stored
from matchmaking.intake.settling import ExaminedRow, Mended, outcome_of
from matchmaking.intake.workflow import IMPORT_BATCH
from matchmaking.notifications.services import notify

AT_ONCE = 1_000
DEEDS = {RowGroup.MISSING: "withdrawn", RowGroup.CHANGED: "changed", RowGroup.NEW: "created"}
_AFTER_A_COMMIT = ("changed_meanwhile", "commit_failed")


class OutcomeChanged(Exception):
    """The records changed between check and commit, so the preview no longer says what would happen."""


def url_of(batch: ImportBatch) -> str:
    return reverse("imports:detail", args=[batch.uuid])


# --- Check -------------------------------------------------------------------------------------------------------


def forget_rows(*, batch: ImportBatch) -> None:
    """Drop what an earlier attempt at the check stored."""
    batch.rows.all().delete()


def store_rows(*, batch: ImportBatch, rows: Iterable[ExaminedRow]) -> None:
    """Store the result of the check of some rows. Private cells are stored encrypted."""
    kind = find_kind(batch.kind)
    ImportRow.objects.bulk_create(ImportRow(batch=batch, row_no=row.row_no, **fields_of(row, kind)) for row in rows)


def fields_of(row: ExaminedRow, kind: RowKind) -> dict[str, Any]:
    """The columns of an ImportRow that an examination gives."""
    private = kind.private
    return {
        "group": row.group,
        "values": _sealed({name: text for name, text in row.written.items() if text}, private),
        "mended": _sealed(row.mended, private),
        "cleaned": outcome_of(row, kind),
        "errors": row.errors,
        "remarks": row.remarks,
        "missing": row.missing,
        "words": row.words,
        "target_id": row.target.uuid if row.target else None,
        "target_no": row.target.number if row.target else "",
        "similar": [
            {"uuid": str(one.target.uuid), "number": one.target.number, "label": one.target.label,
             "score": one.score, "why": one.why}
            for one in row.similar
        ],
        "answer": row.answer,
    }  # fmt: skip


def texts_of(values: Mapping[str, str], kind: RowKind) -> dict[str, str]:
    """The cells of a stored row as they are read, private ones unsealed."""
    return {name: unseal(text) if text and name in kind.private else text for name, text in values.items()}


def _sealed(values: Mapping[str, str], private: frozenset[str]) -> dict[str, str]:
    return {name: seal(text) if text and name in private else text for name, text in values.items()}


def mended_of(batch: ImportBatch) -> dict[int, Mended]:
    """What people wrote in the browser, by row: on the rows, or kept while the file is checked again."""
    kind = find_kind(batch.kind)
    kept = batch.chosen.get("mended")
    if kept is None:
        kept = keep_mended(batch)
    return {int(no): Mended(texts_of(cells, kind), answer, bool(out)) for no, (cells, answer, *out) in kept.items()}


def keep_mended(batch: ImportBatch) -> dict[str, Any]:
    """The same in the form in which it is kept in `chosen`."""
    touched = batch.rows.touched().values_list("row_no", "mended", "answer", "group")
    return {
        str(no): [cells, answer, *([True] if group == RowGroup.LEFT_OUT else [])]
        for no, cells, answer, group in touched
    }


@transaction.atomic
def check_batch(*, batch: ImportBatch, examination: Examination, note: str = "") -> None:
    """Close the check: missing records, counts and remarks, the state, and a word to the person who uploaded the file.

    `note` is the code of a remark that stands before all others.
    """
    store_missing(batch=batch, targets=examination.absent(), kind=examination.kind)
    counts = {**examination.counts, **count_rows(batch)}
    remarks = [{"code": note, "params": {}}] if note else []
    heading = examination.heading
    where = heading.stored() | {"sheet": examination.table.sheet, "sheets": examination.table.other_sheets}
    chosen = {name: value for name, value in batch.chosen.items() if name != "mended"}
    move(batch, BatchState.CHECKED, workflow=IMPORT_BATCH, counts=counts, remarks=[*remarks, *examination.remarks],
         heading=where, headings=_headings(heading), chosen=chosen)  # fmt: skip
    _tell(batch, "import_checked", batch.created_by)


def store_missing(*, batch: ImportBatch, targets: Iterable[Target], kind: RowKind) -> None:
    """Store the records that the file does not have; they are left alone unless somebody says otherwise."""
    ImportRow.objects.bulk_create(
        (
            ImportRow(
                batch=batch,
                group=RowGroup.MISSING,
                values={kind.key: target.label},
                cleaned={"version": target.version, "obstacle": stored(target.obstacle)},
                target_id=target.uuid,
                target_no=target.number,
            )
            for target in targets
        ),
        batch_size=AT_ONCE,
    )


def count_rows(batch: ImportBatch) -> dict[str, int]:
    """Count the rows of a batch in every way in which its page shows them."""
    writable = Q(group__in=[RowGroup.NEW, RowGroup.CHANGED])
    live, check = (Q(group=RowGroup.CHANGED, cleaned__changes__contains=[{"goes": goes}]) for goes in (LIVE, CHECK))
    views = {str(group): Q(group=group) for group in RowGroup} | {
        "incomplete": writable & ~Q(missing=[]),
        "questions": Q(group=RowGroup.NEW, answer="") & ~Q(similar=[]),
        "alike": REMARKED,
        "mended": ~Q(mended={}),
        "withdraw": Q(withdraw=True),
        # Published records: what goes live at once, and what waits for the region. A row may do both.
        "live": live,
        "check": check,
        "revised": live | check,
    }
    # Prefixed, because a name that is a column's would hide the column.
    counts = batch.rows.aggregate(**{f"n_{name}": Count("pk", filter=view) for name, view in views.items()})
    return {name.removeprefix("n_"): count for name, count in counts.items()}


@transaction.atomic
def ask_for_columns(*, batch: ImportBatch, problem: HeadingProblem) -> None:
    """There is a row of headings, but the file cannot be read by it alone: a person assigns the columns."""
    assert problem.heading is not None  # the caller chose the problems with one
    remarks = [{"code": problem.code, "params": problem.params}]
    move(batch, BatchState.MAPPING, workflow=IMPORT_BATCH, remarks=remarks, heading=problem.heading.stored(),
         headings=_headings(problem.heading))  # fmt: skip
    _tell(batch, "import_columns", batch.created_by)


def _headings(heading: Heading) -> list[dict[str, Any]]:
    """The headings as they are stored; what stands below them may be personal, so it is sealed."""
    return [asdict(one) | {"sample": [seal(text) for text in one.sample]} for one in heading.cells]


@transaction.atomic
def refuse_batch(*, batch: ImportBatch, code: str, params: dict[str, Any]) -> None:
    """The file as a whole cannot be read; the batch says why."""
    move(batch, BatchState.REFUSED, workflow=IMPORT_BATCH, refusal={"code": code, "params": params})
    record(by=None, verb="import.refused", about=batch, kind="import", organisation=batch.owner,
           to_state=batch.state, detail={"code": code})  # fmt: skip
    _tell(batch, "import_refused", batch.created_by)


@transaction.atomic
def refuse_revisions(*, batch: ImportBatch, count: int) -> None:
    """The file would change more published records than one transaction may hold."""
    forget_rows(batch=batch)
    refuse_batch(batch=batch, code="too_many_revised", params={"count": count, "limit": settings.IMPORT_MAX_REVISED})


# --- Commit ------------------------------------------------------------------------------------------------------


def expect_confirmed(*, batch: ImportBatch, rows: Sequence[ExaminedRow]) -> None:
    """Raise OutcomeChanged when a piece of the file would do something else than the preview said."""
    kind = find_kind(batch.kind)
    found = [
        (row.row_no, str(row.group), row.target.uuid if row.target else None, outcome_of(row, kind), row.answer)
        for row in rows
    ]
    stored_rows = batch.rows.filter(row_no__in=[row.row_no for row in rows]).order_by("row_no")
    if list(stored_rows.values_list("row_no", "group", "target_id", "cleaned", "answer")) != found:
        raise OutcomeChanged
    if any(row.is_question for row in rows):
        raise OutcomeChanged


def expect_missing(*, batch: ImportBatch, examination: Examination) -> None:
    """Raise OutcomeChanged when rows are fewer than stored, or a record to be withdrawn is not what it was."""
    counts = examination.counts
    if batch.rows.in_file().count() != sum(counts[group] for group in RowGroup.values):
        raise OutcomeChanged
    absent = {(target.uuid, target.version) for target in examination.absent() if not target.obstacle}
    if not {(target.uuid, target.version) for target in to_withdraw(batch)} <= absent:
        raise OutcomeChanged


def to_withdraw(batch: ImportBatch) -> list[Target]:
    """The missing records that somebody chose to withdraw, as they were at the check."""
    chosen = batch.rows.filter(withdraw=True).order_by("pk").values_list("target_id", "target_no", "cleaned")
    return [Target(uuid, number, cleaned["version"]) for uuid, number, cleaned in chosen if uuid]


def hold_owner(batch: ImportBatch) -> None:
    """From here to the end of the transaction no second upload of this organisation can write."""
    Organisation.objects.select_for_update(no_key=True, of=("self",)).get(pk=batch.owner_id)


def write_piece(*, by: User, batch: ImportBatch, desk: Desk, rows: Sequence[ReadyRow]) -> tuple[int, int]:
    """Write some good rows in the caller's one transaction; return how many records were made and changed."""
    saved = desk.save(by=by, batch=batch, rows=rows)
    new = [row.row_no for row in rows if row.target is None]
    changed = [row.row_no for row in rows if row.target is not None]
    _link(batch, dict(zip(new, saved.created, strict=True)) | dict(zip(changed, saved.updated, strict=True)))
    return len(new), len(changed)


def number_created(*, by: User, batch: ImportBatch, desk: Desk) -> None:
    """Draw the public numbers, last in the transaction: whoever files a record of this kind meanwhile waits for it."""
    made = batch.rows.filter(group=RowGroup.NEW, version_after__isnull=False).order_by("row_no")
    numbers = desk.number(by=by, uuids=[uuid for uuid in made.values_list("target_id", flat=True) if uuid])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE intake_importrow AS line SET target_no = made.number "
            "FROM unnest(%s::uuid[], %s::text[]) AS made(uuid, number) "
            "WHERE line.batch_id = %s AND line.target_id = made.uuid",
            [[str(uuid) for uuid in numbers], list(numbers.values()), batch.pk],
        )


def withdraw_missing(*, by: User, batch: ImportBatch, desk: Desk) -> int:
    """Withdraw the chosen records in the caller's one transaction."""
    targets = to_withdraw(batch)
    with override("zh-hans"):  # the reason stands in the record's file, in the language of the workbook
        words = {"file": batch.file.name, "day": timezone.localdate(batch.created_at).isoformat()}
        reason = gettext("Not in the list “%(file)s” uploaded on %(day)s.") % words
    numbers = {done.uuid: done for done in desk.withdraw(by=by, batch=batch, targets=targets, reason=reason)}
    chosen = dict(batch.rows.filter(withdraw=True).values_list("target_id", "pk"))
    _link(batch, {chosen[uuid]: done for uuid, done in numbers.items() if uuid}, column="id")
    return len(targets)


def close_commit(*, by: User, batch: ImportBatch, written: Mapping[str, int]) -> None:
    """Close the commit in its transaction: state, history, and a word to the person who pressed the button."""
    before = batch.state
    move(batch, BatchState.COMMITTED, workflow=IMPORT_BATCH)
    record(by=by, verb="import.committed", about=batch, kind="import", organisation=batch.owner, from_state=before,
           to_state=batch.state, detail=dict(written))  # fmt: skip
    _tell(batch, "import_committed", by)


def _link(batch: ImportBatch, done: Mapping[int, Done], *, column: str = "row_no") -> None:
    """Let rows point at the records they made, and keep what an undo needs.

    One statement: bulk_update would take a second for a thousand.
    """
    before = ImportRow._meta.get_field("before")  # noqa: SLF001  (seals as a save would)
    sealed = [before.get_db_prep_value(one.before, connection) for one in done.values()]  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE intake_importrow AS line SET target_id = made.uuid, target_no = made.number, "  # noqa: S608
            "version_after = made.version, before = made.before, "
            "cleaned = CASE WHEN made.change = '' THEN cleaned "
            "ELSE jsonb_set(cleaned, '{change}', to_jsonb(made.change)) END "
            "FROM unnest(%s::bigint[], %s::uuid[], %s::text[], %s::int[], %s::bytea[], %s::text[]) "
            "AS made(key, uuid, number, version, before, change) "
            f"WHERE line.batch_id = %s AND line.{column} = made.key",
            [
                list(done),
                [str(one.uuid) for one in done.values()],
                [one.number for one in done.values()],
                [one.version for one in done.values()],
                [None if one is None else bytes(getattr(one, "adapted", one)) for one in sealed],
                [str(one.change or "") for one in done.values()],
                batch.pk,
            ],
        )


@transaction.atomic
def reopen_batch(*, batch: ImportBatch, code: str) -> None:
    """A commit wrote nothing: back to the preview, which says why."""
    kept = [one for one in batch.remarks if one["code"] not in _AFTER_A_COMMIT]
    move(batch, BatchState.CHECKED, workflow=IMPORT_BATCH, remarks=[{"code": code, "params": {}}, *kept])
    _tell(batch, "import_checked", batch.created_by)


# --- Undo --------------------------------------------------------------------------------------------------------


def done_by(batch: ImportBatch) -> Iterator[Done]:
    """What the commit of a batch did, the withdrawals first, without what an undo gives back."""
    for group, deed in DEEDS.items():
        rows = batch.rows.filter(group=group, version_after__isnull=False).order_by("pk")
        facts = rows.values_list("target_id", "target_no", "version_after", "cleaned__change")
        for uuid, number, version, change in facts.iterator(AT_ONCE):
            assert uuid is not None  # written together with the version
            assert version is not None
            yield Done(deed, uuid, number, version, change=UUID(change) if change else None)


def with_before(batch: ImportBatch, done: Sequence[Done]) -> list[Done]:
    """The same with what an undo gives back; for a piece at a time, because it may be the whole record."""
    touched = [one.uuid for one in done if one.deed != "created"]
    rows = batch.rows.filter(target_id__in=touched, before__isnull=False)
    before: dict[Any, Any] = dict(rows.values_list("target_id", "before"))
    return [replace(one, before=before.get(one.uuid)) for one in done]


@transaction.atomic
def close_undo(*, by: User, batch: ImportBatch, desk: Desk, count: int) -> None:
    """Close the undo in its transaction. The rows keep the numbers that were given; the file may come again.

    `desk` was opened after everything was taken back.
    """
    _hand_back(batch, desk)
    before = batch.state
    back = [done for done in done_by(batch) if done.deed == "withdrawn"]
    others = [done.number for done in with_before(batch, back) if (done.before or {}).get("state") != "draft"]
    remarks = [{"code": "back_as_draft", "params": {"numbers": "、".join(others[:20])}}] if others else []
    move(batch, BatchState.UNDONE, workflow=IMPORT_BATCH, remarks=remarks)
    batch.rows.filter(before__isnull=False).update(before=None)
    record(by=by, verb="import.undone", about=batch, kind="import", organisation=batch.owner, from_state=before,
           to_state=batch.state, detail={"records": count})  # fmt: skip
    _tell(batch, "import_undone", by)


def _hand_back(batch: ImportBatch, desk: Desk) -> None:
    """A record that has its earlier values back is again as an earlier upload left it, which can be undone next."""
    changed = batch.rows.filter(group=RowGroup.CHANGED, version_after__isnull=False)
    was = dict(changed.values_list("target_id", "cleaned__version"))
    now = {uuid: target.version for uuid in was if uuid and (target := desk.target_of(uuid))}
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE intake_importrow AS line SET version_after = made.now "
            "FROM unnest(%s::uuid[], %s::int[], %s::int[]) AS made(uuid, was, now), intake_importbatch AS batch "
            "WHERE line.target_id = made.uuid AND line.version_after = made.was AND line.batch_id = batch.id "
            "AND batch.owner_id = %s AND batch.kind = %s AND batch.state = 'committed'",
            [[str(uuid) for uuid in now], [was[uuid] for uuid in now], list(now.values()), batch.owner_id, batch.kind],
        )


@transaction.atomic
def keep_commit(*, batch: ImportBatch, code: str, params: dict[str, Any] | None = None) -> None:
    """An undo changed nothing: the upload stays imported, and its page says why."""
    if batch.state != BatchState.UNDOING:
        raise StaleState(str(batch))
    move(batch, BatchState.COMMITTED, workflow=IMPORT_BATCH, remarks=[{"code": code, "params": params or {}}])
    _tell(batch, "import_not_undone", batch.created_by)


def _tell(batch: ImportBatch, kind: str, person: User) -> None:
    notify(
        recipients=[person],
        kind=kind,
        params={"file": batch.file.name},
        url=url_of(batch),
        dedupe_key=f"{kind}:{batch.uuid}:{batch.version}",
        mail=False,
    )
