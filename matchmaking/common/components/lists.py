"""Components of list pages: filter panel, count and chips, table, pages, bulk bar, empty state, live block."""

from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.template import Context
from django.utils.safestring import SafeString

from matchmaking.common import formats
from matchmaking.common.components.base import query_without, render, request_of

register = template.Library()


@register.simple_tag(takes_context=True)
def filter_panel(
    context: Context,
    filter: Any,
    *,
    target: str = "results",
    title: str = "",
    fields: str = "",
    keep: str = "",
    auto: bool = True,
) -> SafeString:
    """The form of a FilterSet: sends itself through htmx while the visitor changes it, or by its button without.

    `keep` names what else the address says and the form must not lose, such as the tab.
    """
    form = filter.form
    wanted = [name.strip() for name in fields.split(",") if name.strip()] or list(form.fields)
    request = request_of(context)
    also = {name.strip(): request.GET.get(name.strip(), "") for name in keep.split(",")} if request and keep else {}
    return render(
        context,
        "filter_panel",
        kept={name: value for name, value in also.items() if value},
        fields=[form[name] for name in wanted],
        target=target if auto else "",
        title=title,
        active=len(active_filters(context, filter)),
        path=request.path if request else "",
    )


def active_filters(context: Context, filter: Any) -> list[dict[str, str]]:
    """Return a chip {label, value, url} for every value the visitor filters by; the url drops that value."""
    chips: list[dict[str, str]] = []
    request = request_of(context)
    if request is None or not filter.form.is_bound:
        return chips
    for field in filter.form:
        for name in _query_names(field):
            for value in dict.fromkeys(one for one in request.GET.getlist(name) if one.strip()):
                words = _words(field, value)
                if words is not None:
                    left = [one for one in request.GET.getlist(name) if one != value]
                    chips.append({"label": field.label, "value": words, "url": _query_with(context, name, left)})
    return chips


def _query_names(field: BoundField) -> list[str]:
    widget = field.field.widget
    if isinstance(widget, forms.MultiWidget):
        return [field.html_name + suffix for suffix in widget.widgets_names]  # type: ignore[attr-defined]
    return [field.html_name]


def _words(field: BoundField, value: str) -> str | None:
    """Return how a query value reads, or None when it is no choice of the field."""
    choices = getattr(field.field, "choices", None)
    if choices is None:
        if isinstance(field.field, forms.BooleanField | forms.NullBooleanField):
            return formats.plain(value.lower() in ("on", "true", "1"))
        return value
    flat: dict[str, str] = {}
    for key, words in choices:
        flat.update({str(k): str(w) for k, w in words} if isinstance(words, list | tuple) else {str(key): str(words)})
    return flat.get(value)


def _query_with(context: Context, name: str, values: list[str]) -> str:
    query = request_of(context).GET.copy()  # type: ignore[union-attr]
    query.pop("page", None)
    query.setlist(name, values)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def result_bar(context: Context, page: Any, *, filter: Any = None, target: str = "results") -> SafeString:
    """How many there are, and what they are filtered by."""
    request = request_of(context)
    return render(
        context,
        "result_bar",
        count=page.paginator.count,
        capped=getattr(page.paginator, "is_capped", False),
        chips=active_filters(context, filter) if filter is not None else [],
        target=target,
        clear_url=request.path if request else "?",
    )


@register.simple_tag(takes_context=True)
def pagination(context: Context, page: Any, *, target: str = "results") -> SafeString:
    """Links to the pages, keeping the query; nothing when there is only one."""
    paginator = page.paginator
    if paginator.num_pages <= 1:
        return SafeString("")
    numbers = [
        {"number": number, "url": query_without(context, page=number) if isinstance(number, int) else ""}
        for number in paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    ]
    return render(
        context,
        "pagination",
        numbers=numbers,
        current=page.number,
        total=paginator.num_pages,
        ellipsis=paginator.ELLIPSIS,
        previous_url=query_without(context, page=page.number - 1) if page.has_previous() else "",
        next_url=query_without(context, page=page.number + 1) if page.has_next() else "",
        target=target,
    )


@register.simple_block_tag(takes_context=True)
def table(
    context: Context,
    content: str,
    *,
    caption: str = "",
    cards: bool = True,
    compact: bool = False,
    caption_hidden: bool = True,
) -> SafeString:
    """A table that scrolls inside its own box; on a phone every row becomes a card (cells need data-label)."""
    values = {"caption": caption, "cards": cards, "compact": compact, "caption_hidden": caption_hidden}
    return render(context, "table", content=content, **values)


@register.simple_block_tag(takes_context=True)
def bulk_bar(context: Context, content: str, *, form: str) -> SafeString:
    """The actions on the ticked rows of a form; appears when something is ticked."""
    return render(context, "bulk_bar", content=content, form=form)


@register.simple_tag(takes_context=True)
def empty_state(
    context: Context,
    sentence: str,
    *,
    title: str = "",
    action: str = "",
    url: str = "",
    icon: str = "inbox",
) -> SafeString:
    """What to say, and what to do next, when there is nothing."""
    values = {"sentence": sentence, "title": title, "action": action, "url": url, "icon": icon}
    return render(context, "empty_state", **values)


@register.simple_block_tag(takes_context=True)
def live(context: Context, content: str, id: str, url: str, every: int = 5) -> SafeString:
    """A block that asks the server again every few seconds while the page is looked at."""
    return render(context, "live", content=content, id=id, url=url, every=every)
