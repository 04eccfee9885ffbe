"""Forms of the pages about one's own data."""

from django import forms
from django.utils.translation import gettext_lazy as _

from matchmaking.common.fields import TextField


class CorrectionForm(forms.Form):
    text = TextField(
        label=_("What is wrong, and how should it read?"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )


class AnswerForm(forms.Form):
    """What the owner of a record answers."""

    outcome = forms.ChoiceField(
        label=_("Answer"),
        choices=[("done", _("The record has been corrected")), ("refused", _("The record stays as it is"))],
        widget=forms.RadioSelect,
    )
    answer = TextField(
        label=_("In words"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed if the record stays as it is. The person reads it."),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput)


class CloseForm(forms.Form):
    """Closing is confirmed by typing the own user name: no click alone ends an account."""

    username = TextField(label=_("Type your user name to confirm"), max_length=150)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self._username = user.username

    def clean_username(self) -> str:
        typed = self.cleaned_data["username"].strip()
        if typed != self._username:
            raise forms.ValidationError(_("This is not your user name: %(name)s.") % {"name": self._username})
        return typed
