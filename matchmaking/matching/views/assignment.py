"""The fairness page of a run and the rows behind its figures; which of the two assignments the officers see."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from matchmaking.accounts.models import User
from matchmaking.common.access import access
from matchmaking.common.pagination import paginate
from matchmaking.matching import fairness as figures
from matchmaking.matching import rules, two_lists
from matchmaking.matching.closed import closed_pairs
from matchmaking.matching.enums import Kind, Uncovered, Variant
from matchmaking.matching.fairness import LIST_LABELS, LISTS, WHY_OF, Seen
from matchmaking.matching.models import Assignment, AssignmentPlan, MatchRun, TargetLoad
from matchmaking.matching.presenting import brief_of, open_targets
from matchmaking.matching.selectors import log_places, shown_needs
from matchmaking.matching.services.assigning import choose_variant
from matchmaking.matching.services.releasing import release_assigned
from matchmaking.matching.verdict import same_in_both, verdict
from matchmaking.matching.views.common import say_released
from matchmaking.matching.views.workbooks import file_name, workbook


@require_safe
@access("match.run")
def fairness(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Loads, coverage and what needs get: best lists, assigned lists and the fair variant side by side."""
    run = _run(request, uuid)
    plan = AssignmentPlan.objects.filter(run=run).first()
    kinds = figures.kinds_of(plan) if plan else []
    if plan is None or not kinds:
        return render(request, "matchmaking/matching/fairness.html", {"run": run, "plan": None})
    kind = request.GET.get("kind", "")
    seen = Seen(run, plan, kind if kind in kinds else kinds[0])
    busiest = list(figures.busiest(seen))
    context = {
        "run": run,
        "plan": plan,
        "seen": seen,
        "kind_label": Kind(seen.kind).label,
        "tabs": [
            {"label": Kind(one).label, "url": f"?kind={one}", "active": one == seen.kind, "count": None}
            for one in kinds
        ],
        "lists": [{"name": name, "label": LIST_LABELS[name]} for name in LISTS],
        "summary": figures.figure_rows(plan.figures[seen.kind]),
        "numbers": plan.figures[seen.kind],
        "limits": {name: plan.limits[name][seen.kind] for name in ("places", "least", "most")},
        "kept_rows": seen.outcomes().exists(),
        "congestion": figures.congestion(seen),
        "coverage": figures.coverage(seen),
        "satisfaction": figures.satisfaction(seen),
        "regions": figures.by_region(seen),
        "sizes": figures.by_size(seen, request.user),
        "busiest": _target_rows(seen, busiest, request.user),
        "can_choose": rules.can_run(request.user, scope=run.scope, region=run.region),
        **_tiles(seen),
        "verdict": verdict(seen),
        "same_in_both": same_in_both(seen),
        "uncovered_url": seen.link("fairness_needs", list="assigned", why="uncovered"),
        "busiest_url": seen.link("fairness_targets", list="assigned"),
    }
    return render(request, "matchmaking/matching/fairness.html", context)


def _tiles(seen: Seen) -> dict[str, Any]:
    """The four numbers at the top, each beside what it was before."""
    before, after = (seen.plan.figures[seen.kind][name] for name in ("best", "assigned"))
    said = _("%(n)s before load")
    return {
        "uncovered": after["needs"] - after["covered"],
        "kept": round(100 * after["total"] / before["total"], 1) if before["total"] else 100,
        "notes": {
            "covered": _("of %(n)s needs") % {"n": after["needs"]},
            "uncovered": said % {"n": before["needs"] - before["covered"]},
            "busiest": said % {"n": before["busiest"]},
            "kept": _("%(moved)s places moved on, %(empty)s stay empty")
            % {"moved": after["moved"], "empty": before["places"] - after["places"]},
        },
        "seen_urls": {"covered": seen.link("fairness_needs", list="assigned", why="covered")},
    }


