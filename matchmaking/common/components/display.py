"""Components that show: headers, cards, badges, data lists, steps, timelines, tiles, charts."""

import datetime as dt
from collections.abc import Sequence
from functools import cache
from typing import Any

from django import template
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from matchmaking.common import formats, labels, tones
from matchmaking.common.components.base import render

register = template.Library()
Rows = Sequence[dict[str, Any]]


@register.simple_tag
def icon(name: str, label: str = "", size: str = "", css: str = "") -> SafeString:
    """An icon of the sprite: hidden from screen readers, unless a label gives it a meaning of its own."""
    classes = " ".join(filter(None, ["icon", f"icon-{size}" if size else "", css]))
    href = f"{_sprite()}#tabler-{name}"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>', classes, label, href
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', classes, href)


@cache  # forty icons stand on every page
def _sprite() -> str:
    return static("vendor/icons.svg")


@register.simple_tag
def badge(text: Any, tone: str = "grey", icon: str = "") -> SafeString:
    """A short word on a coloured ground; every tone keeps a contrast of at least 4.5 to 1."""
    return format_html(
        '<span class="badge tone-{}">{}{}</span>', tone, _icon_html(icon) if icon else "", formats.plain(text)
    )


_icon_html = icon


@register.simple_tag
def state_badge(obj: Any, field: str = "state") -> SafeString:
    """The state of a record: its words, in the colour of its group."""
    value = getattr(obj, field) or ""
    display = getattr(obj, f"get_{field}_display", None)
    words = display() if display else value
    return badge(words or formats.EMPTY, tones.state_tone(str(value)))


@register.simple_tag
def deadline(moment: dt.date | dt.datetime | None, done: bool = False) -> SafeString:
    """How far away a date is: “3 days left”, “due today”, “2 days overdue”. `done=True` shows the date, muted."""
    days = formats.days_left(moment)
    if days is None:
        return SafeString(formats.EMPTY)
    words, tone = formats.deadline_words(days)
    day = formats.plain(moment)
    if done:
        return format_html('<time class="text-secondary nowrap" datetime="{0}">{0}</time>', day)
    return format_html(
        '<time datetime="{0}" title="{0}" class="badge tone-{1}">{2}{3}</time>', day, tone, icon("clock"), words
    )


@register.simple_block_tag(takes_context=True, end_name="endpage_header")
def page_header(
    context: Context, content: str, title: str, *, pretitle: str = "", subtitle: str = "", back: str = ""
) -> SafeString:
    """The head of a page: its only h1, and its actions as content."""
    values = {
        "title": title,
        "pretitle": pretitle,
        "subtitle": subtitle,
        "back": back,
        "actions": SafeString(content.strip()),
    }
    return render(context, "page_header", **values)


@register.simple_block_tag(takes_context=True)
def card(
    context: Context,
    content: str,
    *,
    title: str = "",
    subtitle: str = "",
    icon: str = "",
    id: str = "",
    tone: str = "",
    flush: bool = False,
    actions: str = "",
    footer: str = "",
) -> SafeString:
    """A card with an optional head; `flush` leaves out the padding, for tables."""
    values = {"title": title, "subtitle": subtitle, "icon": icon, "id": id, "tone": tone, "flush": flush}
    return render(context, "card", content=content, actions=actions, footer=footer, **values)


@register.simple_block_tag(takes_context=True)
def alert(context: Context, content: str, *, tone: str = "info", title: str = "", dismiss: bool = False) -> SafeString:
    """A remark that stands in the page; tone: info, success, warning, danger."""
    return render(context, "alert", content=content, tone=tone, title=title, dismiss=dismiss)


@register.simple_block_tag(takes_context=True)
def datagrid(context: Context, content: str, columns: int = 2) -> SafeString:
    """A description list of `row`s in one to four columns (one on a phone)."""
    return render(context, "datagrid", content=content, columns=columns)


@register.simple_tag(takes_context=True)
def row(context: Context, label: str, value: Any = None, *, wide: bool = False, protected: bool = False) -> SafeString:
    """One field of a record; nothing shows as “—”, lists are joined, dates and booleans put into words."""
    return render(context, "row", label=label, value=formats.plain(value), wide=wide, protected=protected, rich=False)


@register.simple_block_tag(takes_context=True)
def rowblock(context: Context, content: str, label: str, *, wide: bool = False, protected: bool = False) -> SafeString:
    """One field of a record whose value is markup."""
    value = content.strip() or formats.EMPTY
    return render(context, "row", label=label, value=SafeString(value), wide=wide, protected=protected, rich=True)


