"""The forms of an upload."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import Organisation, User
from matchmaking.intake.services.imports import SUFFIXES
from matchmaking.programmes.models import Programme
from matchmaking.programmes.selectors import current_programmes


class UploadForm(forms.Form):
    """Which file, for which programme, and for which organisation if the person imports for several."""

    file = forms.FileField(
        label=_("Workbook"),
        help_text=_("An .xlsx or .csv file of at most 20 MB and 3,000 rows; the first rows hold the headings."),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(SUFFIXES)}),
    )
    programme = forms.ModelChoiceField(label=_("Programme"), queryset=Programme.objects.none(), empty_label=None)
    organisation = forms.ModelChoiceField(
        label=_("Organisation"), queryset=Organisation.objects.none(), empty_label=None
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = user.organisations_with("achievement.import")
        programmes = self.fields["programme"]
        programmes.queryset = current_programmes()  # type: ignore[attr-defined]
        organisations = self.fields["organisation"]
        organisations.queryset = Organisation.objects.filter(  # type: ignore[attr-defined]
            pk__in=[organisation.pk for organisation in held]
        ).order_by("name")
        if len({organisation.pk for organisation in held}) == 1:
            organisations.required = False
            organisations.widget = forms.HiddenInput()
        self._only = held[0] if held else None

    def clean_organisation(self) -> Organisation | None:
        return self.cleaned_data["organisation"] or self._only


class CommitForm(forms.Form):
    """Which version of the preview was looked at, and whether rows with errors shall be left out."""

    version = forms.IntegerField(min_value=1, max_value=2_000_000_000)
    leave_out_invalid = forms.BooleanField(required=False)
