"""Forms of saved searches."""

from django import forms
from django.utils.translation import gettext_lazy as _

from matchmaking.common.fields import TextField
from matchmaking.finding.models import Frequency, SavedSearch


class SavedSearchForm(forms.ModelForm):
    """Its name, and how often news are mailed."""

    frequency = forms.ChoiceField(
        label=_("Mail me what is new"), choices=Frequency.choices, widget=forms.RadioSelect, initial=Frequency.DAILY
    )

    class Meta:
        model = SavedSearch
        fields = ("name", "frequency")
        field_classes = {"name": TextField}
        labels = {"name": _("Name of the search")}
        help_texts = {"name": _("For example: pilot-scale coatings in Jiangsu")}
