"""Forms about people and organisations."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.enums import DEPARTMENT_KINDS, PARK_KINDS, OrganisationKind, Size
from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.roles import APPLYING_KINDS
from matchmaking.accounts.sign_in.sessions import EndReason
from matchmaking.accounts.uscc import UsccError, clean_uscc
from matchmaking.common.fields import MailField, TextField
from matchmaking.vocabularies.models import Region
from matchmaking.vocabularies.selectors import choices, grouped_choices, region_choices

CREDENTIAL_MAX_BYTES = 10 * 1024 * 1024
# What a file begins with decides what it is; its name only has to agree.
_MAGIC = {b"%PDF-": (".pdf",), b"\x89PNG\r\n\x1a\n": (".png",), b"\xff\xd8\xff": (".jpg", ".jpeg")}
_LINES = re.compile(r"[\n;；]+")
VERSION: dict[str, Any] = {"min_value": 1, "max_value": 2_000_000_000, "widget": forms.HiddenInput}


class ProfileForm(forms.ModelForm):
    """What a person may change about himself."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    class Meta:
        model = User
        fields = ("full_name", "language")
        field_classes = {"full_name": TextField}


class EndSessionsForm(forms.Form):
    """Why all sessions of somebody else end."""

    reason = forms.ChoiceField(label=_("Reason"), choices=EndReason.choices, widget=forms.RadioSelect,
                               help_text=_("The person reads it, and it stands in the history."))  # fmt: skip


