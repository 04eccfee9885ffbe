"""The owner's pages: write, change, hand in, withdraw, take up again, set a later day, write down who was found."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from matchmaking.accounts.models import Organisation
from matchmaking.common.access import access
from matchmaking.common.deciding import version_of
from matchmaking.common.workflow import IllegalMove, StaleState
from matchmaking.intake.autosave import autosaved
from matchmaking.intake.filed import change_notes, sent_back
from matchmaking.intake.once import once
from matchmaking.intake.panels import panel
from matchmaking.intake.selectors import open_notes, returned_change
from matchmaking.intake.services import changes
from matchmaking.intake.versions import Unchanged
from matchmaking.intake.views.revising import revised
from matchmaking.programmes.selectors import current_programmes
from needs.talent import rules, selectors, versioning
from needs.talent.enums import EDITABLE
from needs.talent.forms import FillForm, PostSheet, ProlongPostForm, WithdrawForm
from needs.talent.models import TalentPost, TalentPostBody
from needs.talent.sections import decisions, laid_out, rail_of
from needs.talent.services import (
    Incomplete,
    NotAllowed,
    Refused,
    create_talent_post,
    fill_talent_post,
    prolong_talent_post,
    reopen_talent_post,
    revise_talent_post,
    submit_talent_post,
    update_talent_post,
    withdraw_talent_post,
)
from needs.talent.views.loading import deciding, latest_steps, load

PAGE = ["GET", "HEAD", "POST"]


@require_http_methods(PAGE)
@access("talent.edit")
@once
@autosaved
def talent_post_create(request: HttpRequest) -> HttpResponse:
    """A new post of the enterprise the person is signed in for."""
    owner = _owner(request)
    if request.method != "POST":
        return _form(request, PostSheet(owner=owner, initial={"programme": current_programmes().first()}))
    return _save(request, PostSheet(request.POST, owner=owner), None)


@require_http_methods(PAGE)
@access("talent.edit")
@deciding
@autosaved
def talent_post_edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Change a draft or a returned post, or one that is published."""
    post = _own(request, uuid)
    revising = rules.can_revise(request.user, post)
    if request.method != "POST" and post.state not in EDITABLE and not revising:
        return _not_now(request, post)
    body = _body(request, post)
    if request.method == "POST":
        sheet = PostSheet(request.POST, owner=body.owner, post=post, body=body)
        return _revise(request, sheet, post) if revising else _save(request, sheet, post)
    waiting = _waiting(post) if revising else {}
    sheet = PostSheet(owner=body.owner, post=post, body=body, initial=waiting.get("data"),
                      invited=waiting.get("invited") or selectors.invited(post))  # fmt: skip
    return _form(request, sheet, post)


def _waiting(post: TalentPost) -> dict[str, Any]:
    """The change of a published post that waits for a check, as the service takes it."""
    change = changes.open_change(post, rules.KIND)
    return versioning.for_service(change.content) if change else {}


def _own(request: HttpRequest, uuid: UUID) -> TalentPost:
    """Load a post of the person's enterprise; 403 for everybody else who sees it."""
    post = load(request, uuid)
    if not rules.owns(request.user, post):
        raise NotAllowed
    return post


def _body(request: HttpRequest, post: TalentPost) -> TalentPostBody:
    bodies = TalentPostBody.objects.readable_by(request.user).select_related("owner__region", "tech_need")
    return bodies.get(post=post)


def _not_now(request: HttpRequest, post: TalentPost) -> HttpResponse:
    """Lead from a page that the present state of the post has closed back to the post."""
    messages.warning(request, str(IllegalMove.message))
    return redirect(post)


def _save(request: HttpRequest, sheet: PostSheet, post: TalentPost | None) -> HttpResponse:
    """Save the sheet, and hand the post in when that button was pressed: both or neither."""
    handing_in = request.POST.get("do") == "submit"
    if not sheet.is_valid(strict=handing_in):
        return _form(request, sheet, post, status=422)
    try:
        with transaction.atomic():
            saved = _write(request, sheet, post)
            if handing_in:
                submit_talent_post(by=request.user, post=saved)
    except Refused as refusal:
        sheet.add_errors(refusal.fields)
        return _form(request, sheet, post, status=422)
    except Unchanged as refusal:
        sheet.form.add_error(None, str(refusal.message))
        return _form(request, sheet, post, status=422)
    except StaleState:
        if post is None:
            raise
        return _conflict(request, post)
    messages.success(request, _("The post has been submitted.") if handing_in else _("The draft has been saved."))
    return redirect(saved)


def _revise(request: HttpRequest, sheet: PostSheet, post: TalentPost) -> HttpResponse:
    """Change a published post: what the programme checks waits, the rest is live at once."""
    if not sheet.is_valid():
        return _form(request, sheet, post, status=422)
    values = sheet.values()
    values.pop("programme", None)
    try:
        came = revise_talent_post(by=request.user, post=post, version=sheet.form.cleaned_data.get("version") or 0,
                                  data=values, invited=sheet.guests())  # fmt: skip
    except Refused as refusal:
        sheet.add_errors(refusal.fields)
        return _form(request, sheet, post, status=422)
    except StaleState:
        return _conflict(request, post)
    return revised(request, came)


def _write(request: HttpRequest, sheet: PostSheet, post: TalentPost | None) -> TalentPost:
    values = sheet.values()
    if post is None:
        return create_talent_post(by=request.user, owner=sheet.owner, programme=values.pop("programme"), data=values,
                                  invited=sheet.guests())  # fmt: skip
    version = sheet.form.cleaned_data.get("version") or 0
    return update_talent_post(by=request.user, post=post, version=version, data=values, invited=sheet.guests())


