"""Lists of talent posts: the pool, the enterprise's own, and the export."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from matchmaking.common.access import PUBLIC, access
from matchmaking.common.exporting import ExportTooLarge
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pools import facets_response, pool_context, pool_page
from needs.talent import exporting, rules, selectors
from needs.talent.filters import OwnPostFilter, TalentPostFilter
from needs.talent.listing import list_item
from needs.talent.models import TalentPost


@require_safe
@access(PUBLIC)
def talent_post_list(request: HttpRequest) -> HttpResponse:
    """The posts in the pool, for everybody."""
    return _list(request, selectors.pool(request.user), TalentPostFilter, tab="pool")


@require_safe
@access("talent.edit")
def talent_post_mine(request: HttpRequest) -> HttpResponse:
    """The posts of the person's enterprise, in every state."""
    return _list(request, selectors.own(request.user), OwnPostFilter, tab="mine")


def _list(request: HttpRequest, posts: QuerySet[TalentPost], kind: type[TalentPostFilter], *, tab: str) -> HttpResponse:
    found = kind(request.GET, queryset=posts, request=request)
    page = pool_page(request, found, posts)
    page.object_list = selectors.shown(request.user, page.object_list, bodies=found.has_words)
    in_pool = tab == "pool"
    facets_url = reverse("talent:talent_post_facets") if in_pool else ""
    noun = rules.KIND if in_pool else ""
    context = pool_context(request, found, page, pool=noun, facets_url=facets_url) | {
        "items": [list_item(row, found.text if found.has_words else "") for row in page],
        "tab": tab,
        "tabs": tabs(request, tab),
        "may_create": request.user.is_authenticated and request.user.can("talent.edit"),
        "export_url": _export_url(request, tab),
    }
    return page_or_fragment(request, "talent/talent_post_list.html", "talent/_post_table.html", context)


@require_safe
@access(PUBLIC)
def talent_post_facets(request: HttpRequest) -> HttpResponse:
    """How many of the listed posts carry which code."""
    posts = selectors.pool(request.user)
    return facets_response(request, TalentPostFilter(request.GET, queryset=posts, request=request))


def tabs(request: HttpRequest, active: str) -> list[dict[str, Any]]:
    """Return the lists this person has; nothing when there is only the pool."""
    user = request.user
    found = [{"label": _("All talent posts"), "url": reverse("talent:talent_post_list"), "active": active == "pool"}]
    if user.is_authenticated and user.can("talent.edit"):
        found.append(
            {"label": _("Our talent posts"), "url": reverse("talent:talent_post_mine"), "active": active == "mine"}
        )
    if user.is_authenticated and (user.can("talent.check") or user.can("talent.publish")):
        url = reverse("talent:talent_post_review")
        found.append({"label": _("Talent posts to review"), "url": url, "active": active == "review"})
    return found if len(found) > 1 else []


def _export_url(request: HttpRequest, tab: str) -> str:
    if not request.user.is_authenticated or not request.user.can("export"):
        return ""
    query = request.GET.copy()
    query.pop("page", None)
    query["list"] = tab
    return f"{reverse('talent:talent_post_export')}?{query.urlencode()}"


@require_safe
@access("export")
def talent_post_export(request: HttpRequest) -> HttpResponseBase:
    """The filtered list as a workbook: what the person is shown, no more."""
    mine = request.GET.get("list") == "mine" and request.user.can("talent.edit")
    posts = selectors.own(request.user) if mine else selectors.pool(request.user)
    found = (OwnPostFilter if mine else TalentPostFilter)(request.GET, queryset=posts, request=request)
    rows = selectors.shown_in_batches(request.user, found.keys_for_export())
    try:
        return exporting.response(f"{exporting.SHEET}-{timezone.localdate():%Y%m%d}.xlsx", rows)
    except ExportTooLarge as refusal:
        context = {"message": str(refusal), "back_url": reverse("talent:talent_post_list")}
        return render(request, "needs/export_refused.html", context, status=422)