class OrganisationForm(forms.Form):
    """An application, or a change; of a verified organisation the identity is left out."""

    version = forms.IntegerField(required=False, **VERSION)
    kind = forms.ChoiceField(
        label=_("kind"), choices=[(kind.value, kind.label) for kind in OrganisationKind if kind in APPLYING_KINDS]
    )
    name = TextField(label=_("name"), max_length=200, help_text=_("As on the licence."))
    uscc = TextField(label=_("unified social credit code"), max_length=40, help_text=_("18 characters."))
    region = forms.ChoiceField(label=_("region"), choices=partial(region_choices, blank=_("please choose")))
    park = forms.ModelChoiceField(
        label=_("park"), required=False, empty_label="—",
        queryset=Organisation.objects.active().filter(kind__in=PARK_KINDS).order_by("name"),
        help_text=_("If you are its tenant: then the park checks the application, otherwise your region."),
    )  # fmt: skip
    name_en = TextField(label=_("English name"), max_length=200, required=False)
    aliases = TextField(
        label=_("Other names"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Former and short names, one on each line."),
    )  # fmt: skip
    size = forms.ChoiceField(label=_("size"), choices=[("", "—"), *Size.choices], required=False,
                             help_text=_("Needed for an enterprise."))  # fmt: skip
    industry = forms.ChoiceField(label=_("industry"), choices=partial(grouped_choices, "GB4754", blank="—"),
                                 required=False, help_text=_("Needed for an enterprise."))  # fmt: skip
    university_kinds = forms.MultipleChoiceField(
        label=_("University categories"), choices=partial(choices, "UNI_KIND"), required=False,
        widget=forms.CheckboxSelectMultiple, help_text=_("Needed for a university."),
    )  # fmt: skip
    supervisor = TextField(label=_("supervising body"), max_length=200, required=False)
    summary = TextField(label=_("About the organisation"), max_length=500, required=False,
                              widget=forms.Textarea(attrs={"rows": 4}))  # fmt: skip
    contact_name = TextField(label=_("contact person"), max_length=50,
                                   help_text=_("Stored encrypted, never public."))  # fmt: skip
    contact_position = TextField(label=_("position"), max_length=50, required=False)
    contact_phone = TextField(label=_("telephone"), max_length=30)
    contact_email = MailField(label=_("e-mail"), max_length=100, required=False)
    credential = forms.FileField(
        label=_("Credential"), help_text=_("Licence or certificate as PDF, PNG or JPEG, at most 10 MB; never public."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
    )  # fmt: skip

    def __init__(self, *args: Any, organisation: Organisation | None = None, **kwargs: Any) -> None:
        self.organisation = organisation
        if organisation is not None:
            kwargs["initial"] = _initial(organisation)
        super().__init__(*args, **kwargs)
        if organisation is None:
            return
        del self.fields["kind"]
        if organisation.state == "returned":
            self.fields["credential"].required = False
            return
        for name in ("name", "region", "park", "credential", *(("uscc",) if organisation.uscc else ())):
            del self.fields[name]
        if "uscc" in self.fields:
            self.fields["uscc"].required = False

    def clean_uscc(self) -> str | None:
        written = self.cleaned_data["uscc"]
        if not written:
            return None
        try:
            return clean_uscc(written)
        except UsccError as error:
            raise forms.ValidationError(error.sentence, code=f"uscc_{error.code}") from error

    def clean_region(self) -> Region:
        return Region.objects.get(pk=self.cleaned_data["region"])

    def clean_credential(self) -> UploadedFile | None:
        file: UploadedFile | None = self.cleaned_data["credential"]
        if not file:
            return None
        if (file.size or 0) > CREDENTIAL_MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 10 MB."))
        start = file.read(16)
        file.seek(0)
        name = (file.name or "").lower()
        if not any(start.startswith(magic) and name.endswith(ends) for magic, ends in _MAGIC.items()):
            raise forms.ValidationError(_("Only PDF, PNG and JPEG files are taken, and the name must say so."))
        return file

    def clean_aliases(self) -> list[str]:
        names = [name.strip() for name in _LINES.split(self.cleaned_data["aliases"]) if name.strip()]
        if any(len(name) > 200 for name in names) or len(names) > 20:
            raise forms.ValidationError(_("At most twenty names of at most 200 characters."))
        return list(dict.fromkeys(names))

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        kind = self.organisation.kind if self.organisation else values.get("kind")
        needed = {OrganisationKind.ENTERPRISE: ("size", "industry"), OrganisationKind.UNIVERSITY: ("university_kinds",)}
        for name in needed.get(kind, ()):  # type: ignore[call-overload]
            if not values.get(name) and name not in self.errors:
                self.add_error(name, _("This field is needed."))
        if values.get("park") and kind in PARK_KINDS:
            self.add_error("park", _("A park is no tenant of another one."))
        return values

    def values(self) -> dict[str, Any]:
        """Return the columns, as the services take them."""
        skipped = ("version", "aliases", "credential")
        found = {name: value for name, value in self.cleaned_data.items() if name not in skipped}
        contact = {part: found.pop(f"contact_{part}") for part in ("name", "position", "phone", "email")}
        return found | {"contacts": [contact]}


def _initial(organisation: Organisation) -> dict[str, Any]:
    contacts: Any = organisation.contacts or [{}]
    contact: dict[str, Any] = contacts[0]
    names = ("version", "name", "uscc", "name_en", "size", "industry", "university_kinds", "supervisor", "summary")
    others = [alias.name for alias in organisation.aliases.all() if alias.name != organisation.name]
    return {name: getattr(organisation, name) for name in names} | {
        "region": organisation.region_id,
        "park": organisation.park_id,
        "aliases": "\n".join(others),
        **{f"contact_{part}": contact.get(part, "") for part in ("name", "position", "phone", "email")},
    }


class EnterForm(forms.Form):
    """A body that does not apply: who enters it, and where its first person reads the invitation."""

    kind = forms.ChoiceField(label=_("kind"))
    name = TextField(label=_("name"), max_length=200)
    region = forms.ChoiceField(label=_("region"), choices=partial(region_choices, blank="—"), required=False,
                               help_text=_("Needed for a department; its reach follows from it."))  # fmt: skip
    email = MailField(label=_("Address of the first person"), max_length=254,
                      help_text=_("We send a link to it, which works for 14 days."))  # fmt: skip

    def __init__(self, *args: Any, kinds: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = [(kind, OrganisationKind(kind).label) for kind in kinds]
        self.fields["kind"].choices = listed  # type: ignore[attr-defined]

    def clean_region(self) -> Region | None:
        return Region.objects.filter(pk=self.cleaned_data["region"] or None).first()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("kind") in DEPARTMENT_KINDS and not values.get("region") and "region" not in self.errors:
            self.add_error("region", _("This field is needed."))
        return values


class FreezeForm(forms.Form):
    """Why an organisation is frozen; opening it again needs no reason."""

    version = forms.IntegerField(**VERSION)
    reason = TextField(label=_("reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
                       help_text=_("The organisation's people read it."))  # fmt: skip

    def __init__(self, *args: Any, thaw: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if thaw:
            del self.fields["reason"]


class VerifyForm(forms.Form):
    """The officer's decision on an application."""

    version = forms.IntegerField(**VERSION)
    decision = forms.ChoiceField(choices=[("pass", "pass"), ("return", "return")], widget=forms.HiddenInput)
    reason = TextField(label=_("reason"), max_length=500, required=False,
                             widget=forms.Textarea(attrs={"rows": 4}),
                             help_text=_("Needed for a return; the applicant reads it."))  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("decision") == "return" and not values.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Please give a reason."))
        return values
