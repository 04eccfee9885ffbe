"""Pages of the review that are the same for every kind of record: the officers' overview, and versions compared."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from matchmaking.activity.selectors import history
from matchmaking.common.access import SIGNED_IN, access
from matchmaking.common.deciding import conflict
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.workflow import IllegalMove, StaleState
from matchmaking.intake import filed, queues, reviewed, versions
from matchmaking.intake.comparing import differences, version, versions_of
from matchmaking.intake.deciding import AppealDecisionForm, AppealForm, DecisionForm
from matchmaking.intake.models import APPEAL, CHANGE, ProposedChange
from matchmaking.intake.services import appeals, changes
from matchmaking.vocabularies.selectors import label

DESKS = ("need.check_park", "need.publish", "achievement.review", "expert.review", "talent.check", "talent.publish")
NOW = "now"
PAGE = ["GET", "HEAD", "POST"]


@require_safe
@access(*DESKS)
def overview(request: HttpRequest) -> HttpResponse:
    """How much waits, is overdue, was passed and returned: by region and park, every figure a link to its rows.

    Opens on the first kind of record of which something waits.
    """
    kinds = reviewed.kinds_of(request.user)
    counts = queues.waiting_counts(request.user, kinds)
    busy = next((how for how in kinds if counts[how.kind]), kinds[0] if kinds else None)
    chosen = next((how for how in kinds if how.kind == request.GET.get("kind")), busy)
    days = queues.Choice.of(request.GET).days
    context: dict[str, Any] = {
        "tabs": [
            {"label": how.name, "url": f"?kind={how.kind}&days={days}", "active": how is chosen,
             "count": counts[how.kind]}
            for how in kinds
        ],
        "queue": {"label": chosen.queue_name, "url": reverse(chosen.queue)} if chosen else None,
        "periods": [
            {"label": _("%(n)s days") % {"n": n}, "url": f"?kind={chosen.kind if chosen else ''}&days={n}",
             "active": n == days}
            for n in queues.PERIODS
        ],
        "days": days,
        "words": [queues.WORDS[group] for group in queues.FIGURES],
        "tables": [],
        "reasons": [],
    }  # fmt: skip
    if chosen:
        regions, parks = (found(chosen, request.user, days) for found in (queues.by_region, queues.by_park))
        context["tables"] = [
            {"title": _("By region"), "place": _("Region"), "lines": _laid_out(regions)},
            *([{"title": _("By park"), "place": _("Park"), "lines": _laid_out(parks)}] if parks else []),
        ]
        context["reasons"] = [
            {"label": label("REVIEW_REASON", code), "value": count,
             "url": _reason_url(chosen, code, days)}
            for code, count in queues.reasons_given(chosen, request.user, days)
        ]  # fmt: skip
    return page_or_fragment(request, "matchmaking/intake/overview.html", "matchmaking/intake/_overview.html", context)


def _laid_out(lines: list[queues.Line]) -> list[dict[str, Any]]:
    return [
        {"place": line.place,
         "figures": [{"group": group, "words": queues.WORDS[group], **line.figures[group]} for group in queues.FIGURES]}
        for line in lines
    ]  # fmt: skip


def _reason_url(how: reviewed.ReviewedKind, code: str, days: int) -> str:
    return queues.address(how, group=queues.RETURNED, reason=code, days=str(days))


@require_safe
@access(SIGNED_IN)
def version_list(request: HttpRequest, kind: str, uuid: UUID) -> HttpResponse:
    """The versions of a record for those to whom its file is open, and two of them compared."""
    try:
        how = versions.find(kind)
    except versions.UnknownKind:
        raise Http404 from None
    record = how.load(request.user, uuid)
    shown = how.visible(request.user, record)
    if not shown:
        raise Http404
    kept = versions_of(record, kind)
    left, right = _chosen(request, [one.number for one in kept])
    before, after = _content(how, record, left), _content(how, record, right)
    context = {
        "record": record,
        "kind": kind,
        "versions": kept,
        "left": left,
        "right": right,
        "lines": None if before is None or after is None else differences(kind, before, after, shown),
    }
    return page_or_fragment(
        request, "matchmaking/intake/version_list.html", "matchmaking/intake/_versions.html", context
    )


def _chosen(request: HttpRequest, numbers: list[int]) -> tuple[str, str]:
    """Which two are compared: what the address says, else the newest version against what stands there now."""
    known = {str(number) for number in numbers} | {NOW}
    left, right = request.GET.get("from", ""), request.GET.get("to", "")
    if left in known and right in known:
        return left, right
    return (str(numbers[0]), NOW) if numbers else ("", "")


def _content(how: versions.VersionedKind, record: Any, chosen: str) -> dict[str, Any] | None:
    if chosen == NOW:
        return how.content(record)
    found = version(record, how.kind, int(chosen)) if chosen else None
    return found.content if found else None


@require_http_methods(PAGE)
@access(SIGNED_IN)
def appeal(request: HttpRequest, kind: str, uuid: UUID) -> HttpResponse:
    """The owner appeals against a rejection, once."""
    how, record = _found(request, kind, uuid)
    if not how.can_appeal(request.user, record):
        raise PermissionDenied
    rejection = appeals.rejection_of(record, kind)
    if rejection is None:
        messages.warning(request, str(appeals.AppealRefused.message))
        return redirect(record)
    form = AppealForm(request.POST or None, initial={"version": record.version})
    if form.is_valid():
        try:
            how.appeal(request.user, record, **form.cleaned_data)
        except appeals.AppealRefused as refusal:
            messages.warning(request, str(refusal.message))
        except (StaleState, IllegalMove):
            return conflict(request, back_url=record.get_absolute_url())
        else:
            messages.success(request, _("Your appeal is with the secretariat."))
        return redirect(record)
    context = {"record": record, "name": _name(record), "form": form, "rejection": rejection,
               "standing": filed.standing(record, kind, step=APPEAL)}  # fmt: skip
    return render(request, "matchmaking/intake/appeal.html", context, status=422 if form.is_bound else 200)


@require_http_methods(PAGE)
@access(SIGNED_IN)
def appeal_decide(request: HttpRequest, kind: str, uuid: UUID) -> HttpResponse:
    """The secretariat upholds or dismisses an appeal."""
    how, record = _found(request, kind, uuid)
    if not queues.is_secretary(request.user):
        raise PermissionDenied
    waiting = appeals.open_appeal(record, kind)
    if waiting is None:
        return conflict(request, back_url=record.get_absolute_url(), steps=_steps(request, record, kind))
    if appeals.instance_for(request.user, waiting) is None:
        raise PermissionDenied
    form = AppealDecisionForm(request.POST or None, initial={"version": record.version})
    if form.is_valid():
        values = dict(form.cleaned_data)
        values["uphold"] = values.pop("decision") == AppealDecisionForm.UPHOLD
        try:
            how.decide_appeal(request.user, record, appeal=waiting, **values)
        except (StaleState, IllegalMove):
            return conflict(request, back_url=record.get_absolute_url(), steps=_steps(request, record, kind))
        messages.success(request, _("The record is in review again.") if values["uphold"]
                         else _("The appeal is dismissed."))  # fmt: skip
        return redirect(queues.address(how, group=queues.APPEALS))
    context = {
        "record": record, "name": _name(record), "form": form, "appeal": waiting,
        "queue_url": queues.address(how, group=queues.APPEALS),
        "standing": filed.standing(record, kind, step=APPEAL),
    }  # fmt: skip
    return render(request, "matchmaking/intake/appeal_decide.html", context, status=422 if form.is_bound else 200)


@require_http_methods(PAGE)
@access(*DESKS)
def change(request: HttpRequest, kind: str, uuid: UUID) -> HttpResponse:
    """An officer looks at what is to change in a published record: pass it, or return it with notes."""
    how, record = _found(request, kind, uuid)
    waiting = changes.open_change(record, kind)
    if not how.can_check_change(request.user, record):
        raise PermissionDenied
    seen = request.POST.get("change", "")
    if waiting is None or (request.method == "POST" and seen != str(waiting.uuid)):
        return conflict(request, back_url=record.get_absolute_url(), steps=_steps(request, record, kind))
    lines = filed.proposal(request.user, record, kind, waiting)
    form = DecisionForm(request.POST or None, noted=[(line.name, line.label) for line in lines],
                        initial={"version": record.version})  # fmt: skip
    if form.is_valid() and (said := _decide_change(request, how, record, waiting, form)):
        return said
    context = {
        "record": record, "name": _name(record), "change": waiting, "form": form,
        "queue_url": queues.address(how, group=queues.CHANGES),
        "lines": [{"line": line, "note": form[f"note_{line.name}"]} for line in lines],
        "standing": filed.standing(record, kind, step=CHANGE),
    }  # fmt: skip
    return render(request, "matchmaking/intake/change.html", context, status=422 if form.is_bound else 200)


def _decide_change(
    request: HttpRequest, how: reviewed.ReviewedKind, record: Any, waiting: ProposedChange, form: DecisionForm
) -> HttpResponse | None:
    """Take the decision; None when the form must be shown again."""
    values: dict[str, Any] = {"change": waiting, "version": form.cleaned_data["version"]}
    decision = form.cleaned_data["decision"]
    if decision not in (DecisionForm.PASS, DecisionForm.RETURN):
        raise PermissionDenied
    try:
        if decision == DecisionForm.PASS:
            how.pass_change(request.user, record, **values)
            messages.success(request, _("The change is live."))
        else:
            how.return_change(request.user, record, **values, **form.refusal())
            messages.success(request, _("The change went back to its owner; the former text stays."))
    except (StaleState, IllegalMove):
        return conflict(request, back_url=record.get_absolute_url(), steps=_steps(request, record, how.kind))
    except how.refused as refusal:
        raise PermissionDenied from refusal
    except how.incomplete:
        form.add_error(None, _("The record would not be complete after this change. Please return it."))
        return None
    return redirect(queues.address(how, group=queues.CHANGES))


@require_POST
@access(SIGNED_IN)
def change_withdraw(request: HttpRequest, kind: str, uuid: UUID) -> HttpResponse:
    """The owner takes a change back that still waits."""
    how, record = _found(request, kind, uuid)
    if not how.can_revise(request.user, record):
        raise PermissionDenied
    try:
        how.withdraw_change(request.user, record)
    except StaleState:
        return conflict(request, back_url=record.get_absolute_url(), steps=_steps(request, record, kind))
    messages.success(request, _("The change is taken back; the record stays as it is."))
    return redirect(record)


def _name(record: Any) -> str:
    """What people call the record: a person or team by name, everything else by title."""
    return str(getattr(record, "name", None) or record.title)


def _found(request: HttpRequest, kind: str, uuid: UUID) -> tuple[reviewed.ReviewedKind, Any]:
    """The kind and the record as the person may see it; 404 for everything else."""
    try:
        how, kept = reviewed.find(kind), versions.find(kind)
    except (reviewed.UnknownKind, versions.UnknownKind):
        raise Http404 from None
    return how, kept.load(request.user, uuid)


def _steps(request: HttpRequest, record: Any, kind: str) -> list[Any]:
    """Who was faster, for those to whom the file is open."""
    if not versions.find(kind).visible(request.user, record):
        return []
    return history(record, kind=kind, show_people=True, limit=3)
