"""Another wording of a need: the page that proposes it, and the page where its owner takes it over by sentences."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from matchmaking.common.access import access
from matchmaking.common.fields import TextField
from matchmaking.intake.once import once
from needs import rules
from needs.models import NeedBody, NeedRewrite, NeedRewriteSentence, TechNeed
from needs.sections import label_of
from needs.services import (
    NothingProposed,
    NotNow,
    Refused,
    TextChanged,
    answer_sentence,
    propose_rewrite,
)
from needs.services.rewriting import FIELDS, text_of
from needs.views.loading import deciding, load, upper_url


class RewriteForm(forms.Form):
    """Another wording of one field, on the version that was read."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000)
    text = TextField(label=_("your wording"), max_length=2000, required=False, help_text=_(
        "Change what you would say differently and leave the rest: every sentence that differs becomes a proposal of "
        "its own."), widget=forms.Textarea(attrs={"rows": 12}))  # fmt: skip
    note = TextField(label=_("note to the enterprise"), max_length=300, required=False, help_text=_(
        "For example: with a number here, teams can tell whether they reach it."))  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@access("need.rewrite")
@once
@deciding
def need_rewrite(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Propose another wording of one field of a need; `?field=` chooses it."""
    need = _readable(request, uuid)
    if not rules.can_propose_rewrite(request.user, need):
        raise PermissionDenied
    field = request.GET.get("field", "problem")
    field = field if field in FIELDS else "problem"
    form = RewriteForm(request.POST or None, initial={"version": need.version, "text": text_of(need, field)})
    if form.is_valid():
        try:
            propose_rewrite(by=request.user, need=need, field=field, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("text", refusal.fields["text"])
        except NothingProposed as refusal:
            form.add_error("text", str(refusal.message))
        else:
            messages.success(request, gettext("Your wording has been sent to the enterprise."))
            return redirect("needs:need_rewrites", need.uuid)
    context = {
        "need": need,
        "form": form,
        "tabs": [{"label": label_of(name), "url": f"?field={name}", "active": name == field} for name in FIELDS],
        "label": label_of(field),
        "text": text_of(need, field),
        "clinic_url": upper_url("need_clinic_stored", need.uuid) + "?only=look",
    }
    return render(request, "needs/need_rewrite.html", context, status=422 if form.is_bound else 200)


@require_safe
@access("need.edit", "need.rewrite")
def need_rewrites(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The proposals for a need, newest first: for its owner to answer, for the others to read."""
    need = _readable(request, uuid)
    rewrites = NeedRewrite.objects.visible_to(request.user).filter(need=need)
    rewrites = (
        rewrites.select_related("by", "organisation").prefetch_related("sentences").order_by("-created_at", "-pk")
    )
    context = {
        "need": need,
        "rewrites": [_shown(rewrite) for rewrite in rewrites[:50]],
        "may_answer": rules.owns(request.user, need),
        "may_take_over": rules.can_edit(request.user, need) or rules.can_revise(request.user, need),
        "goes_live_later": rules.can_revise(request.user, need),
        "may_propose": rules.can_propose_rewrite(request.user, need),
        "not_now": NotNow.message,
    }
    return render(request, "needs/need_rewrites.html", context)


def _shown(rewrite: NeedRewrite) -> dict[str, Any]:
    sentences = sorted(rewrite.sentences.all(), key=lambda one: one.position)
    return {"rewrite": rewrite, "label": label_of(rewrite.field), "sentences": sentences,
            "open": sum(not one.answer for one in sentences)}  # fmt: skip


@require_POST
@access("need.edit")
@deciding
def need_rewrite_answer(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take over or keep one sentence, named by its rewrite and place."""
    need = load(request, uuid)
    seen = NeedRewrite.objects.visible_to(request.user).filter(need=need)
    written = request.POST.get("sentence", "")
    sentence = get_object_or_404(
        NeedRewriteSentence.objects.select_related("rewrite__need", "rewrite__by").filter(
            rewrite__in=seen.values("pk")
        ),
        pk=int(written) if written.isascii() and written.isdigit() and len(written) < 18 else 0,
    )
    accept = request.POST.get("answer") == "accept"
    try:
        answer_sentence(by=request.user, sentence=sentence, accept=accept)
    except (TextChanged, NotNow) as refusal:
        messages.error(request, str(refusal.message))
    except Refused as refusal:
        messages.error(request, " ".join(str(sentence) for sentence in refusal.fields.values()))
    else:
        messages.success(
            request, gettext("The sentence has been taken over.") if accept else gettext("Your sentence stays.")
        )
    return redirect(f"{reverse('needs:need_rewrites', args=[need.uuid])}#rewrite-{sentence.rewrite_id}")


def _readable(request: HttpRequest, uuid: UUID) -> TechNeed:
    """A need whose text the person reads."""
    need = load(request, uuid)
    get_object_or_404(NeedBody.objects.readable_by(request.user), need=need)
    return need
