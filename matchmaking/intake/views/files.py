"""The files of a record: adding, describing, removing, and the one way by which a file leaves the store."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from matchmaking.common.access import PUBLIC, SIGNED_IN, access
from matchmaking.common.documents import DocumentRefused
from matchmaking.common.htmx import is_fragment
from matchmaking.intake import attachments
from matchmaking.intake.forms_files import UploadForm, description_of
from matchmaking.intake.models import Attachment, AttachmentVisibility
from matchmaking.intake.panels import panel
from matchmaking.intake.services.files import (
    NoSuchRecord,
    NotAllowed,
    add_attachment,
    describe_attachment,
    remove_attachment,
)

# Nothing of a file may load, send, frame or run anything.
DOWNLOAD_POLICY = (
    "default-src 'none'; script-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox"
)


@require_safe
@access(PUBLIC)
def file_open(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """A file to be saved; a picture may be shown (`?show=1`). Nothing of it can run here: see `_guarded`."""
    attachment, record = _found(request, uuid)
    if not attachments.may_read(request.user, record, attachment):
        raise Http404
    shown = "show" in request.GET and attachment.is_picture
    try:
        content = attachment.file.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    return _guarded(
        FileResponse(
            content, as_attachment=not shown, filename=attachment.file.name, content_type=attachment.media_type
        )
    )


def _guarded(response: FileResponse) -> FileResponse:
    response["Content-Security-Policy"] = DOWNLOAD_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@access(SIGNED_IN)
def file_list(request: HttpRequest, kind: str, uuid: UUID) -> HttpResponse:
    """The files of a record on a page of their own, and the address to which new ones are sent."""
    record = _record(request, kind, uuid)
    if request.method != "POST":
        if not attachments.pool_of(kind).insider(request.user, record):
            raise Http404
        return _answer(request, kind, record)
    if not attachments.may_change(request.user, kind, record):
        raise PermissionDenied
    in_pool = attachments.may_revise(request.user, kind, record)
    form = UploadForm(request.POST, request.FILES, pool=attachments.pool_of(kind), in_pool=in_pool)
    if not form.is_valid():
        return _answer(request, kind, record, form=form, status=422)
    done, refused = 0, []
    described = {name: value for name, value in form.cleaned_data.items() if name != "documents"}
    described.setdefault("visibility", AttachmentVisibility.OFFICERS)
    for upload in form.cleaned_data["documents"]:
        try:
            add_attachment(by=request.user, kind=kind, record=record, upload=upload, **described)
            done += 1
        except DocumentRefused as refusal:
            refused.append({"name": upload.name, "sentence": str(refusal)})
        except NoSuchRecord:
            raise Http404 from None
        except NotAllowed as refusal:
            raise PermissionDenied from refusal
    said = ngettext("%(number)s file was added.", "%(number)s files were added.", done) % {"number": done}
    status = 422 if refused else 200
    return _answer(request, kind, record, said=said if done else "", refused=refused, status=status)


@require_POST
@access(SIGNED_IN)
def file_change(request: HttpRequest, uuid: UUID) -> HttpResponse:
    attachment, record = _found(request, uuid)
    _may_change(request, attachment, record)
    form = description_of(attachment, request.POST)
    if not form.is_valid():
        return _answer(request, attachment.object_kind, record, status=422)
    try:
        described = {"visibility": attachment.visibility, **form.cleaned_data}
        live = describe_attachment(by=request.user, record=record, attachment=attachment, **described)
    except NoSuchRecord:
        raise Http404 from None
    except NotAllowed as refusal:
        raise PermissionDenied from refusal
    said = _("The file is described anew.") if live else _("Others see this once an officer has checked the change.")
    return _answer(request, attachment.object_kind, record, said=said)


@require_POST
@access(SIGNED_IN)
def file_remove(request: HttpRequest, uuid: UUID) -> HttpResponse:
    attachment, record = _found(request, uuid)
    _may_change(request, attachment, record)
    try:
        remove_attachment(by=request.user, record=record, attachment=attachment)
    except NoSuchRecord:
        raise Http404 from None
    except NotAllowed as refusal:
        raise PermissionDenied from refusal
    return _answer(request, attachment.object_kind, record, said=_("The file is removed."))


def _record(request: HttpRequest, kind: str, uuid: UUID) -> Any:
    try:
        record = attachments.find_record(request.user, kind, uuid)
    except attachments.NoSuchPool:
        raise Http404 from None
    if record is None:
        raise Http404
    return record


def _found(request: HttpRequest, uuid: UUID) -> tuple[Attachment, Any]:
    """A file and its record; 404 when the person does not see the record."""
    attachment = get_object_or_404(Attachment.objects.select_related("file"), uuid=uuid)
    return attachment, _record(request, attachment.object_kind, attachment.object_id)


def _may_change(request: HttpRequest, attachment: Attachment, record: Any) -> None:
    """403 for those who read the file, 404 for those who do not know of it."""
    if attachments.may_change(request.user, attachment.object_kind, record):
        return
    if not attachments.may_read(request.user, record, attachment):
        raise Http404
    raise PermissionDenied


def _answer(
    request: HttpRequest,
    kind: str,
    record: Any,
    *,
    form: UploadForm | None = None,
    said: str = "",
    refused: list[dict[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The panel for htmx; the whole page otherwise, after a change by way of a redirect."""
    if request.method == "POST" and status == 200 and not is_fragment(request):
        return redirect("files:list", kind, record.uuid)
    context = {
        "record": record,
        "panel": panel(request.user, kind, record, form=form, said=said, refused=refused or [], editing=True),
    }
    name = "intake/_attachments.html" if is_fragment(request) else "intake/attachments.html"
    return render(request, name, context, status=status)
