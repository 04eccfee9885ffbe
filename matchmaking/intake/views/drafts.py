"""What `static/js/autosave.js` talks to: keep a text, offer it, hand it back, discard it. All only for its writer."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from matchmaking.common.access import SIGNED_IN, access
from matchmaking.intake.autosave import page_uuid
from matchmaking.intake.drafts import Unreadable, is_key, is_marked, offers_for, piles_of, read_fields
from matchmaking.intake.models import FormDraft
from matchmaking.intake.services.drafts import DraftMoved, Marked, drop_draft, save_draft


@require_POST
@access(SIGNED_IN)
def draft_save(request: HttpRequest) -> HttpResponse:
    """Keep the content of a form. `moved`: the page is behind and goes on under a new uuid. 422: not a form, or a text
    that must not be stored; then `refused` says why."""
    key, uuid = request.POST.get("key", ""), page_uuid(request.POST.get("page", ""))
    try:
        fields = read_fields(request.POST.get("fields", ""))
    except Unreadable:
        return JsonResponse({}, status=422)
    if uuid is None or not is_key(key):
        return JsonResponse({}, status=422)
    try:
        draft = save_draft(
            by=request.user,
            uuid=uuid,
            key=key,
            fields=fields,
            base_version=_number(request.POST.get("version", "")),
            revision=_number(request.POST.get("revision", "")) or 0,
        )
    except DraftMoved:
        return JsonResponse({"moved": True})  # usual, hence no error in anybody's console
    except Marked as refusal:
        return JsonResponse({"refused": _("Not kept. %(why)s") % {"why": refusal.message}}, status=422)
    at = timezone.localtime(draft.saved_at)
    return JsonResponse({"revision": draft.revision, "at": f"{at:%H:%M}"})


@require_safe
@access(SIGNED_IN)
def draft_offers(request: HttpRequest) -> HttpResponse:
    """The unsaved texts of one form, for the place above it."""
    key = request.GET.get("key", "")
    version, shown = _number(request.GET.get("version", "")), page_uuid(request.GET.get("page", ""))
    offers = offers_for(request.user, key, version=version, shown=shown) if is_key(key) else []
    return render(request, "intake/_draft_offers.html", {"offers": offers})


@require_safe
@access(SIGNED_IN)
def draft_list(request: HttpRequest) -> HttpResponse:
    """All unsaved texts of a person, to be read and copied also where the form is closed to him by now."""
    return render(request, "intake/drafts.html", {"piles": piles_of(request.user)})


@require_safe
@access(SIGNED_IN)
def draft_read(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What was typed, for the form that takes it up."""
    draft = get_object_or_404(FormDraft.objects.visible_to(request.user), uuid=uuid)
    if is_marked(draft):
        raise Http404
    return JsonResponse({"fields": draft.fields, "revision": draft.revision})


@require_POST
@access(SIGNED_IN)
def draft_discard(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Discard an unsaved text: on its page back to the others; the script of a form takes an empty answer."""
    drop_draft(by=request.user, uuid=uuid)
    return HttpResponse() if "X-CSRFToken" in request.headers else redirect("drafts:list")


def _number(text: str) -> int | None:
    """A version or revision as the page sends it; anything else counts as none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
