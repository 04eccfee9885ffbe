"""Components of forms: whole form, field, error summary, fieldset, formset rows, action bar, question before doing."""

from typing import Any
from uuid import uuid4

from django import forms, template
from django.forms.boundfield import BoundField
from django.forms.formsets import BaseFormSet
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from matchmaking.common.components.base import render
from matchmaking.common.rails import Rail

register = template.Library()
FORM_TOKEN = "form_token"  # noqa: S105  the name of the input


@register.simple_tag
def form_token() -> SafeString:
    """The one-time token of a form that makes something; see `matchmaking.intake.once`."""
    return format_html('<input type="hidden" name="{}" value="{}">', FORM_TOKEN, uuid4())


@register.simple_tag(takes_context=True)
def form(
    context: Context,
    form: forms.BaseForm,
    *,
    submit: str = "",
    cancel: str = "",
    action: str = "",
    tone: str = "primary",
    method: str = "post",
) -> SafeString:
    """A whole form: token, error summary, fields, buttons."""
    return render(
        context,
        "form",
        form=form,
        submit=submit or _("Save"),
        cancel=cancel,
        action=action,
        tone=tone,
        method=method,
        multipart=form.is_multipart(),
    )


@register.simple_tag
def field(
    bound: BoundField,
    *,
    label: str | None = None,
    help: str | None = None,
    placeholder: str | None = None,
    hide_label: bool = False,
    rows: int = 0,
) -> SafeString:
    """One field with label, help, counter and errors; what is given here replaces what the form says."""
    if rows:
        bound.field.widget.attrs["rows"] = rows
    if placeholder is not None:
        bound.field.widget.attrs["placeholder"] = placeholder
    if label is not None:
        bound.label = label
    if help is not None:
        bound.help_text = help
    return bound.form.render(bound.template_name, {"field": bound, "hide_label": hide_label})


@register.simple_tag(takes_context=True)
def form_errors(context: Context, *bound: forms.BaseForm | BaseFormSet) -> SafeString:
    """All errors of the forms and formsets given, as links to their fields; nothing when there are none."""
    problems = [problem for one in bound if one is not None for problem in _problems(one)]
    return render(context, "form_errors", problems=problems) if problems else SafeString("")


def _problems(one: forms.BaseForm | BaseFormSet) -> list[dict[str, Any]]:
    if not one.is_bound:
        return []
    if isinstance(one, BaseFormSet):
        found = [{"target": "", "label": "", "message": message} for message in one.non_form_errors()]
        for number, row in enumerate(one.forms, start=1):
            found += [{**problem, "label": _row_label(number, problem["label"])} for problem in _problems(row)]
        return found
    found = [{"target": "", "label": "", "message": message} for message in one.non_field_errors()]
    for bound in one:
        target = "" if bound.is_hidden else focus_id(bound)
        found += [{"target": target, "label": str(bound.label), "message": message} for message in bound.errors]
    return found


def focus_id(bound: BoundField) -> str:
    """Return the id of the element to go to: the first choice of a group, else the input."""
    if isinstance(bound.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return f"{bound.auto_id}_0"
    return bound.id_for_label or bound.auto_id


def _row_label(number: int, label: str) -> str:
    words = _("row %(number)d") % {"number": number}
    return f"{words} · {label}" if label else words


@register.simple_block_tag(takes_context=True)
def fieldset(context: Context, content: str, legend: str, *, help: str = "") -> SafeString:
    """A group of fields under one heading."""
    return render(context, "fieldset", content=content, legend=legend, help=help)


@register.simple_tag(takes_context=True)
def formset(
    context: Context, formset: BaseFormSet, *, title: str = "", add: str = "", help: str = "", cols: str = ""
) -> SafeString:
    """The rows of a formset, with buttons that add and remove; `cols` gives widths: "name:4,unit:2" (twelfths)."""
    widths = dict(part.strip().split(":") for part in cols.split(",")) if cols else {}
    return render(
        context,
        "formset",
        formset=formset,
        rows=[_formset_row(one, widths) for one in formset.forms],
        empty=_formset_row(formset.empty_form, widths),
        title=title,
        add=add or _("Add a row"),
        help=help,
    )


def _formset_row(one: forms.BaseForm, widths: dict[str, str]) -> dict[str, Any]:
    shown = [bound for bound in one.visible_fields() if bound.name not in ("DELETE", "ORDER")]
    return {
        "form": one,
        "hidden": [*one.hidden_fields(), *([one["ORDER"]] if "ORDER" in one.fields else [])],
        "delete": one["DELETE"] if "DELETE" in one.fields else None,
        "cells": [{"field": bound, "width": widths.get(bound.name, "")} for bound in shown],
    }


@register.simple_tag(takes_context=True)
def form_rail(context: Context, rail: Rail) -> SafeString:
    """The steps of a long form with what is filled in each (`common/rails.py`); stands in a column beside the form."""
    return render(context, "form_rail", rail=rail)


@register.simple_block_tag(takes_context=True)
def form_actions(
    context: Context, content: str, *, submit: str = "", cancel: str = "", tone: str = "primary", sticky: bool = False
) -> SafeString:
    """The buttons of a form: the main one first, further ones as content, the way out last."""
    values = {"submit": submit or _("Save"), "cancel": cancel, "tone": tone, "sticky": sticky}
    return render(context, "form_actions", content=SafeString(content.strip()), **values)


@register.simple_block_tag(takes_context=True)
def confirm(
    context: Context,
    content: str,
    id: str,
    *,
    title: str,
    action: str,
    submit: str = "",
    tone: str = "primary",
    open: bool = False,
    name: str = "",
    value: str = "",
) -> SafeString:
    """A question before doing: a dialog with a POST form, opened by any element with data-dialog="<id>"."""
    values = {"title": title, "action": action, "submit": submit or _("Confirm"), "tone": tone, "open": open}
    return render(context, "confirm", content=content, id=id, name=name, value=value, **values)
