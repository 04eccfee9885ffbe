"""My data: what is held of me, to whom it was shown, what I may ask for."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from matchmaking.accounts.models import Consent, Correction, PersonalExport
from matchmaking.accounts.privacy import (
    assessments,
    classes,
    closing,
    consents,
    copies,
    correcting,
    opting,
    retention,
    rooms,
    selectors,
)
from matchmaking.accounts.privacy.enums import CorrectionState
from matchmaking.accounts.privacy.field_register import by_model
from matchmaking.accounts.privacy.forms import AnswerForm, CloseForm, CorrectionForm
from matchmaking.accounts.privacy.ledger import shown_of
from matchmaking.common.access import PUBLIC, SIGNED_IN, access
from matchmaking.common.pagination import paginate
from matchmaking.common.workflow import IllegalMove, StaleState

PAGE = ["GET", "HEAD", "POST"]


@require_safe
@access(SIGNED_IN)
def my_data(request: HttpRequest) -> HttpResponse:
    """What is held, where from, why and for how long; the copies, and the ways on."""
    user = request.user
    context = {
        "tab": "data",
        "rooms": selectors.overview(user),
        "copies": PersonalExport.objects.visible_to(user).defer("data").order_by("-pk")[:5],
        "requests": Correction.objects.visible_to(user).filter(person=user).order_by("-pk")[:20],
        "asked": Correction.objects.asked_of(user).filter(state="open").count(),
    }
    return render(request, "matchmaking/accounts/privacy/my_data.html", context)


@require_safe
@access(SIGNED_IN)
def ledger(request: HttpRequest) -> HttpResponse:
    """To whom what of me was shown, the newest first."""
    found = shown_of(request.user, selectors.records_about(request.user))
    context = {"tab": "ledger", "page": paginate(request, found)}
    return render(request, "matchmaking/accounts/privacy/ledger.html", context)


@require_safe
@access(SIGNED_IN)
def consent_list(request: HttpRequest) -> HttpResponse:
    context = {"tab": "consents", "consents": consents.consents_of(request.user)}
    return render(request, "matchmaking/accounts/privacy/consents.html", context)


@require_POST
@access(SIGNED_IN)
def consent_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """One click; the room that rested on the consent follows in the same transaction."""
    consent = get_object_or_404(Consent.objects.filter(user=request.user.pk), pk=pk)
    try:
        consents.withdraw_consent(by=request.user, consent=consent)
    except StaleState as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("Your consent has been withdrawn. From now on nothing is done that rests on it."))
    return redirect("privacy:consent_list")


@require_POST
@access(SIGNED_IN)
def consent_narrow(request: HttpRequest, pk: int) -> HttpResponse:
    """One click takes back what can end alone; the rest of the consent stands."""
    consent = get_object_or_404(Consent.objects.filter(user=request.user.pk), pk=pk)
    if consents.narrow_consent(by=request.user, consent=consent):
        messages.success(request, _("This part of your consent has been withdrawn. The rest of it stands."))
    return redirect("privacy:consent_list")


@require_http_methods(PAGE)
@access(SIGNED_IN)
def automatic(request: HttpRequest) -> HttpResponse:
    """Whether the engine may propose my entries, and the records of the organisations I manage."""
    choices = selectors.automatic_for(request.user)
    if request.method == "POST":
        asked = request.POST.get("organisation", "")
        known = {str(one.uuid) if one else "": one for one, _on in choices}
        if asked not in known:
            raise Http404
        on = request.POST.get("on") == "1"
        opting.set_automatic(by=request.user, organisation=known[asked], on=on)
        off = _("The engine leaves these records alone; its open proposals are being withdrawn.")
        messages.success(request, _("The engine may propose these records again.") if on else off)
        return redirect("privacy:automatic")
    return render(request, "matchmaking/accounts/privacy/automatic.html", {"tab": "automatic", "choices": choices})


@require_POST
@access(SIGNED_IN)
def copy_ask(request: HttpRequest) -> HttpResponse:
    copies.ask_copy(by=request.user)
    messages.success(request, _("Your copy is being made. You are told when it is ready; that takes a minute or two."))
    return redirect("privacy:my_data")


@require_POST
@access(SIGNED_IN)
def copy_download(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The archive; a POST, because each download is written down."""
    export = get_object_or_404(PersonalExport.objects.visible_to(request.user).defer("data"), uuid=uuid)
    archive = copies.take_copy(by=request.user, export=export)
    if archive is None:
        messages.error(request, _("This copy is no longer there. Ask for a new one."))
        return redirect("privacy:my_data")
    response = HttpResponse(archive, content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    return response


@require_http_methods(PAGE)
@access(SIGNED_IN)
def correction_ask(request: HttpRequest, room: str, uuid: UUID) -> HttpResponse:
    held = correcting.find_held(request.user, room, uuid)
    if held is None:
        raise Http404
    form = CorrectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = correcting.ask_correction(by=request.user, held=held, text=form.cleaned_data["text"])
        except correcting.Refused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            messages.success(request, _("Your request has been sent; it must be answered by the day shown here."))
            return redirect("privacy:correction_detail", asked.uuid)
    status = 422 if form.is_bound else 200
    return render(
        request, "matchmaking/accounts/privacy/correction_ask.html", {"form": form, "held": held}, status=status
    )


@require_safe
@access(SIGNED_IN)
def correction_list(request: HttpRequest) -> HttpResponse:
    """Requests of people to the organisations that one manages, the most urgent first."""
    asked = Correction.objects.asked_of(request.user).select_related("owner", "person").order_by("-state", "due_on")
    return render(request, "matchmaking/accounts/privacy/correction_list.html", {"page": paginate(request, asked)})


@require_http_methods(PAGE)
@access(SIGNED_IN)
def correction_detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A request as the person and those who answer it see it."""
    seen = Correction.objects.visible_to(request.user).select_related("owner", "person", "answered_by")
    correction = get_object_or_404(seen, uuid=uuid)
    is_asked = Correction.objects.asked_of(request.user).filter(pk=correction.pk).exists()
    if request.method == "POST" and not is_asked:
        raise PermissionDenied
    may_answer = is_asked and correction.state != CorrectionState.DONE
    if request.method == "POST" and not may_answer:  # somebody else was faster
        messages.error(request, str(StaleState.message))
        return redirect("privacy:correction_detail", uuid)
    form = AnswerForm(request.POST or None, initial={"version": correction.version}) if may_answer else None
    if request.method == "POST" and form is not None and form.is_valid() and _answered(request, correction, form):
        return redirect("privacy:correction_detail", uuid)
    context = {"correction": correction, "form": form, "is_mine": correction.person_id == request.user.pk}
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "matchmaking/accounts/privacy/correction_detail.html", context, status=status)


def _answered(request: HttpRequest, correction: Correction, form: AnswerForm) -> bool:
    said: dict[str, Any] = form.cleaned_data
    try:
        correcting.answer_correction(
            by=request.user, correction=correction, done=said["outcome"] == "done", answer=said["answer"],
            version=said["version"],
        )  # fmt: skip
    except (correcting.Refused, StaleState, IllegalMove) as refusal:
        form.add_error(None, str(refusal.message))
        return False
    messages.success(request, _("Your answer has been sent to the person."))
    return True


@require_http_methods(PAGE)
@access(SIGNED_IN)
def close(request: HttpRequest) -> HttpResponse:
    """Says what ends, what goes and what stays, and closes the account when the user name was typed."""
    form = CloseForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            closing.close_account(by=request.user)
        except (StaleState, IllegalMove) as refusal:
            form.add_error(None, str(refusal.message))
        except closing.AlreadyClosed:
            logout(request)
            return redirect("privacy:closed")
        else:
            logout(request)
            return redirect("privacy:closed")
    context = {
        "form": form,
        "tab": "close",
        "stays": [one for one in rooms.rooms() if one.stays],
        "alone": selectors.managed_alone(request.user),
    }
    status = 422 if form.is_bound else 200
    return render(request, "matchmaking/accounts/privacy/close.html", context, status=status)


@require_safe
@access(PUBLIC)
def closed(request: HttpRequest) -> HttpResponse:
    """Where whoever closed his account arrives, signed out."""
    return render(request, "matchmaking/accounts/privacy/closed.html")


@require_safe
@access(SIGNED_IN)
def rules(request: HttpRequest) -> HttpResponse:
    """The table of retention and the register of personal fields, for everybody who has an account."""
    models = [(model, [(name, said, retention.find_rule(said.retention)) for name, said in fields])
              for model, fields in by_model()]  # fmt: skip
    context = {"tab": "rules", "rules": retention.rules(), "models": models,
               "classes": classes.described(), "assessed": assessments.assessed()}  # fmt: skip
    return render(request, "matchmaking/accounts/privacy/rules.html", context)
