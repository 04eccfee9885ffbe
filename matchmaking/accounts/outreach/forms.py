"""A list of enterprises, pasted or uploaded; every row is checked, and each fault is told at its row."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from matchmaking.accounts.uscc import UsccError, clean_uscc
from matchmaking.common.fields import MailField, TextField
from matchmaking.common.spreadsheet.limits import Limits
from matchmaking.common.spreadsheet.reader import read_table
from matchmaking.common.spreadsheet.refusal import WorkbookRefused

MOST_ROWS = 500
_LIMITS = Limits(file_bytes=2 * 1024 * 1024, rows=2_000, columns=20, wall_seconds=15)


@dataclass(frozen=True)
class Fault:
    """What is wrong in a row of the list, as a person counts rows."""

    number: int
    sentence: str


class RowForm(forms.Form):
    """One enterprise."""

    name = TextField(label=gettext_lazy("name"), max_length=200)
    uscc = TextField(label=gettext_lazy("unified social credit code"), max_length=40)
    email = MailField(label=gettext_lazy("e-mail"), max_length=254)

    def clean_uscc(self) -> str:
        try:
            return clean_uscc(self.cleaned_data["uscc"])
        except UsccError as error:
            raise forms.ValidationError(error.sentence) from error

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class ListForm(forms.Form):
    """`rows()` after `is_valid()` gives the checked rows; `faults` what is wrong with which."""

    text = TextField(
        label=gettext_lazy("Enterprises"), required=False, max_length=200_000, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("One on each line: name, unified social credit code, e-mail; copied from a table or separated by commas."),  # noqa: E501
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("Or a workbook"), required=False,
        help_text=gettext_lazy("The same three columns, as XLSX or CSV, at most 2 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )  # fmt: skip
    faults: Sequence[Fault] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return values
        try:
            lines = list(self._lines(values))
        except WorkbookRefused as refusal:
            raise forms.ValidationError(str(refusal.sentence)) from refusal
        if not lines:
            raise forms.ValidationError(_("Paste a list or choose a file."))
        if len(lines) > MOST_ROWS:
            raise forms.ValidationError(_("At most %(most)s enterprises in one list.") % {"most": MOST_ROWS})
        values["rows"], self.faults = _checked(lines)
        if self.faults:
            raise forms.ValidationError(_("Some rows are not right yet; nothing has been sent."))
        return values

    def _lines(self, values: dict[str, Any]) -> Iterator[tuple[int, list[str]]]:
        if file := values.get("file"):
            yield from _from_file(file)
            return
        for number, line in enumerate(values.get("text", "").splitlines(), start=1):
            if line.strip():
                cells = line.split("\t") if "\t" in line else line.replace("，", ",").split(",")
                yield number, [cell.strip() for cell in cells]


def _from_file(file: Any) -> Iterator[tuple[int, list[str]]]:
    """The rows of a workbook, read in the bounded process; a first row without an address is a heading."""
    with tempfile.NamedTemporaryFile() as kept:
        for piece in file.chunks():
            kept.write(piece)
        kept.flush()
        table = read_table(kept.name, name=file.name or "", limits=_LIMITS)
    for place, (number, cells) in enumerate(table):
        texts = ["" if cell is None else str(cell).strip() for cell in cells]
        if any(texts) and (place > 0 or any("@" in text for text in texts)):
            yield number, texts


def _checked(lines: Sequence[tuple[int, list[str]]]) -> tuple[list[dict[str, Any]], list[Fault]]:
    rows: list[dict[str, Any]] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for number, cells in lines:
        if len([cell for cell in cells if cell]) != 3:
            faults.append(Fault(number, _("Three values are needed: name, credit code, e-mail.")))
            continue
        form = RowForm(dict(zip(("name", "uscc", "email"), cells, strict=False)))
        if not form.is_valid():
            faults += [Fault(number, f"{form.fields[name].label}: {one}") for name, said in form.errors.items()
                       for one in said]  # fmt: skip
            continue
        code = form.cleaned_data["uscc"]
        if code in seen:
            faults.append(Fault(number, _("The same credit code stands in row %(row)s.") % {"row": seen[code]}))
            continue
        seen[code] = number
        rows.append({"number": number, **form.cleaned_data})
    return rows, faults
