"""The forms of an upload."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import Organisation, User
from matchmaking.intake.importing import RowKind
from matchmaking.intake.services.imports import SUFFIXES
from matchmaking.programmes.models import Programme
from matchmaking.programmes.selectors import current_programmes

VERSION = {"min_value": 1, "max_value": 2_000_000_000}


class UploadForm(forms.Form):
    """Which file, for which programme, and for which organisation if the person imports for several.

    What leaves no choice is not asked.
    """

    file = forms.FileField(
        label=_("File with the list"), widget=forms.ClearableFileInput(attrs={"accept": ",".join(SUFFIXES)})
    )
    programme = forms.ModelChoiceField(label=_("Programme"), queryset=Programme.objects.none(), empty_label=None)
    organisation = forms.ModelChoiceField(
        label=_("Organisation"), queryset=Organisation.objects.none(), empty_label=None
    )

    def __init__(self, *args: Any, user: User, kind: RowKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _(
            "An .xlsx or .csv file of at most %(size)s MB and %(rows)s rows. Title rows above the headings do no harm."
        ) % {"size": settings.UPLOAD_MAX_BYTES // 1024**2, "rows": f"{settings.IMPORT_MAX_ROWS:,}"}
        held = {organisation.pk: organisation for organisation in user.organisations_with(kind.capability)}
        self._only: dict[str, Any] = {"programme": None, "organisation": next(iter(held.values()), None)}
        current = current_programmes()
        self.fields["programme"].queryset = current  # type: ignore[attr-defined]
        self.fields["organisation"].queryset = (  # type: ignore[attr-defined]
            Organisation.objects.visible_to(user).filter(pk__in=held).order_by("name")
        )
        if len(held) == 1:
            self._hide("organisation")
        if len(current) == 1:
            self._only["programme"] = current[0]
            self._hide("programme")

    def _hide(self, name: str) -> None:
        self.fields[name].required = False
        self.fields[name].widget = forms.HiddenInput()

    @property
    def fixed(self) -> list[Any]:
        """What is not asked, because there is no choice."""
        return [value for name, value in self._only.items() if value and not self.fields[name].required]

    def clean_programme(self) -> Any:
        return self.cleaned_data["programme"] or self._only["programme"]

    def clean_organisation(self) -> Any:
        return self.cleaned_data["organisation"] or self._only["organisation"]


class VersionForm(forms.Form):
    """Which version of the page was looked at."""

    version = forms.IntegerField(**VERSION)


class CommitForm(VersionForm):
    """Which version of the preview was looked at, and whether rows with errors shall be left out."""

    leave_out_invalid = forms.BooleanField(required=False)


class KeysField(forms.Field):
    """Keys of rows, as hidden inputs and ticks of one name send them; whatever is none is passed over."""

    widget = forms.MultipleHiddenInput

    def __init__(self) -> None:
        super().__init__(required=False)

    def to_python(self, value: Any) -> list[int]:
        return [int(key) for key in value or () if key.isascii() and key.isdigit() and len(key) < 19]


class MissingForm(VersionForm):
    """What happens to records that the file does not have: the ticks of one page, or the same for all."""

    PAGE, ALL, NONE = "page", "all", "none"

    do = forms.ChoiceField(choices=[(name, name) for name in (PAGE, ALL, NONE)])
    shown = KeysField()


class TickForm(forms.Form):
    """Rows on a page, and those of them that are ticked."""

    shown = KeysField()
    row = KeysField()
