"""The form by which a manager invites a colleague."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.enums import Role
from matchmaking.accounts.roles import ROLES_OF_KIND
from matchmaking.common.fields import MailField


class InviteForm(forms.Form):
    """An address, whoever reads there, and the role offered to him."""

    email = MailField(label=_("e-mail"), max_length=254, help_text=_("We send a link to it, which works for 14 days."))
    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = [(role.value, Role(role).label) for role in ROLES_OF_KIND.get(kind, ())]
        self.fields["role"].choices = listed  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()
