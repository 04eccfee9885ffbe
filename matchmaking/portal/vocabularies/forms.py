"""The forms of the data steward."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.common.fields import DayField, TextField
from matchmaking.vocabularies.editions import LIMITS, EditionRefused, Row, read_edition

_SALT = "vocabulary-edition"


class EditionForm(forms.Form):
    """A new edition: the file and what is said about it."""

    file = forms.FileField(
        label=_("File of codes"),
        help_text=_("A .csv file with the headings of the download. In Excel or WPS: save as “CSV UTF-8”."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv"}),
    )
    edition = TextField(label=_("Edition"), max_length=50, help_text=_("For example: GB/T 4754-2027"))
    source = TextField(
        label=_("Taken from"),
        max_length=300,
        help_text=_("For example: the notice and its number, and where it stands."),
    )
    valid_from = DayField(
        label=_("Counts from"),
        help_text=_("New codes may be chosen from this day; codes that are gone, until the day before."),
    )

    def __init__(self, *args: Any, table: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table

    def clean_file(self) -> list[Row]:
        upload: UploadedFile = self.cleaned_data["file"]
        if (upload.size or 0) > LIMITS.file_bytes:
            raise forms.ValidationError(_("The file is larger than one megabyte."))
        try:
            return read_edition(upload.file, self.table)  # type: ignore[arg-type]
        except EditionRefused as refusal:
            raise forms.ValidationError([str(one) for one in refusal.problems]) from refusal

    def seal(self, table: str) -> str:
        """What was looked at, to be confirmed: signed, so that exactly this is imported."""
        rows = [
            [row.code, row.parent, row.name_zh, row.name_en, list(row.synonyms)] for row in self.cleaned_data["file"]
        ]
        given = {name: str(self.cleaned_data[name]) for name in ("edition", "source", "valid_from")}
        seen = {"table": table, "rows": rows, **given}
        return signing.dumps(seen, salt=_SALT, compress=True)


class ConfirmForm(forms.Form):
    """The edition that was looked at."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=2_000_000)

    def clean_seen(self) -> dict[str, Any]:
        try:
            return signing.loads(self.cleaned_data["seen"], salt=_SALT, max_age=timedelta(hours=2))
        except signing.BadSignature:
            raise forms.ValidationError(_("The preview is too old. Please choose the file again.")) from None


def rows_of(seen: dict[str, Any]) -> list[Row]:
    return [Row(code, parent, zh, en, tuple(synonyms)) for code, parent, zh, en, synonyms in seen["rows"]]


class HeirForm(forms.Form):
    """What took the place of a retired code."""

    heir = forms.ChoiceField(label=_("Its place is taken by"), required=False)

    def __init__(self, *args: Any, heirs: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["heir"].choices = [("", _("nothing")), *heirs]  # type: ignore[attr-defined]


class RetireForm(HeirForm):
    """From which day a code may no longer be chosen, and what takes its place."""

    on = DayField(label=_("May no longer be chosen from"), initial=timezone.localdate)
    confirmed = forms.BooleanField(
        label=_("Yes, this code shall no longer be chosen"),
        error_messages={"required": _("Confirm by a tick that you have read what it means.")},
    )
    field_order = ("on", "heir", "confirmed")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["heir"].help_text = _("Records keep their code and show this one.")
