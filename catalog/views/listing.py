"""The catalogue as everybody sees it, its export, and a person's own records."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog import rules
from catalog.enums import AchievementState
from catalog.exporting import headings, rows
from catalog.filters import AchievementFilter, OwnFilter
from catalog.freshness import CONFIRM_EVERY, OFFERED, kinds_of, to_confirm, with_health
from catalog.health import Health
from catalog.models import Achievement
from catalog.presenting_rows import list_item
from catalog.selectors import OWN_GROUPS, for_list, group_counts, organisation_names, own_records, pool_for
from matchmaking.accounts.models import User
from matchmaking.common.access import PUBLIC, access
from matchmaking.common.exporting import ExportTooLarge, workbook_response
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pagination import paginate
from matchmaking.common.pools import facets_response, pool_context, pool_page


@require_safe
@access(PUBLIC)
def achievement_list(request: HttpRequest) -> HttpResponse:
    """Public list of the pool; the URL is the query."""
    pool = pool_for(request.user)
    filter = AchievementFilter(request.GET, pool)
    page = pool_page(request, filter, for_list(pool, texts=filter.has_words))
    context = pool_context(
        request, filter, page, pool="achievement", facets_url=reverse("catalog:achievement_facets")
    ) | {
        "items": [list_item(achievement, filter.text if filter.has_words else "") for achievement in page],
        "can_export": request.user.is_authenticated and request.user.can("export"),
        "can_create": request.user.is_authenticated and bool(rules.owners_for_new(request.user)),
    }
    return page_or_fragment(request, "catalog/achievement_list.html", "catalog/_achievement_results.html", context)


@require_safe
@access(PUBLIC)
def achievement_facets(request: HttpRequest) -> HttpResponse:
    """How many of the listed records carry which code."""
    return facets_response(request, AchievementFilter(request.GET, pool_for(request.user)))


@require_safe
@access("export")
def achievement_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows now, as a workbook."""
    pool = pool_for(request.user)
    filter = AchievementFilter(request.GET, pool)
    name = f"{_('achievements')}-{timezone.localdate():%Y%m%d}.xlsx"
    try:
        cells = rows(pool, filter.keys_for_export(), request.user)
        return workbook_response(name, headings(), cells, sheet="成果转化清单")
    except ExportTooLarge as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{reverse('catalog:achievement_list')}?{request.GET.urlencode()}")


@require_safe
@access("achievement.edit", "expert.own")
def achievement_mine(request: HttpRequest) -> HttpResponse:
    """The records that a person keeps, by what they wait for; a search counts its hits in every group."""
    filter = OwnFilter(request.GET, own_records(request.user).order_by("-updated_at", "-pk"))
    counts = group_counts(filter.qs)
    group = request.GET.get("group", "")
    if group not in OWN_GROUPS:
        group = next((name for name in OWN_GROUPS if counts[name]), "pool")
    records = for_list(filter.qs.filter(state__in=OWN_GROUPS[group]))
    in_pool = group == "pool"
    page = paginate(request, with_health(records.select_related("region", "body")) if in_pool else records)
    tabs = _tabs(counts, group, filter.text)
    context = {
        "group": group,
        "rows": [pool_row(achievement, request.user) for achievement in page] if in_pool else [],
        "due": to_confirm(request.user).count(),
        "sees_freshness": bool(kinds_of(request.user)),
        "tabs": tabs,
        "elsewhere": [tab for tab in tabs if tab["count"] and not tab["active"]] if filter.text else [],
        "filter": filter,
        "page": page,
        "can_create": bool(rules.owners_for_new(request.user)),
        "can_import": request.user.can("achievement.import"),
        "to_review": Achievement.objects.in_unit_review_of(request.user).count(),
    }
    return page_or_fragment(request, "catalog/achievement_mine.html", "catalog/_achievement_own.html", context)


def pool_row(achievement: Achievement, user: User) -> dict[str, Any]:
    """A record in the pool as its keepers see it: how it fares, and whether this person can confirm it."""
    offered = achievement.state in OFFERED
    last = achievement.health_last  # type: ignore[attr-defined]  # from with_health
    return {
        "achievement": achievement,
        "health": Health.of(achievement) if offered else None,
        "confirmable": rules.can_confirm(user, achievement),
        "due_on": timezone.localdate(last + CONFIRM_EVERY) if achievement.state == AchievementState.ACCEPTED else None,
    }


def _tabs(counts: dict[str, int], group: str, text: str) -> list[dict[str, Any]]:
    words = {
        "returned": _("Returned"),
        "draft": _("Drafts"),
        "unit_review": _("In unit review"),
        "submitted": _("Submitted"),
        "pool": _("In the pool"),
        "closed": _("Closed"),
    }
    searched = {"q": text} if text else {}
    return [
        {
            "label": words[name],
            "url": f"?{urlencode({'group': name} | searched)}",
            "active": name == group,
            "count": count,
        }
        for name, count in counts.items()
    ]


@require_safe
@access("achievement.edit")
def organisation_options(request: HttpRequest) -> HttpResponse:
    """Names for the suggestion list of an organisation field."""
    names = organisation_names(request.GET.get("q", "")[:100])
    return render(request, "catalog/_organisation_options.html", {"names": names})
