"""The rail of a long form: its named steps, what is filled in each, and where something is wrong.

The counts are made here for the page as it comes, and by `static/js/rail.js` in the same way while people type.
A needed field is written as a token: "title" (filled), "summary:140" (at least 140 characters), "keywords:3w" (at
least three words), or the name of a set of rows (at least one row in which something is written).
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet

_WORDS = re.compile(r"[,，;；、\s]+")
_TOKEN = re.compile(r"(?P<name>\w+)(?::(?P<least>\d+)(?P<words>w?))?")


@dataclass(frozen=True)
class Part:
    """A step of the form; `id` is the id of its element, `for_kind` marks it as one of several ways of filling in."""

    id: str
    title: Any
    fields: Sequence[str] = ()
    rows: Sequence[str] = ()
    for_kind: str = ""


@dataclass(frozen=True)
class Stop:
    """A step as the rail shows it."""

    part: Part
    needs: Sequence[str]
    filled: int
    wrong: int

    @property
    def total(self) -> int:
        return len(self.needs)

    @property
    def state(self) -> str:
        """wrong, done, open, or free where nothing is needed."""
        if self.wrong:
            return "wrong"
        if not self.needs:
            return "free"
        return "done" if self.filled == self.total else "open"


@dataclass(frozen=True)
class Rail:
    stops: Sequence[Stop]

    @property
    def filled(self) -> int:
        return sum(stop.filled for stop in self.stops)

    @property
    def total(self) -> int:
        return sum(stop.total for stop in self.stops)

    @property
    def wrong(self) -> int:
        return sum(stop.wrong for stop in self.stops)


def rail(
    parts: Iterable[Part],
    *,
    form: forms.BaseForm,
    sets: Mapping[str, BaseFormSet],
    needed: Iterable[str],
    noted: Collection[str] = (),
) -> Rail:
    """Return the rail of a form and its sets of rows over what stands in them now.

    `noted` names the fields at which an officer wrote a note: they are to be corrected as well.
    """
    tokens = {name_of(token): token for token in needed}
    stops = []
    for part in parts:
        needs = [tokens[name] for name in (*part.fields, *part.rows) if name in tokens]
        filled = sum(is_filled(token, form, sets) for token in needs)
        wrong = sum(bool(name in noted or form[name].errors) for name in part.fields if name in form.fields)
        wrong += sum(_wrong_rows(sets[name]) or (name in noted) for name in part.rows if name in sets)
        stops.append(Stop(part, needs, filled, wrong))
    return Rail(stops)


def name_of(token: str) -> str:
    return token.partition(":")[0]


def is_filled(token: str, form: forms.BaseForm, sets: Mapping[str, BaseFormSet]) -> bool:
    """Whether what a token asks for stands in the form."""
    found = _TOKEN.fullmatch(token)
    assert found, token
    name, least = found["name"], int(found["least"] or 1)
    if name in sets:
        return any(_has_text(row) for row in sets[name].forms)
    if name not in form.fields:
        return True  # not on this form, so not to be asked for here
    value = form[name].value()
    if found["words"]:
        words = value if isinstance(value, list | tuple) else _WORDS.split(str(value or ""))
        return len([word for word in words if word]) >= least
    if isinstance(value, list | tuple):
        return len(value) >= least
    return value is not None and value is not False and len(str(value).strip()) >= least


def _has_text(row: forms.BaseForm) -> bool:
    """A row counts as soon as something is written in it; what is only chosen may be a default."""
    if "DELETE" in row.fields and row["DELETE"].value():
        return False
    return any(
        str(bound.value() or "").strip()
        for bound in row.visible_fields()
        if isinstance(bound.field.widget, forms.TextInput | forms.Textarea | forms.DateInput)
    )


def _wrong_rows(rows: BaseFormSet) -> int:
    if not rows.is_bound:
        return len(getattr(rows, "_non_form_errors", None) or ())  # marked as missing
    return len(rows.non_form_errors()) + sum(bool(one) for one in rows.errors)