@require_POST
@access("match.run")
def choose(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Let the officers see the other variant. Only for whoever might have started the run."""
    run = _run(request, uuid)
    variant = request.POST.get("variant", "")
    if variant not in Variant.assigned():
        raise Http404
    if not rules.can_run(request.user, scope=run.scope, region=run.region):
        raise PermissionDenied
    plan = get_object_or_404(AssignmentPlan, run=run)
    if choose_variant(by=request.user, plan=plan, variant=variant):
        messages.success(request, _("The officers now see this variant as the assigned list."))
    return redirect("matching:fairness", run.uuid)


@require_safe
@access("match.run")
def targets(request: HttpRequest, uuid: Any) -> HttpResponseBase:
    """Targets by the number of lists they stand on."""
    seen, name = _asked(request, uuid)
    rows = figures.targets(seen, request.GET.dict())
    if request.GET.get("as") == "xlsx":
        called = file_name(seen, _("Loads"), request.GET.dict(), figures.load_label)
        return workbook(request, called, _target_heads(), _target_cells(seen, rows, request.user))
    page = paginate(request, rows)
    context = _list_context(request, seen, name, page, figures.load_label) | {
        "rows": _target_rows(seen, page.object_list, request.user)
    }
    return render(request, "matchmaking/matching/fairness_targets.html", context)


@require_safe
@access("match.run")
def needs(request: HttpRequest, uuid: Any) -> HttpResponseBase:
    """Needs by what they got, or why they got nobody."""
    seen, name = _asked(request, uuid)
    rows = figures.needs(seen, request.GET.dict(), request.user)
    if request.GET.get("as") == "xlsx":
        called = file_name(seen, _("What needs get"), request.GET.dict(), figures.score_label)
        return workbook(request, called, _need_heads(), _need_cells(rows, request.user, name))
    page = paginate(request, rows)
    context = _list_context(request, seen, name, page, figures.score_label) | {
        "rows": _need_rows(page.object_list, request.user, name)
    }
    return render(request, "matchmaking/matching/fairness_needs.html", context)


@require_safe
@access("match.run")
def places(request: HttpRequest, uuid: Any, target: Any) -> HttpResponse:
    """The needs on whose lists one target stands."""
    seen, name = _asked(request, uuid)
    load = get_object_or_404(figures.with_targets(seen.loads()), **{f"{seen.kind}__uuid": target})
    page = paginate(request, figures.places(seen, load.target, name, request.user))
    shown = shown_needs(page.object_list, request.user)
    context = _list_context(request, seen, name, page, figures.load_label) | {
        "target": _target_rows(seen, [load], request.user)[0],
        "rows": [{"place": place, "need": shown[place.need_id]} for place in page.object_list],
    }
    return render(request, "matchmaking/matching/fairness_places.html", context)


def _run(request: HttpRequest, uuid: Any) -> MatchRun:
    runs = MatchRun.objects.visible_to(request.user).select_related("programme", "region")
    return get_object_or_404(runs, uuid=uuid)


def _asked(request: HttpRequest, uuid: Any) -> tuple[Seen, str]:
    """The kind and the list a link names. 404 for a kind the run has not assigned."""
    run = _run(request, uuid)
    plan = get_object_or_404(AssignmentPlan, run=run)
    kind, name = request.GET.get("kind", ""), request.GET.get("list", "")
    if kind not in figures.kinds_of(plan):
        raise Http404
    return Seen(run, plan, kind), name if name in LISTS else "assigned"


def _list_context(
    request: HttpRequest, seen: Seen, name: str, page: Any, label: Callable[[int], str]
) -> dict[str, Any]:
    """What the lists behind the figures share; `label` says a bin."""
    export = request.GET.copy()
    export["as"] = "xlsx"
    export.pop("page", None)
    asked = {key: value for key, value in request.GET.items() if key not in ("list", "page", "kind", "as")}
    tabs = [
        {"label": LIST_LABELS[one], "url": f"?{_query(seen.kind, one, asked)}", "active": one == name, "count": None}
        for one in LISTS
    ]
    return {
        "run": seen.run,
        "seen": seen,
        "kind_label": Kind(seen.kind).label,
        "list_label": LIST_LABELS[name],
        "tabs": tabs,
        "page": page,
        "back_url": f"{reverse('matching:fairness', args=[seen.run.uuid])}?kind={seen.kind}",
        "export_url": f"?{export.urlencode()}" if request.user.can("export") else "",
        "narrowed": " · ".join(figures.narrowed(request.GET.dict(), label)),
    }


def _query(kind: str, name: str, asked: dict[str, str]) -> str:
    values = QueryDict(mutable=True)
    values.update({"kind": kind, "list": name, **asked})
    return values.urlencode()


def _target_rows(seen: Seen, loads: Iterable[TargetLoad], user: User) -> list[dict[str, Any]]:
    loads = list(loads)
    shown = open_targets(loads, user)
    return [
        {
            "load": load,
            "target": shown[seen.kind, load.target.pk],
            "is_full": load.elsewhere + load.assigned >= load.most,
            "urls": {name: _places_url(seen, load, name) for name in LISTS},
        }
        for load in loads
    ]


def _places_url(seen: Seen, load: TargetLoad, name: str) -> str:
    route = reverse("matching:fairness_places", args=[seen.run.uuid, load.target.uuid])
    return f"{route}?kind={seen.kind}&list={name}"


def _need_rows(outcomes: Iterable[Any], user: User, name: str) -> list[dict[str, Any]]:
    outcomes = list(outcomes)
    shown = shown_needs(outcomes, user)
    return [{"outcome": outcome, "need": shown[outcome.need_id], "why": _why(outcome, name)} for outcome in outcomes]


def _why(outcome: Any, name: str) -> str:
    why = getattr(outcome, WHY_OF.get(name, "why_uncovered"))
    if name == "best" and why == Uncovered.ALL_FULL:
        return ""
    return str(Uncovered(why).label) if why else ""


# --- The same lists as workbooks ----------------------------------------------------------------------------------


def _target_heads() -> list[tuple[str, int]]:
    return [(_("Number"), 18), (_("Name"), 40), (_("Unit"), 30), *((str(LIST_LABELS[name]), 14) for name in LISTS),
            (_("Held outside this run"), 14), (_("At most"), 10)]  # fmt: skip


def _target_cells(seen: Seen, rows: Any, user: User) -> Iterator[list[Any]]:
    for row in _target_rows(seen, rows[: settings.EXPORT_MAX_ROWS + 1], user):
        load, target = row["load"], row["target"]
        yield [target.number, target.title, target.unit, load.best, load.assigned, load.fair, load.elsewhere, load.most]


def _need_heads() -> list[tuple[str, int]]:
    return [(_("Number"), 18), (_("Need"), 40), (_("Enterprise"), 30), (_("Region"), 14),
            *((str(LIST_LABELS[name]), 14) for name in LISTS), (_("Why nobody"), 30)]  # fmt: skip


def _need_cells(rows: Any, user: User, name: str) -> Iterator[list[Any]]:
    for row in _need_rows(rows[: settings.EXPORT_MAX_ROWS + 1], user, name):
        one, need = row["outcome"], row["need"]
        scores = [round(100 * got, 2) if one.is_told and got else "" for got in (one.best, one.assigned, one.fair)]
        yield [one.need.public_no, need.title or _("A confidential need"), need.owner, str(one.need.region), *scores,
               row["why"]]  # fmt: skip


# --- Releasing what was assigned ----------------------------------------------------------------------------------


@require_safe
@access("match.review")
def assigned(request: HttpRequest, uuid: Any) -> HttpResponse:
    """The places an officer may release, the best first; `need` narrows to one need, `kind` to one kind."""
    run = _run(request, uuid)
    plan = get_object_or_404(AssignmentPlan.objects.select_related("run"), run=run)
    kind = _kind(request.GET, plan)
    found = _listed(request.GET, plan, request.user)
    loaded = figures.with_targets(found.select_related("need__region", "need__body__owner"))
    loaded = loaded.defer("need__search_vector", "need__body__search_vector")
    page = paginate(request, loaded)
    _log_shown(enumerate(page.object_list, start=page.start_index()), request.user)
    context = {
        "run": run,
        "plan": plan,
        "page": page,
        "rows": _place_rows(plan, page.object_list, request.user),
        "kind": kind,
        "need_no": request.GET.get("need", ""),
        "tabs": [
            {"label": label, "url": f"?kind={one}", "active": one == kind, "count": None}
            for one, label in [("", _("all")), *((one, Kind(one).label) for one in figures.kinds_of(plan))]
        ],
    }
    return render(request, "matchmaking/matching/assigned.html", context)


@require_POST
@access("match.review")
def release(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Release the ticked places; what cannot be released any more is named with the reason."""
    run = _run(request, uuid)
    plan = get_object_or_404(AssignmentPlan.objects.select_related("run"), run=run)
    asked = [text for text in request.POST.getlist("pk") if text.isascii() and text.isdigit() and len(text) < 18]
    chosen = two_lists.releasable(request.user, plan).filter(pk__in=asked[:200])
    places = list(two_lists.in_order(chosen.select_related("run", "need", "achievement", "expert", "team")))
    order = _listed(request.POST, plan, request.user).values_list("pk", flat=True)
    shown_at = {pk: at for at, pk in enumerate(order, start=1)}
    back = redirect(_back(request, run))
    if not places:
        messages.warning(request, _("Tick at least one match first."))
        return back
    done, passed = release_assigned(by=request.user, places=places)
    _log_shown(((shown_at[place.pk], place) for place in places if place.pk in shown_at), request.user)
    say_released(request, len(done))
    for place, why in passed[:10]:
        messages.warning(request, f"{place.need.public_no} × {place.target.public_no}: {why}")
    return back


def _kind(asked: QueryDict, plan: AssignmentPlan) -> str:
    return asked.get("kind", "") if asked.get("kind") in figures.kinds_of(plan) else ""


def _listed(asked: QueryDict, plan: AssignmentPlan, user: User) -> QuerySet[Assignment]:
    """The places the officer may release, narrowed to a kind or a need, in the order of the list."""
    found, kind = two_lists.releasable(user, plan), _kind(asked, plan)
    if kind:
        found = found.filter(**{f"{kind}__isnull": False})
    if asked.get("need"):
        found = found.filter(need__public_no=asked["need"])
    return two_lists.in_order(found)


def _log_shown(places: Iterable[tuple[int, Assignment]], user: User) -> None:
    """Write down at which places the officer saw the matches of these places; one without a match when it gets one."""
    listed = list(places)
    matches = two_lists.matches_at([place for _at, place in listed])
    log_places([(at, matches[place.pk]) for at, place in listed if place.pk in matches], user)


def _back(request: HttpRequest, run: MatchRun) -> str:
    """The list the ticks came from, narrowed as it was."""
    query = QueryDict(mutable=True)
    query.update({name: request.POST[name] for name in ("kind", "need") if request.POST.get(name)})
    return f"{reverse('matching:assigned', args=[run.uuid])}?{query.urlencode()}"


def _place_rows(plan: AssignmentPlan, places: Iterable[Any], user: User) -> list[dict[str, Any]]:
    places = list(places)
    needs, borne = shown_needs(places, user), two_lists.borne_now(places)
    closed = closed_pairs(places)
    said, shown = two_lists.candidates_of(plan, places), open_targets(places, user, inside=True)
    rows = []
    for place in places:
        key = (place.target_kind, place.target.pk)
        candidate = said.get((place.need_id, *key))
        rows.append(
            {
                "place": place,
                "need": needs[place.need_id],
                "target": shown[key],
                "closed": closed.get(place.pk),
                "borne": borne[key],
                "is_full": borne[key][0] >= borne[key][1],
                "probability": candidate.probability if candidate else None,
                "lines": brief_of(candidate, needs[place.need_id], shown[key]),
            }
        )
    return rows