def _conflict(request: HttpRequest, post: TalentPost) -> HttpResponse:
    """Show the form again with the person's own text; saving once more then writes over the newer version."""
    post = load(request, post.uuid)
    body = _body(request, post)
    kept = request.POST.copy()
    kept["version"] = str(post.version)
    sheet = PostSheet(kept, owner=body.owner, post=post, body=body)
    sheet.is_valid()
    return _form(request, sheet, post, status=409, conflict=True)


def _form(
    request: HttpRequest, sheet: PostSheet, post: TalentPost | None = None, *, status: int = 200, conflict: bool = False
) -> HttpResponse:
    steps = decisions(post) if post else []
    came_back = sent_back(steps)
    revising = post is not None and rules.can_revise(request.user, post)
    if post and revising:
        notes = change_notes(post, rules.KIND)
    else:
        notes = open_notes(post, rules.KIND) if post and came_back else {}
    context = {
        "form": sheet.form,
        "invited": sheet.invited,
        "owner": sheet.owner,
        "post": post,
        "steps": laid_out(sheet, notes, checked_in=post.programme if post and revising else None),
        "revising": revising,
        "returned_change": returned_change(post, rules.KIND) if post and revising else None,
        "rail": rail_of(sheet, notes),
        "draft_key": f"talent_post:{post.uuid if post else 'new'}",
        "files": panel(request.user, rules.KIND, post, editing=True) if post else None,
        "cancel": post.get_absolute_url() if post else reverse("talent:talent_post_mine"),
        "conflict": latest_steps(request, post) if conflict and post else [],
        "sent_back": came_back,
    }
    return render(request, "talent/talent_post_form.html", context, status=status)


def _owner(request: HttpRequest) -> Organisation:
    """Return the enterprise of the chosen membership if it may offer posts, else the first one that may."""
    owners = request.user.organisations_with("talent.edit")
    membership = getattr(request, "membership", None)  # set by the middleware of accounts
    chosen = membership.organisation_id if membership else None
    if not owners:
        raise PermissionDenied
    return next((owner for owner in owners if owner.pk == chosen), owners[0])


@require_POST
@access("talent.edit")
@deciding
def talent_post_submit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Hand in the stored text; when something is missing, the page says what."""
    post = load(request, uuid)
    try:
        submit_talent_post(by=request.user, post=post, version=version_of(request))
    except Unchanged as refusal:
        messages.error(request, str(refusal.message))
    except Incomplete:
        messages.error(request, _("Some things are missing before the post can be submitted; they are listed here."))
    else:
        messages.success(request, _("The post has been submitted."))
    return redirect(post)


@require_POST
@access("talent.edit")
@deciding
def talent_post_reopen(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Make a draft of a withdrawn or rejected post."""
    post = load(request, uuid)
    reopen_talent_post(by=request.user, post=post, version=version_of(request))
    messages.success(request, _("The post is a draft again."))
    return redirect("talent:talent_post_edit", post.uuid)


@require_http_methods(PAGE)
@access("talent.edit")
@deciding
def talent_post_withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take a post back, with the reason."""
    post = _own(request, uuid)
    if request.method != "POST" and not rules.can_withdraw(request.user, post):
        return _not_now(request, post)
    form = WithdrawForm(request.POST or None, initial={"version": post.version})
    if form.is_valid():
        withdraw_talent_post(by=request.user, post=post, **form.cleaned_data)
        messages.success(request, _("The post has been withdrawn."))
        return redirect(post)
    lead = _("It leaves the list. You can take it up again as a draft.")
    return _step_page(request, post, form, title=_("Withdraw this post"), lead=lead, submit=_("Withdraw"))


@require_http_methods(PAGE)
@access("talent.edit")
@deciding
def talent_post_prolong(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Set a later closing date; an expired or filled post is published again."""
    post = _own(request, uuid)
    if request.method != "POST" and not rules.can_prolong(request.user, post):
        return _not_now(request, post)
    form = ProlongPostForm(request.POST or None, initial={"version": post.version, "open_until": post.open_until})
    if form.is_valid():
        try:
            prolong_talent_post(by=request.user, post=post, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("open_until", refusal.fields["open_until"])
        else:
            messages.success(request, _("The post is open until %(day)s.") % {"day": post.open_until})
            return redirect(post)
    return _step_page(request, post, form, title=_("Set a later closing date"), lead="", submit=_("Save"))


@require_http_methods(PAGE)
@access("talent.edit")
@deciding
def talent_post_fill(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Write down how many people have been found; with the last one the post is filled."""
    post = _own(request, uuid)
    if request.method != "POST" and not rules.can_fill(request.user, post):
        return _not_now(request, post)
    start = {"version": post.version, "filled": post.headcount}
    form = FillForm(request.POST or None, initial=start)
    if form.is_valid():
        try:
            fill_talent_post(by=request.user, post=post, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("filled", refusal.fields["filled"])
        else:
            said = _("%(filled)d of %(wanted)d people found.") % {"filled": post.filled, "wanted": post.headcount}
            messages.success(request, said)
            return redirect(post)
    lead = _("The post asks for %(count)d.") % {"count": post.headcount}
    return _step_page(request, post, form, title=_("People found"), lead=lead, submit=_("Save"))


def _step_page(request: HttpRequest, post: TalentPost, form: forms.Form, **words: Any) -> HttpResponse:
    context = {"post": post, "form": form, **words}
    return render(request, "talent/talent_post_step.html", context, status=422 if form.is_bound else 200)
