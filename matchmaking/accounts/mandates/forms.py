"""The terms of a mandate, and the reason of its end."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.common.fields import DayField, TextField

LONGEST = timedelta(days=3 * 366)


class OfferForm(forms.Form):
    subject = TextField(label=_("subject"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
                        help_text=_("For what you act, in a sentence or two."))  # fmt: skip
    starts_on = DayField(label=_("from"))
    ends_on = DayField(label=_("until"), help_text=_("At most three years."))

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        start, end = values.get("starts_on"), values.get("ends_on")
        if start and end and not start <= end <= start + LONGEST:
            self.add_error("ends_on", _("The end lies between the beginning and three years after it."))
        elif end and end < timezone.localdate():
            self.add_error("ends_on", _("This date has passed; please give a day after today."))
        return values


class AnswerForm(forms.Form):
    version = forms.IntegerField(min_value=1, max_value=2_000_000_000, widget=forms.HiddenInput)
    reason = TextField(label=_("reason"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}),
                       help_text=_("Needed to refuse or revoke; the other side reads it."))  # fmt: skip
