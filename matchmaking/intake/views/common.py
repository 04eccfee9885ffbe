"""What the pages of uploads share: who may enter, which upload is meant, and the answer to a page that is too old."""

from io import BytesIO
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from matchmaking.accounts.models import User
from matchmaking.intake.importing import RowKind, UnknownRowKind, find_kind
from matchmaking.intake.models import BatchState, ImportBatch
from matchmaking.intake.selectors import uploads_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UNDER_WAY = (BatchState.UPLOADED, BatchState.COMMITTING, BatchState.UNDOING)  # a job works on it
MAY_IMPORT = "import"  # of which kinds, their own capabilities say


def kind_or_refuse(user: User, name: str) -> RowKind:
    """404 for a kind that does not exist, 403 for one that is not the person's to import."""
    try:
        kind = find_kind(name)
    except UnknownRowKind as error:
        raise Http404 from error
    if not user.can(kind.capability):
        raise PermissionDenied
    return kind


def batch_or_404(request: HttpRequest, uuid: UUID) -> ImportBatch:
    return get_object_or_404(uploads_of(request.user), uuid=uuid)


def conflict(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    """The page that was looked at is older than the upload."""
    message = _(
        "Since you opened the page, this upload has changed: somebody mended rows, checked it again or imported it. "
        "Nothing of what you just did was saved."
    )
    context: dict[str, Any] = {"message": message, "back_url": reverse("imports:detail", args=[batch.uuid])}
    return render(request, "409.html", context, status=409)


def workbook(file: BytesIO, name: str) -> FileResponse:
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
