"""Lists of experts: the pool, the own entries, the export, and names for the field of conflicts."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.selectors import organisation_names
from experts import exporting, rules, selectors
from experts.filters import ExpertFilter, OwnFilter
from experts.pool import list_item
from experts.selectors import OWN_GROUPS
from matchmaking.common.access import PUBLIC, access
from matchmaking.common.exporting import ExportTooLarge
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pagination import paginate
from matchmaking.common.pools import facets_response, pool_context, pool_page


@require_safe
@access(PUBLIC)
def expert_list(request: HttpRequest) -> HttpResponse:
    """The experts in the pool, as far as the reader sees them."""
    pool = selectors.pool(request.user)
    filtered = ExpertFilter(request.GET, queryset=pool)
    rows = selectors.for_list(pool)
    page = pool_page(request, filtered, selectors.with_works(rows) if filtered.has_words else rows)
    user = request.user
    facets_url = reverse("experts:expert_facets")
    context = pool_context(request, filtered, page, pool="expert", facets_url=facets_url) | {
        "items": [list_item(expert, filtered.text if filtered.has_words else "") for expert in page],
        "may_nominate": user.is_authenticated and bool(rules.owners_for_new(user)),
        "may_export": user.is_authenticated and user.can("export"),
    }
    return page_or_fragment(request, "experts/expert_list.html", "experts/_expert_results.html", context)


@require_safe
@access(PUBLIC)
def expert_facets(request: HttpRequest) -> HttpResponse:
    """How many of the listed experts carry which code."""
    return facets_response(request, ExpertFilter(request.GET, queryset=selectors.pool(request.user)))


def _query(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()


@require_safe
@access("expert.nominate", "expert.own")
def expert_mine(request: HttpRequest) -> HttpResponse:
    """The entries a unit nominated, or the person's own, by what they wait for; a search counts its hits in each."""
    rows = selectors.for_list(selectors.own(request.user)).order_by("-state_since", "-pk")
    filtered = OwnFilter(request.GET, queryset=rows)
    found = filtered.qs
    counts = found.order_by().aggregate(
        **{name: Count("pk", filter=Q(state__in=states)) for name, states in OWN_GROUPS.items()}
    )
    group = request.GET.get("group", "")
    if group not in OWN_GROUPS:
        group = next((name for name in OWN_GROUPS if counts[name]), "pool")
    tabs = _tabs(counts, group, request)
    context = {
        "filter": filtered,
        "page": paginate(request, found.filter(state__in=OWN_GROUPS[group])),
        "group": group,
        "tabs": tabs,
        "elsewhere": [tab for tab in tabs if tab["count"] and not tab["active"]] if filtered.text else [],
        "may_nominate": bool(rules.owners_for_new(request.user)),
    }
    return page_or_fragment(request, "experts/expert_mine.html", "experts/_expert_table.html", context)


def _tabs(counts: dict[str, int], group: str, request: HttpRequest) -> list[dict[str, Any]]:
    words = {
        "returned": _("Returned"),
        "nominated": _("Consent pending"),
        "consented": _("Consented"),
        "unit_agreed": _("With the region"),
        "pool": _("In the pool"),
        "out": _("Out of the pool"),
    }
    kept = {name: value for name, value in request.GET.items() if value and name not in ("group", "page")}
    return [
        {"label": words[name], "url": f"?{urlencode({'group': name} | kept)}", "active": name == group, "count": count}
        for name, count in counts.items()
    ]


@require_safe
@access("export")
def expert_export(request: HttpRequest) -> HttpResponseBase:
    """The filtered list as a workbook: what the person is shown, no more."""
    filtered = ExpertFilter(request.GET, queryset=selectors.pool(request.user))
    try:
        name = f"专家库-{timezone.localdate():%Y%m%d}.xlsx"
        return exporting.response(name, filtered.keys_for_export(), request.user)
    except ExportTooLarge as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{reverse('experts:expert_list')}?{_query(request)}")


@require_safe
@access("expert.nominate", "expert.own")
def organisation_options(request: HttpRequest) -> HttpResponse:
    """Names for the suggestion list of the field of conflicts."""
    names = organisation_names(request.GET.get("q", "")[:100])
    return render(request, "catalog/_organisation_options.html", {"names": names})
