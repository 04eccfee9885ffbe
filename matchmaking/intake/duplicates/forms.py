"""The officer's decision on a pair."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from matchmaking.common.fields import TextField
from matchmaking.intake.duplicates.deciding import KEEP_FIRST, KEEP_SECOND
from matchmaking.intake.duplicates.kinds import Choice, Decision, Fills

_FILLS = {KEEP_FIRST: "fill_first", KEEP_SECOND: "fill_second"}


class PairForm(forms.Form):
    """A decision, with the versions of the pair and of both records that the officer looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000)
    first_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000)
    second_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000)
    decision = forms.ChoiceField()
    reason = TextField(
        label=_("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For example: both name the same patent and the same leader."),
    )  # fmt: skip
    fill_first = forms.MultipleChoiceField(
        label=_("If the left one stays, take over"), required=False, widget=forms.CheckboxSelectMultiple
    )
    fill_second = forms.MultipleChoiceField(
        label=_("If the right one stays, take over"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, pair: Any, fills: tuple[Fills, Fills], choices: list[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(version=pair.version, first_version=pair.first.version, second_version=pair.second.version)
        self.fields["decision"].choices = [(one.value, one.label) for one in choices]  # type: ignore[attr-defined]
        for name, given in (("fill_first", fills[1]), ("fill_second", fills[0])):
            self.fields[name].choices = list(given)  # type: ignore[attr-defined]  # a field of choices
            if not given:
                del self.fields[name]

    def chosen(self) -> Decision:
        values = self.cleaned_data
        return Decision(
            value=values["decision"],
            version=values["version"],
            seen=(values["first_version"], values["second_version"]),
            reason=values["reason"],
            fill=tuple(values.get(_FILLS.get(values["decision"], ""), ())),
        )
