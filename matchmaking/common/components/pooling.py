"""Components of the pools' lists: search form with facets, head and empty result, the bar of a comparison."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from matchmaking.common.components.base import render, request_of
from matchmaking.common.components.lists import active_filters, result_bar

register = template.Library()
MOST_COMPARED = 4


@register.simple_tag(takes_context=True)
def pool_panel(context: Context, filter: Any, *, facets: Sequence[Any] = (), target: str = "results") -> SafeString:
    """The search form of a PoolFilter; its facets get their counts by a second request."""
    form = filter.form
    request = request_of(context)
    others = [form[name] for name in filter.plain_fields]
    return render(
        context,
        "pool_panel",
        first=[form[name] for name in ("q", "sort") if name in form.fields],
        facets=facets,
        others=others,
        others_open=any(request is not None and request.GET.get(bound.html_name) for bound in others),
        active=len(active_filters(context, filter)),
        path=request.path if request else "",
        target=target,
    )


@register.simple_tag(takes_context=True)
def pool_head(
    context: Context,
    page: Any,
    filter: Any,
    *,
    pool: str = "",
    query: str = "",
    facets_url: str = "",
    export_url: str = "",
) -> SafeString:
    """How many there are, what they are filtered by, the ways to save and to export, the request for the facets."""
    request = request_of(context)
    save_url = ""
    if pool and request is not None and request.user.is_authenticated:
        save_url = f"{_route('finding:saved_search_create')}?pool={pool}&{query}"
    values = {"save_url": save_url, "query": query, "facets_url": facets_url}
    bar = result_bar(context, page, filter=filter)
    return render(context, "pool_head", bar=bar, export_url=export_url if page.object_list else "", **values)


@register.simple_tag(takes_context=True)
def pool_empty(context: Context, sentence: str, loosened: Sequence[dict[str, Any]]) -> SafeString:
    """What to say when nothing was found: which filter to leave out, with what there would be then."""
    request = request_of(context)
    lines = [one | {"capped": one["count"] >= settings.COUNT_CAP} for one in loosened]
    return render(context, "pool_empty", sentence=sentence, loosened=lines, path=request.path if request else "")


@register.simple_tag(takes_context=True)
def compare_bar(context: Context, pool: str) -> SafeString:
    """The sticky bar that leads the ticked records of a list to their comparison."""
    return render(context, "compare_bar", pool=pool, url=_route("finding:compare"), most=MOST_COMPARED)


@register.simple_tag(takes_context=True)
def compare_tick(context: Context, record: Any) -> SafeString:
    """The box that takes a record into the comparison."""
    # A person is called by the name; his `title` is a code.
    called = getattr(record, "name", "") or getattr(record, "title", "") or record
    return render(context, "compare_tick", uuid=record.uuid, title=str(called))


def _route(name: str) -> str:
    """The address of a page of the floor above; empty where it is not installed."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
