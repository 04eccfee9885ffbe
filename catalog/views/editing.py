"""Enter and edit an achievement: one long form in sections, with rows of four kinds."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog import rules
from catalog.forms import AchievementForm, RowsFormSet
from catalog.models import Achievement
from catalog.presenting import SECTIONS, Item
from catalog.selectors import for_page, visible_or_404
from catalog.services import (
    Incomplete,
    create_achievement,
    missing_fields,
    revise_achievement,
    submit_achievement,
    update_achievement,
)
from catalog.services.checking import NEEDED_FIELDS
from catalog.sheet import all_valid, bound, rows_of
from matchmaking.activity.selectors import history
from matchmaking.common.access import access
from matchmaking.common.rails import Part, rail
from matchmaking.common.workflow import StaleState
from matchmaking.intake.autosave import autosaved
from matchmaking.intake.filed import change_notes
from matchmaking.intake.once import once
from matchmaking.intake.panels import panel
from matchmaking.intake.selectors import last_return, open_notes, returned_change
from matchmaking.intake.versions import Unchanged
from matchmaking.intake.views.revising import revised
from matchmaking.programmes.selectors import needs_check


@require_http_methods(["GET", "HEAD", "POST"])
@access("achievement.edit")
@once
@autosaved
def achievement_create(request: HttpRequest) -> HttpResponse:
    owners = rules.owners_for_new(request.user)
    if not owners:
        raise PermissionDenied
    owner = next((one for one in owners if str(one.pk) == request.POST.get("owner", "")), owners[0])
    form, sets = bound(request.POST or None, None, owner)
    if request.method == "POST" and all_valid(form, sets):
        achievement = create_achievement(
            by=request.user, owner=owner, programme=form.cleaned_data["programme"], data=form.data_for_service(),
            **rows_of(sets, owner),
        )  # fmt: skip
        return _saved(request, achievement)
    context = {"owners": owners, "owner": owner}
    return _page(request, form, sets, context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@access("achievement.edit")
@autosaved
def achievement_edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    achievement = visible_or_404(request.user, uuid)
    revising = rules.can_revise(request.user, achievement)
    if not revising and not rules.can_edit(request.user, achievement):
        raise PermissionDenied
    owner = achievement.body.owner
    form, sets = bound(request.POST or None, achievement, owner)
    context = {"achievement": achievement}
    if request.method != "POST":
        if "check" in request.GET:
            _mark(form, sets, missing_fields(achievement))
        return _page(request, form, sets, context)
    if not all_valid(form, sets):
        return _page(request, form, sets, context, status=422)
    values: dict[str, Any] = {"version": form.cleaned_data["version"] or 0, "data": form.data_for_service()}
    values |= rows_of(sets, owner)
    try:
        if revising:
            return revised(request, revise_achievement(by=request.user, achievement=achievement, **values))
        saved = update_achievement(by=request.user, achievement=achievement, **values)
    except StaleState:
        return _conflict(request, achievement)
    except Incomplete as refusal:  # a record in the pool stays complete
        _mark(form, sets, refusal.fields)
        return _page(request, form, sets, context, status=422)
    return _saved(request, saved)


def _saved(request: HttpRequest, achievement: Achievement) -> HttpResponse:
    """After saving: to the page of the record, or on to handing it in."""
    if request.POST.get("save") != "submit":
        messages.success(request, _("The draft is saved."))
        return redirect(achievement)
    fresh = get_object_or_404(for_page(Achievement.objects.visible_to(request.user)), pk=achievement.pk)
    if missing_fields(fresh):
        messages.warning(request, _("The draft is saved. Some fields are still missing; they are marked below."))
        return redirect(_check_url(fresh))
    if rules.is_unit_officer(request.user, fresh):
        return redirect("catalog:achievement_submit", fresh.uuid)
    try:
        submit_achievement(by=request.user, achievement=fresh, version=fresh.version)
    except (
        Incomplete,
        StaleState,
        Unchanged,
    ):  # somebody changed it between the two steps: the page shows how it stands
        return redirect(fresh)
    messages.success(request, _("The record is with the transfer officers of your unit."))
    return redirect(fresh)


def _check_url(achievement: Achievement) -> str:
    return f"{reverse('catalog:achievement_edit', args=[achievement.uuid])}?check=1"


def _mark(form: AchievementForm, sets: dict[str, RowsFormSet], missing: dict[str, Any]) -> None:
    form.mark_missing(missing)
    for name, sentence in missing.items():
        if name in sets:
            sets[name].mark_missing(sentence)


def _conflict(request: HttpRequest, achievement: Achievement) -> HttpResponse:
    """Somebody else saved first: the person's text stays in the form, and saving again is a decision of his own."""
    fresh = visible_or_404(request.user, achievement.uuid)
    if not rules.can_edit(request.user, fresh) and not rules.can_revise(request.user, fresh):
        messages.error(request, StaleState.message)
        messages.info(request, _("What you typed is kept under “Unsaved texts”."))
        elsewhere = redirect("drafts:list" if request.POST.get("draft") else fresh)
        elsewhere.not_saved = True  # type: ignore[attr-defined]  # his unsaved text stays
        return elsewhere
    data = request.POST.copy()
    data["version"] = str(fresh.version)
    form, sets = bound(data, fresh, fresh.body.owner)
    all_valid(form, sets)
    context = {"achievement": fresh, "conflict": history(fresh, kind="achievement", show_people=True, limit=1)}
    return _page(request, form, sets, context, status=409)


