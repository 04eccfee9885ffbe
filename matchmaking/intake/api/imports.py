"""Uploads through the API: a workbook, or rows as JSON, goes the way of an upload in the browser.

The same job checks it with the same code, the report names the same cells, and nothing is written before it is
committed. This is the bulk upsert of every kind of records.
"""

import csv
from io import BytesIO, TextIOWrapper
from typing import Any, cast

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from matchmaking.common.access import SIGNED_IN
from matchmaking.common.api.parsing import StrictJSONParser
from matchmaking.common.api.problems import Problem
from matchmaking.common.api.sheets import SheetSerializer
from matchmaking.intake.api.idempotency import idempotent
from matchmaking.intake.api.writing import PLACE, VersionInput, WritingMixin
from matchmaking.intake.importing import RowKind, UnknownRowKind, find_kind, kinds_for
from matchmaking.intake.models import ImportBatch, ImportRow
from matchmaking.intake.refusals import advice_of, errors_of, remarks_of, sentence_of
from matchmaking.intake.selectors import rows_of, uploads_of
from matchmaking.intake.services.imports import (
    FileRefused,
    InvalidRowsLeft,
    NothingToImport,
    SameFile,
    TooManyRevised,
    UnansweredQuestions,
    abandon_batch,
    commit_batch,
    start_import,
)
from matchmaking.intake.services.undoing import UndoBlocked, undo_batch

MAX_ROWS = 5_000  # as JSON; a file holds more
GROUPS = ("new", "changed", "unchanged", "missing", "invalid", "left_out", "incomplete", "questions")


class ImportInput(SheetSerializer):
    """A file (multipart), or rows (JSON) as objects of column names or Chinese headings."""

    kind = serializers.CharField(max_length=20, help_text="achievement, need, scenario, talent_post, expert …")
    file = serializers.FileField(required=False)
    rows = serializers.ListField(child=serializers.DictField(), required=False, max_length=MAX_ROWS)
    programme, owner = PLACE["programme"], PLACE["owner"]


class CommitInput(VersionInput):
    leave_out_invalid = serializers.BooleanField(default=False)


class ImportSerializer(serializers.ModelSerializer[ImportBatch]):
    """An upload; `counts` say how many rows of the file are in which group."""

    file = serializers.CharField(source="file.name")
    refusal = serializers.SerializerMethodField()
    remarks = serializers.SerializerMethodField()

    class Meta:
        model = ImportBatch
        fields = ("uuid", "kind", "file", "state", "version", "counts", "refusal", "remarks", "created_at")
        read_only_fields = fields

    def get_refusal(self, batch: ImportBatch) -> str | None:
        if not batch.refusal:
            return None
        return " ".join(filter(None, [str(sentence_of(batch.refusal)), str(advice_of(batch.refusal) or "")]))

    def get_remarks(self, batch: ImportBatch) -> list[str]:
        return [str(remark) for remark in remarks_of(batch.remarks)]


class RowSerializer(serializers.ModelSerializer[ImportRow]):
    """A row of the report: its group, the cells that cannot be read, what would change, what is still missing.

    A change of a published record says in `goes` how it takes effect: `live` (at once) or `check` (when the region has
    checked it; until then the former text is shown).
    """

    errors = serializers.SerializerMethodField()  # type: ignore[assignment]  # popped by the metaclass
    changes = serializers.SerializerMethodField()

    class Meta:
        model = ImportRow
        fields = ("row_no", "group", "target_no", "errors", "changes", "missing", "similar")
        read_only_fields = fields

    def get_errors(self, row: ImportRow) -> list[dict[str, str]]:
        return [{name: str(one[name]) for name in ("cell", "column", "message", "hint")} for one in errors_of(row)]

    def get_changes(self, row: ImportRow) -> list[dict[str, str]]:
        private = {column.name for column in find_kind(row.batch.kind).columns if column.private}
        return [change for change in row.cleaned.get("changes", []) if change["name"] not in private]


