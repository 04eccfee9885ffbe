"""An entry of the roster."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.roster.enums import BrokerGrade
from matchmaking.common.fields import DayField, TextField


class RosterForm(forms.Form):
    version = forms.IntegerField(min_value=0, max_value=2_000_000_000, widget=forms.HiddenInput, initial=0)
    name = TextField(label=_("name"), max_length=100)
    grade = forms.ChoiceField(label=_("grade"), choices=BrokerGrade.choices)
    certificate_no = TextField(label=_("certificate number"), max_length=60, required=False,
                               help_text=_("Needed with a grade."))  # fmt: skip
    certified_on = DayField(label=_("certified on"), required=False)
    specialities = TextField(label=_("fields of work"), max_length=200, required=False)
    joined_on = DayField(label=_("works here since"))
    left_on = DayField(label=_("last day"), required=False, help_text=_("Empty as long as the person works here."))

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("grade") != BrokerGrade.NONE and not values.get("certificate_no"):
            self.add_error("certificate_no", _("A grade needs the number of its certificate."))
        joined, left, today = values.get("joined_on"), values.get("left_on"), timezone.localdate()
        if joined and left and left < joined:
            self.add_error("left_on", _("The last day lies before the first."))
        for name in ("certified_on", "joined_on"):
            if values.get(name) and values[name] > today:
                self.add_error(name, _("This day has not come yet."))
        return values

    def entry(self) -> dict[str, Any]:
        """The values by the names of the model."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}
