"""Forms of requests not to be listed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from matchmaking.common.fields import TextField


class RemovalForm(forms.Form):
    """Nothing has to be told to be heard."""

    words = TextField(
        label=_("Message to the unit"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("If you no longer read the address of the entry, say here how the unit can reach you."),
    )  # fmt: skip


class RemovalAnswerForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("Answer"), widget=forms.RadioSelect,
        choices=[("remove", _("Take the entry off the list, for good")), ("keep", _("The entry stays on the list"))],
    )  # fmt: skip
    reason = TextField(label=_("Reason"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}),
                       help_text=_("Needed if the entry stays."))  # fmt: skip

    def clean(self) -> dict[str, Any] | None:
        found = super().clean() or {}
        if found.get("outcome") == "keep" and not found.get("reason"):
            self.add_error("reason", _("Please give a reason."))
        return found