class ImportViewSet(WritingMixin, viewsets.ReadOnlyModelViewSet[ImportBatch]):
    """Uploads of the organisations for which you may import."""

    access = (SIGNED_IN,)
    lookup_field = "uuid"
    lookup_value_converter = "uuid"
    queryset = ImportBatch.objects.none()  # names the model to the OpenAPI document
    serializer_class = ImportSerializer
    filterset_class = None
    parser_classes = (StrictJSONParser, MultiPartParser)
    capability = "import"
    not_allowed = incomplete = ()  # type: ignore[assignment]

    def get_queryset(self) -> QuerySet[ImportBatch]:
        return uploads_of(self.writer()).select_related("file")

    @extend_schema(request={"multipart/form-data": ImportInput, "application/json": ImportInput},
                   responses={202: ImportSerializer})  # fmt: skip
    @idempotent
    def create(self, request: Request) -> Response:
        """Send a list; 202 with the upload, whose check is a job: ask for it until its state is `checked`."""
        user, given = self.writer(), self.given(request, ImportInput)
        kind = self._kind(given["kind"])
        if ("file" in given) == ("rows" in given):
            raise self.refuse({"/file": _("Send either a file or rows.")})
        upload = given.get("file") or _as_file(kind, given["rows"])
        owner = self.owner_of(given, user.organisations_with(kind.capability))
        try:
            batch = start_import(
                by=user, kind=kind.kind, owner=owner, programme=self.programme_of(given), upload=upload
            )
        except FileRefused as refusal:
            raise self.refuse({"/file": str(refusal)}) from None
        except SameFile as same:
            raise Problem(409, f"{same.message} {same.batch.uuid}", kind="same-file") from None
        return self.answer(batch, 202)

    @extend_schema(
        parameters=[OpenApiParameter("group", str, enum=GROUPS, required=True)], responses=RowSerializer(many=True)
    )
    @action(detail=True, pagination_class=None)
    def rows(self, request: Request, uuid: Any = None) -> Response:
        """The report row by row: one group, the first 1,000 rows after `after`."""
        batch = self.get_object()
        group = request.query_params.get("group", "")
        after = request.query_params.get("after", "0")
        if group not in GROUPS or not after.isdecimal() or len(after) > 9:
            raise self.refuse({"/group": _("Name one of: %(groups)s.") % {"groups": ", ".join(GROUPS)}})
        found = rows_of(batch, group).select_related("batch")
        if group != "missing":
            found = found.filter(row_no__gt=int(after))
        return Response(RowSerializer(found[:1_000], many=True).data)

    @extend_schema(request=CommitInput, responses={202: ImportSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def commit(self, request: Request, uuid: Any = None) -> Response:
        """Have the checked rows written by a job, all or none."""
        given = self.given(request, CommitInput)
        try:
            commit_batch(by=self.writer(), batch=self.get_object(), **given)
        except (InvalidRowsLeft, NothingToImport, TooManyRevised, UnansweredQuestions) as refusal:
            raise Problem(422, str(refusal.message)) from None
        return self.answer(self.get_object(), 202)

    @extend_schema(request=VersionInput, responses={200: ImportSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def abandon(self, request: Request, uuid: Any = None) -> Response:
        """Give an upload up before anything was written."""
        abandon_batch(by=self.writer(), batch=self.get_object(), version=self.given(request, VersionInput)["version"])
        return self.answer(self.get_object())

    @extend_schema(request=VersionInput, responses={202: ImportSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def undo(self, request: Request, uuid: Any = None) -> Response:
        """Take a committed upload back; 422 names the records that stand in the way."""
        version = self.given(request, VersionInput)["version"]
        try:
            undo_batch(by=self.writer(), batch=self.get_object(), version=version)
        except UndoBlocked as blocked:
            words = [f"{one.number}: {one.reason}" for one in blocked.blockers]
            raise Problem(422, _("Records stand in the way."), kind="undo-blocked", errors={"": words}) from None
        return self.answer(self.get_object(), 202)

    def _kind(self, name: str) -> RowKind:
        try:
            kind = find_kind(name)
        except UnknownRowKind:
            kind = None
        if kind is None or kind not in kinds_for(self.writer()):
            words = ", ".join(one.kind for one in kinds_for(self.writer()))
            raise self.refuse({"/kind": _("You can import: %(kinds)s.") % {"kinds": words}})
        return kind


def _as_file(kind: RowKind, rows: list[dict[str, Any]]) -> SimpleUploadedFile:
    """Write rows as the table a person would have sent; a name may be the column's or its heading's."""
    headings = {column.name: column.title for column in kind.columns}
    names = list(dict.fromkeys(name for row in rows for name in row))
    raw = BytesIO()
    text = TextIOWrapper(raw, encoding="utf-8-sig", newline="", write_through=True)
    table = csv.writer(text)
    table.writerow([headings.get(name, name) for name in names])
    for place, row in enumerate(rows):
        table.writerow([_cell(row.get(name), f"/rows/{place}/{name}") for name in names])
    return SimpleUploadedFile("api.csv", raw.getvalue(), content_type="text/csv")


def _cell(value: Any, pointer: str) -> str:
    """A value as it would stand in a cell: lists one to a line, yes and no in Chinese."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return "\n".join(str(one) for one in cast("list[Any]", value))
    if isinstance(value, str | int | float):
        return str(value)
    raise Problem(400, _("The input has errors."), errors={pointer: _("Give a text, a number or a list of texts.")})