@register.simple_tag(takes_context=True)
def progress(
    context: Context, value: float | None, *, max: float = 100, label: str = "", tone: str = "", show: bool = True
) -> SafeString:
    """A progress bar; without a value it moves to say that the length is not known."""
    share = None if value is None else round(100 * value / max) if max else 100
    return render(context, "progress", value=value, max=max, label=label, tone=tone, share=share, show=show)


@register.simple_tag(takes_context=True)
def steps(context: Context, items: Rows, label: str = "") -> SafeString:
    """A rail of steps: done, current, todo, stopped."""
    filled = [{"at": None, "note": "", **item} for item in items]
    return render(context, "steps", items=filled, label=label)


@register.simple_tag(takes_context=True)
def timeline(context: Context, entries: Rows) -> SafeString:
    """What happened, in the order given."""
    filled = [{"by": "", "text": "", "tone": "grey", "icon": "", **entry} for entry in entries]
    return render(context, "timeline", entries=filled)


@register.simple_tag(takes_context=True)
def tabs(context: Context, items: Rows, label: str = "") -> SafeString:
    """Tabs that are links; the server shows what belongs to each."""
    return render(context, "tabs", items=[{"count": None, "active": False, **item} for item in items], label=label)


@register.simple_tag(takes_context=True)
def stat(
    context: Context,
    label: str,
    number: Any,
    *,
    unit: str = "",
    url: str = "",
    icon: str = "",
    tone: str = "blue",
    note: str = "",
) -> SafeString:
    """A tile with one number that leads to the list behind it."""
    values = {"label": label, "unit": unit, "url": url, "icon": icon, "tone": tone, "note": note}
    return render(context, "stat", number=formats.plain(number), **values)


@register.simple_tag(takes_context=True)
def funnel(context: Context, rows: Rows, caption: str = "") -> SafeString:
    """Steps that narrow: bar, number and the share of the step before."""
    return render(context, "funnel", rows=_bars(rows, centred=True), caption=caption, steps=True)


@register.simple_tag(takes_context=True)
def bars(context: Context, rows: Rows, caption: str = "") -> SafeString:
    """Amounts to compare: bar and number."""
    return render(context, "funnel", rows=_bars(rows, centred=False), caption=caption, steps=False)


def _bars(rows: Rows, *, centred: bool) -> list[dict[str, Any]]:
    largest = max((item["value"] for item in rows), default=0) or 1
    drawn: list[dict[str, Any]] = []
    before = None
    for item in rows:
        width = round(100 * item["value"] / largest, 2)
        share = round(100 * item["value"] / before) if before else None
        left = round((100 - width) / 2, 2) if centred else 0
        drawn.append({"url": "", "note": "", **item, "width": f"{width}", "left": f"{left}", "share": share})
        before = item["value"]
    return drawn


@register.simple_tag(takes_context=True)
def compare(context: Context, left: dict[str, Any], right: dict[str, Any]) -> SafeString:
    """Two texts side by side, section by section, with the agreeing words marked and whole sentences set apart."""
    return render(context, "compare", sides=[_side(left), _side(right)])


def _side(side: dict[str, Any]) -> dict[str, Any]:
    sections = [{"heading": part.get("heading", ""), "text": _marked(part)} for part in side["sections"]]
    return {"subtitle": "", "url": "", **side, "sections": sections}


def _marked(part: dict[str, Any]) -> SafeString:
    if part.get("sentences"):
        return formats.lifted(part["text"], part["sentences"], part.get("terms") or ())
    return formats.marked(part["text"], part.get("terms"))


@register.simple_tag(takes_context=True)
def copy_button(context: Context, text: str, label: str = "") -> SafeString:
    """A button that puts a text on the clipboard and says so."""
    return render(context, "copy_button", text=text, label=label)


@register.simple_tag(takes_context=True)
def attachment(context: Context, name: str, url: str, size: int | None = None) -> SafeString:
    """A file to download, with its size."""
    ending = name.rsplit(".", 1)[-1].lower()
    kind = {"xlsx": "file-spreadsheet", "xls": "file-spreadsheet", "csv": "file-spreadsheet", "pdf": "file-text"}
    return render(context, "attachment", name=name, url=url, size=size, icon=kind.get(ending, "file"))


@register.simple_tag(name="code_label")
def code_label_tag(table: str, code: str) -> str:
    """The words for a code of a table."""
    return labels.label(table, code) or formats.EMPTY
