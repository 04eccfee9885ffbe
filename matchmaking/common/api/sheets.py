"""A pool's own form behind JSON: the API checks input with the very form that the page shows, in the same words.

`input_serializer` derives the JSON fields (and so the OpenAPI document) from the form class; `form_data` turns given
JSON into what a browser would have sent; `problems` turns the form's errors into JSON pointers.

A form field that people fill in words may say how it looks in JSON: `api_field()` returns the serializer field and
`from_api(value)` the text a person would have typed.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

Rows = Mapping[str, type[forms.Form]]


class SheetSerializer(serializers.Serializer[Any]):
    """Types of the input alone; every other rule is the form's. A name that is none is refused, not passed over."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, Mapping) and (unknown := sorted(set(data) - set(self.fields))):
            raise ValidationError({name: [_("There is no such field.")] for name in unknown})
        return super().to_internal_value(data)


def input_serializer(
    name: str, form: type[forms.Form], *, rows: Rows | None = None, leave_out: Iterable[str] = (), **extra: Any
) -> type[SheetSerializer]:
    """Return the serializer class of a form and its rows. `extra` are further serializer fields by name."""
    declared: dict[str, Any] = {
        field_name: json_field(field)
        for field_name, field in form.base_fields.items()
        if field_name not in {"version", *leave_out}
    }
    for prefix, row_form in (rows or {}).items():
        row = type(f"{name}{prefix.title().replace('_', '')}Input", (SheetSerializer,), {
            field_name: json_field(field) for field_name, field in row_form.base_fields.items()
        })  # fmt: skip
        declared[prefix] = row(many=True, required=False, max_length=200)
    return type(f"{name}Input", (SheetSerializer,), {**declared, **extra})


def json_field(field: forms.Field) -> serializers.Field[Any, Any, Any, Any]:
    """Return the JSON type of a form field. None and a missing name both mean: not filled."""
    own = getattr(field, "api_field", None)
    if own is not None:
        return own()
    words: dict[str, Any] = {"required": False, "allow_null": True}
    if field.label or field.help_text:
        words["help_text"] = field.help_text or field.label
    if isinstance(field, forms.MultipleChoiceField):
        return serializers.ListField(child=serializers.CharField(max_length=40), max_length=200, **words)
    if isinstance(field, forms.BooleanField):
        return serializers.BooleanField(**words)
    if isinstance(field, forms.DateField):
        return serializers.DateField(**words)
    if isinstance(field, forms.DecimalField):
        return serializers.DecimalField(max_digits=field.max_digits, decimal_places=field.decimal_places, **words)
    if isinstance(field, forms.IntegerField):
        return serializers.IntegerField(**words)
    if isinstance(field, forms.TypedChoiceField) and field.coerce in (int, bool):
        kind = serializers.IntegerField if field.coerce is int else serializers.BooleanField
        return kind(**words)
    return serializers.CharField(allow_blank=True, trim_whitespace=False, **words)


def form_data(form: forms.Form, given: Mapping[str, Any]) -> MultiValueDict[str, Any]:
    """Return what a browser would send: the given values over those that the (unbound) form shows."""
    found: MultiValueDict[str, Any] = MultiValueDict()
    for name, field in form.fields.items():
        value = typed(field, given[name]) if name in given else shown(field, form[name].initial)
        if value not in (None, ""):
            found.setlist(form.add_prefix(name), value if isinstance(value, list) else [value])
    return found


def only_given(data: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a service's data that the input named; `contact` is made of contact_<part>.

    What was not named must not be written again from the live record: a change of it may wait for its check.
    """
    return {
        name: value
        for name, value in data.items()
        if name in given or (name == "contact" and any(one.startswith("contact_") for one in given))
    }


def row_data(prefix: str, form: type[forms.Form], rows: Iterable[Mapping[str, Any]]) -> MultiValueDict[str, Any]:
    """Return the posted form of a set of rows."""
    filled = list(rows)
    found: MultiValueDict[str, Any] = MultiValueDict()
    found[f"{prefix}-TOTAL_FORMS"], found[f"{prefix}-INITIAL_FORMS"] = str(len(filled)), "0"
    for place, row in enumerate(filled):
        for name, field in form.base_fields.items():
            value = typed(field, row[name]) if name in row else shown(field, field.initial)
            if value not in (None, ""):
                found.setlist(f"{prefix}-{place}-{name}", value if isinstance(value, list) else [value])
    return found


def typed(field: forms.Field, value: Any) -> str | list[str] | None:
    """Return a JSON value as a person would have typed or ticked it."""
    if value is None:
        return None
    own = getattr(field, "from_api", None)
    if own is not None:
        return own(value)
    if isinstance(value, bool):
        ticked = "1" if isinstance(field, forms.TypedChoiceField) else "on"
        return ticked if value else None
    if isinstance(value, list):
        return [str(one) for one in value]
    return value.isoformat() if isinstance(value, date) else str(value)


def shown(field: forms.Field, value: Any) -> str | list[str] | None:
    """Return a stored value as the page would show it in the field."""
    value = field.prepare_value(value() if callable(value) else value)
    if isinstance(value, bool):
        return typed(field, value)
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    return None if value is None else str(value)


def problems(form: forms.Form, sets: Mapping[str, Any] | None = None) -> dict[str, list[str]]:
    """Return {JSON pointer: sentences} of a bound form and its sets of rows."""
    found = {_pointer(name): [str(one) for one in errors] for name, errors in form.errors.items()}
    for prefix, rows in (sets or {}).items():
        if whole := rows.non_form_errors():
            found[f"/{prefix}"] = [str(one) for one in whole]
        for place, errors in enumerate(rows.errors):
            for name, sentences in errors.items():
                found[f"/{prefix}/{place}{_pointer(name)}"] = [str(one) for one in sentences]
    return found


def pointers(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return {JSON pointer: sentence} of a service's refusal; `indicators-0-value` is a cell of a row."""
    return {_pointer(name): sentence for name, sentence in fields.items()}


def _pointer(name: str) -> str:
    return "" if name == NON_FIELD_ERRORS else "/" + name.replace("-", "/")
