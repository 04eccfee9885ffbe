"""Batch runs: start, watch, cancel, read; and the board of a programme."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from matchmaking.accounts.models import User
from matchmaking.activity.selectors import history
from matchmaking.common.access import access
from matchmaking.common.pagination import paginate
from matchmaking.intake.once import once
from matchmaking.jobs.selectors import progress_of
from matchmaking.jobs.services import JobNotOpen
from matchmaking.matching.comparison import cells, compared_rows, comparison_links, heads
from matchmaking.matching.enums import Change, MatchState, Why
from matchmaking.matching.forms import RunForm
from matchmaking.matching.models import AssignmentPlan, MatchRun
from matchmaking.matching.presenting import FUNNEL_LABELS, match_rows
from matchmaking.matching.selectors import board as board_figures
from matchmaking.matching.selectors import board_matches, funnel, recent_runs, with_records
from matchmaking.matching.services.comparing import SPANS, Comparison, comparable, is_kept
from matchmaking.matching.services.runs import NotAllowed, cancel_run, start_run
from matchmaking.matching.views.workbooks import workbook
from matchmaking.programmes.models import Programme
from matchmaking.vocabularies.selectors import region_choices


@require_http_methods(["GET", "HEAD", "POST"])
@access("match.run")
@once
def run_list(request: HttpRequest) -> HttpResponse:
    form = RunForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        run = start_run(by=request.user, **form.cleaned_data)
        messages.success(request, _("The run has been put into the queue."))
        return redirect(run)
    page = paginate(request, recent_runs(request.user))
    status = 422 if form.is_bound else 200
    return render(request, "matchmaking/matching/run_list.html", {"page": page, "form": form}, status=status)


@require_safe
@access("match.run")
def run_detail(request: HttpRequest, uuid: Any) -> HttpResponse:
    runs = MatchRun.objects.visible_to(request.user).select_related(
        "job",
        "programme",
        "region",
        "need",
        "achievement",
        "expert",
        "statistics",
        "requested_by",
        "base",
        "superseded_by",
    )
    run = get_object_or_404(runs, uuid=uuid)
    context = {
        "run": run,
        "progress": progress_of(run.job, request.user) if run.job else None,
        "heading": _("Batch run of %(start)s") % {"start": f"{timezone.localtime(run.created_at):%Y-%m-%d %H:%M}"},
        "is_assigned": AssignmentPlan.objects.filter(run=run).exists(),
        "can_compare": is_kept(run) and comparable(run, request.user).exists(),
        "history": history(run, kind="run", show_people=True),
    }
    return render(request, "matchmaking/matching/run_detail.html", context)


@require_safe
@access("match.run")
def run_compare(request: HttpRequest, uuid: Any) -> HttpResponseBase:
    """What has changed since an earlier run: new, gone and moved pairs, and why."""
    run = get_object_or_404(_with_statistics(request.user), uuid=uuid)
    earlier = list(_with_statistics(request.user).filter(pk__in=comparable(run, request.user)[:20]).order_by("-pk"))
    asked = request.GET.get("with", "")
    old = next((one for one in earlier if str(one.uuid) == asked), earlier[0] if earlier else None)
    if old is None or not is_kept(run):
        return render(request, "matchmaking/matching/run_compare.html", {"run": run, "old": None})
    kind, change, why, span = (request.GET.get(name, "") for name in ("kind", "change", "why", "span"))
    found = Comparison(
        old=old, new=run, user=request.user,
        kind=kind if kind in ("achievement", "expert") else "",
        change=change if change in Change.values else "",
        why=why if why in Why.values else "",
        span=span if span in SPANS else "crossed",
        ahead=_page_asked(request),
    )  # fmt: skip
    if request.GET.get("as") == "xlsx":
        rows = cells(found, request.user, settings.EXPORT_MAX_ROWS)
        called = f"{_('What has changed since an earlier run')}-{timezone.localtime(run.created_at):%Y%m%d-%H%M}"
        return workbook(request, called, heads(), rows)
    page: Page[Any] = Paginator(found, settings.PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "run": run,
        "old": old,
        "earlier": earlier,
        "found": found,
        "may_export": request.user.can("export"),
        "page": page,
        "rows": compared_rows(list(page.object_list), request.user),
        **comparison_links(found),
    }
    return render(request, "matchmaking/matching/run_compare.html", context)


def _page_asked(request: HttpRequest) -> slice:
    """The rows of the page that the address names; those of one that is not there are read when it is known."""
    asked = request.GET.get("page", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 7 else 1
    return slice((max(1, number) - 1) * settings.PAGE_SIZE, max(1, number) * settings.PAGE_SIZE)


def _with_statistics(user: User) -> QuerySet[MatchRun]:
    return MatchRun.objects.visible_to(user).select_related("statistics").defer("statistics__payload")


@require_POST
@access("match.run")
def run_cancel(request: HttpRequest, uuid: Any) -> HttpResponse:
    run = get_object_or_404(MatchRun.objects.visible_to(request.user).select_related("job"), uuid=uuid)
    try:
        cancel_run(by=request.user, run=run)
    except NotAllowed as error:
        raise PermissionDenied from error
    except JobNotOpen:
        messages.warning(request, _("The run has already ended."))
    else:
        messages.success(request, _("The run stops at its next step; what it has found so far stays."))
    return redirect(run)


@require_safe
@access("board.read")
def board(request: HttpRequest) -> HttpResponse:
    """How many matches stand in which state, for how long, what is overdue; and the funnel of the needs."""
    programme, region = _board_scope(request)
    steps = funnel(request.user, programme, region)
    context = {
        "programmes": list(Programme.objects.order_by("code")),
        "programme": programme,
        "regions": region_choices(),
        "region": region,
        "rows": board_figures(request.user, programme, region),
        "funnel": [{"label": FUNNEL_LABELS[name], "value": value} for name, value in steps.items()],
    }
    return render(request, "matchmaking/matching/board.html", context)


@require_safe
@access("board.read")
def board_rows(request: HttpRequest) -> HttpResponse:
    """The matches behind one figure of the board, the longest waiting first."""
    state = request.GET.get("state", "")
    if state not in MatchState.values:
        raise Http404
    programme, region = _board_scope(request)
    found = board_matches(request.user, programme, region).filter(state=state).order_by("state_since", "pk")
    page = paginate(request, with_records(found))
    context = {
        "page": page,
        "rows": match_rows(page.object_list, request.user),
        "state_label": MatchState(state).label,
        "can_open": request.user.can("match.review"),
    }
    return render(request, "matchmaking/matching/board_rows.html", context)


def _board_scope(request: HttpRequest) -> tuple[Programme | None, str]:
    """The programme and region asked for; anything unknown means all."""
    programme = Programme.objects.filter(code=request.GET.get("programme", "")).first()
    region = request.GET.get("region", "")
    return programme, region if region in {code for code, _name in region_choices()} else ""