def _page(
    request: HttpRequest,
    form: AchievementForm,
    sets: dict[str, RowsFormSet],
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    achievement = context.get("achievement")
    revising = bool(achievement) and rules.can_revise(request.user, achievement)
    notes = open_notes(achievement, "achievement") if achievement else {}
    if achievement and revising:
        notes = change_notes(achievement, "achievement")
    context = {
        "achievement": None, "owners": [], "owner": None, "conflict": [], **context,
        "form": form,
        "draft_key": f"achievement:{achievement.uuid if achievement else 'new'}",
        "formsets": list(sets.values()),
        "sections": [
            {
                "section": section,
                "items": [
                    _item(item, form, sets, notes, achievement)
                    | {"checked": revising and needs_check(achievement.programme, "achievement", item.name)}
                    for item in section.items if _is_shown(item, form)
                ],
            }
            for section in SECTIONS
        ],
        "rail": rail(_parts(form), form=form, sets=sets, needed=NEEDED_FIELDS, noted=notes),
        "sent_back": last_return(achievement, "achievement") if achievement else None,
        "files": panel(request.user, "achievement", achievement, editing=True) if achievement else None,
        "revising": revising,
        "returned_change": returned_change(achievement, "achievement") if revising else None,
        "for_unit": bool(achievement) and rules.is_unit_officer(request.user, achievement),
    }  # fmt: skip
    return render(request, "catalog/achievement_form.html", context, status=status)


def _parts(form: AchievementForm) -> list[Part]:
    steps = [
        Part(
            section.id,
            section.title,
            fields=[item.name for item in section.items if not item.is_rows and item.name in form.fields],
            rows=[item.name for item in section.items if item.is_rows],
        )
        for section in SECTIONS
    ]
    return [*steps, Part("evidence", _("Evidence and files"))]


def _is_shown(item: Item, form: AchievementForm) -> bool:
    return item.is_rows or item.name in form.fields


def _item(
    item: Item, form: forms.Form, sets: dict[str, RowsFormSet], notes: dict[str, str], achievement: Achievement | None
) -> dict[str, Any]:
    note = notes.get(item.name, "")
    if not item.is_rows:
        return {"rows": None, "bound": form[item.name], "width": item.width, "note": note}
    rows = sets[item.name]
    marked = [] if rows.is_bound else list(getattr(rows, "_non_form_errors", None) or [])
    ending = []
    if item.name == "ip_items" and achievement:
        ending = [right for right in achievement.ip_items.all() if right.standing]
    return {"rows": rows, "item": item, "width": item.width, "note": note, "marked": marked, "ending": ending}
