"""Lists of needs: the pool, the enterprise's own, the export, and names for the invitation field."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.selectors import organisation_names
from matchmaking.common.access import PUBLIC, access
from matchmaking.common.exporting import ExportTooLarge
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pools import facets_response, pool_context, pool_page
from needs import exporting, selectors
from needs.duplicates.selectors import filed_again
from needs.filters import NeedFilter, OwnFilter
from needs.listing import list_item
from needs.models import TechNeed


@require_safe
@access(PUBLIC)
def need_list(request: HttpRequest) -> HttpResponse:
    """The needs in the pool, for everybody."""
    return _list(request, selectors.pool(request.user), NeedFilter, tab="pool")


@require_safe
@access("need.edit")
def need_mine(request: HttpRequest) -> HttpResponse:
    """The needs of the person's enterprise, in every state."""
    return _list(request, selectors.own(request.user), OwnFilter, tab="mine")


def _list(request: HttpRequest, needs: QuerySet[TechNeed], kind: type[NeedFilter], *, tab: str) -> HttpResponse:
    found = kind(request.GET, queryset=needs, request=request)
    page = pool_page(request, found, needs)
    page.object_list = selectors.shown(request.user, page.object_list, bodies=found.has_words)
    in_pool = tab == "pool"
    again = filed_again(request.user, [row.need for row in page.object_list]) if in_pool else {}
    facets_url = reverse("needs:need_facets") if in_pool else ""
    context = pool_context(request, found, page, pool="need" if in_pool else "", facets_url=facets_url) | {
        "items": [
            list_item(row, found.text if found.has_words else "") | {"again": again.get(row.need.pk, 0)} for row in page
        ],
        "tab": tab,
        "tabs": tabs(request, tab),
        "may_create": request.user.is_authenticated and request.user.can("need.edit"),
        "export_url": _export_url(request, tab),
    }
    return page_or_fragment(request, "needs/need_list.html", "needs/_need_table.html", context)


@require_safe
@access(PUBLIC)
def need_facets(request: HttpRequest) -> HttpResponse:
    """How many of the listed needs carry which code."""
    return facets_response(request, NeedFilter(request.GET, queryset=selectors.pool(request.user), request=request))


def tabs(request: HttpRequest, active: str) -> list[dict[str, Any]]:
    """Return the lists this person has; nothing when there is only the pool."""
    user = request.user
    found = [{"label": _("All published needs"), "url": reverse("needs:need_list"), "active": active == "pool"}]
    if user.is_authenticated and user.can("need.edit"):
        found.append({"label": _("Our needs"), "url": reverse("needs:need_mine"), "active": active == "mine"})
    if user.is_authenticated and (user.can("need.check_park") or user.can("need.publish")):
        found.append({"label": _("Needs to review"), "url": reverse("needs:need_review"), "active": active == "review"})
    return found if len(found) > 1 else []


def _export_url(request: HttpRequest, tab: str) -> str:
    if not request.user.is_authenticated or not request.user.can("export"):
        return ""
    query = request.GET.copy()
    query.pop("page", None)
    query["list"] = tab
    return f"{reverse('needs:need_export')}?{query.urlencode()}"


@require_safe
@access("export")
def need_export(request: HttpRequest) -> HttpResponseBase:
    """The filtered list as a workbook: what the person is shown, no more."""
    mine = request.GET.get("list") == "mine" and request.user.can("need.edit")
    needs = selectors.own(request.user) if mine else selectors.pool(request.user)
    found = (OwnFilter if mine else NeedFilter)(request.GET, queryset=needs, request=request)
    rows = selectors.shown_in_batches(request.user, found.keys_for_export())
    try:
        return exporting.response(f"技术需求清单-{timezone.localdate():%Y%m%d}.xlsx", rows)
    except ExportTooLarge as refusal:
        context = {"message": str(refusal), "back_url": reverse("needs:need_list")}
        return render(request, "needs/export_refused.html", context, status=422)


@require_safe
@access("need.edit")
def organisation_options(request: HttpRequest) -> HttpResponse:
    """Names for the suggestion list of the invitation field."""
    names = organisation_names(request.GET.get("q", "")[:100])
    return render(request, "catalog/_organisation_options.html", {"names": names})
