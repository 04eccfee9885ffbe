"""The officer's decision as a form, the same for every kind of record."""

from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from matchmaking.common.fields import TextField
from matchmaking.vocabularies.selectors import choices

VERSION = {"widget": forms.HiddenInput, "min_value": 1, "max_value": 2_000_000_000}


class DecisionForm(forms.Form):
    """Pass, or return or reject with reasons as codes and in words; a note at each of the `noted` fields.

    `noted` names the fields, or gives (field, label) pairs.
    """

    PASS, RETURN, REJECT, SEND_BACK = "pass", "return", "reject", "send_back"

    version = forms.IntegerField(**VERSION)  # type: ignore[arg-type]
    decision = forms.ChoiceField(
        choices=[(PASS, _("Pass")), (RETURN, _("Return")), (REJECT, _("Reject")), (SEND_BACK, _("Send back"))],
        widget=forms.HiddenInput,
    )
    reasons = forms.MultipleChoiceField(
        label=_("Kind of reason"), required=False, choices=partial(choices, "REVIEW_REASON"),
        widget=forms.CheckboxSelectMultiple, help_text=_("Needed to return or to reject; they are counted."),
    )  # fmt: skip
    reason = TextField(
        label=_("Reason"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed to return or to reject; the owner reads it. "
                    "For example: the goal has no number that can be tested."),
    )  # fmt: skip

    def __init__(self, *args: Any, noted: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.noted: dict[str, Any] = dict(one if isinstance(one, tuple) else (one, _("Write a note")) for one in noted)
        for name, label in self.noted.items():
            self.fields[f"note_{name}"] = TextField(
                label=label, max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        decision = cleaned.get("decision")
        if decision in (self.RETURN, self.REJECT, self.SEND_BACK):
            if not cleaned.get("reason") and "reason" not in self.errors:
                self.add_error("reason", _("Please give a reason that the owner can read."))
            if decision != self.SEND_BACK and not cleaned.get("reasons") and "reasons" not in self.errors:
                self.add_error("reasons", _("Please tick at least one kind of reason."))
        return cleaned

    def notes(self) -> dict[str, str]:
        """{field: note} of the notes that were written."""
        found = {name: self.cleaned_data.get(f"note_{name}", "") for name in self.noted}
        return {name: note for name, note in found.items() if note}

    def refusal(self) -> dict[str, Any]:
        """What a return takes: reason in words, reasons as codes, notes at the fields."""
        return {"reason": self.cleaned_data["reason"], "reasons": self.cleaned_data["reasons"], "notes": self.notes()}


class AppealForm(forms.Form):
    """Why the owner thinks that the rejection is wrong."""

    version = forms.IntegerField(**VERSION)  # type: ignore[arg-type]
    text = TextField(
        label=_("Your appeal"), max_length=1000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Say which point of the decision is wrong, and what proves it. A rejection can be appealed once."),
    )  # fmt: skip


class AppealDecisionForm(forms.Form):
    """Uphold or dismiss, with the reason."""

    UPHOLD, DISMISS = "uphold", "dismiss"
    version = forms.IntegerField(**VERSION)  # type: ignore[arg-type]
    decision = forms.ChoiceField(choices=[(UPHOLD, _("Uphold")), (DISMISS, _("Dismiss"))], widget=forms.HiddenInput)
    reason = TextField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The owner reads it."),
    )  # fmt: skip
