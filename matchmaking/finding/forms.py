"""Forms of saved searches, and of the search with a whole text."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from matchmaking.common.fields import TextField
from matchmaking.common.marks import UnmarkedForm
from matchmaking.finding.liking import like_pools
from matchmaking.finding.models import Frequency, SavedSearch
from matchmaking.matching.likeness import LONGEST


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


class LikeForm(UnmarkedForm):
    """A text to be ranked against, and the pool to look in. Nothing of it is kept."""

    text = TextField(
        label=_("The text"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 7, "autocomplete": "off"}),
        help_text=_("Paste what you have: a paragraph of a plan, an abstract, the description of a problem. It is "
                    "compared and not kept."),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("Look among"), widget=forms.RadioSelect)
    like = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(pool.noun, pool.label) for pool in like_pools()]  # type: ignore[attr-defined]
