"""Forms about people."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User


class ProfileForm(forms.ModelForm):
    """What a person may change about himself."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    class Meta:
        model = User
        fields = ("full_name", "language")
