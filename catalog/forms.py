"""The long form of an achievement with its rows, and the small forms of the decisions about it."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from catalog.fields import KeywordsField, OrganisationNameField, WanYuanField
from catalog.models import Achievement, HonourKind
from catalog.services.rows import BODY_FIELDS, PUBLIC_FIELDS
from matchmaking.common.fields import DayField, MailField, NumberField, RowSet, TextField, WholeNumberField
from matchmaking.common.indicators import Operator
from matchmaking.common.marks import UnmarkedForm
from matchmaking.programmes.models import Programme, Visibility
from matchmaking.programmes.selectors import current_programmes
from matchmaking.vocabularies.selectors import choices, grouped_choices

NO_CHOICE = _("please choose")
CONTACT_PARTS = ("contact_name", "contact_phone", "contact_email")
# In the order of the form; the officer's notes and the missing marks are shown at these names.
ROW_FIELDS = ("indicators", "ip_items", "completing_units", "completers", "honours")


def code_field(table: str, label: Any, **kwargs: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=partial(choices, table, blank=NO_CHOICE), **kwargs)


def long_text(label: Any, max_length: int, rows: int, help_text: Any = "") -> TextField:
    return TextField(
        label=label, required=False, max_length=max_length, help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )  # fmt: skip


class AchievementForm(UnmarkedForm):
    """A draft takes anything that can be read; what is missing is asked for when the record is handed on."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2_000_000_000)
    programme = forms.ModelChoiceField(
        label=_("Programme"), queryset=Programme.objects.none(), empty_label=None,
        help_text=_("In whose list the record stands."),
    )  # fmt: skip
    title = TextField(
        label=_("Title of the achievement"), max_length=100,
        help_text=_("For example: on-line detection of blade defects by eddy-current arrays."),
    )  # fmt: skip
    summary = long_text(
        _("Summary"),
        600,
        6,
        _(
            "140 to 600 characters: what it is, what it does, how far it has come. For example: an array of 32 probes "
            "finds cracks from 0.3 mm on in hot blades; two lines have used it since 2025."
        ),
    )
    problem_solved = long_text(_("Problem it solves"), 300, 3, _(
        "Say it as a buyer would say it. For example: three cracks in a hundred are found only at the customer's."
    ))  # fmt: skip
    key_points = long_text(_("Key points and innovation"), 1000, 8, _(
        "What is new, point by point. For example: 1. probes that follow the curved surface; 2. compensation of the "
        "temperature; 3. grading of defects by phase."))  # fmt: skip
    keywords = KeywordsField(
        label=_("Keywords"), required=False,
        help_text=_(
            "Three to eight, separated by commas, semicolons or blanks. For example: eddy current, blades, inspection"),
    )  # fmt: skip
    applications = forms.MultipleChoiceField(
        label=_("Industries of application"), required=False, choices=partial(grouped_choices, "GB4754"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Every industry that could use it. For example: general equipment, aircraft."),
    )  # fmt: skip
    application_text = TextField(
        label=_("Application scenarios"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For example: inspection behind the forging press; overhaul of engines."),
    )
    tech_field = forms.ChoiceField(
        label=_("Technical field"),
        required=False,
        choices=partial(grouped_choices, "HNTE8", blank=NO_CHOICE),
        help_text=_("By it the record is found and matched. For example: non-destructive testing under new materials."),
    )
    sei = code_field("SEI9", _("Strategic emerging industry"), help_text=_(
        "If it belongs to one. For example: high-end equipment."))  # fmt: skip
    discipline = code_field("GB13745", _("Discipline"), help_text=_("For example: mechanical engineering."))
    trl = forms.TypedChoiceField(
        label=_("Readiness level"), required=False, coerce=int, empty_value=None,
        choices=partial(choices, "TRL", blank=NO_CHOICE),
        help_text=_("For example: 6 when a prototype has passed a test in the plant."),
    )  # fmt: skip
    trl_evidence = long_text(
        _("Evidence of the maturity"),
        1000,
        3,
        _("From level 6 on, in words or as a file below. For example: third-party test report of March 2026."),
    )
    source = code_field("ACH_SRC", _("Source of the achievement"), help_text=_(
        "For example: national science and technology programme."))  # fmt: skip
    grant_no = TextField(label=_("Number of the national project"), required=False, max_length=60, help_text=_(
        "If it came from one. For example: 2022YFB0000000"))  # fmt: skip
    coop_modes = forms.MultipleChoiceField(
        label=_("Cooperation modes"), required=False, choices=partial(choices, "COOP_MODE"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Every way that you would accept. For example: licence and joint development."),
    )  # fmt: skip
    price_band = code_field(
        "PRICE_BAND",
        _("Price band (10,000 yuan)"),
        help_text=_("Shown to everybody; leave it empty to show none. For example: 50 to 100."),
    )
    price_fen = WanYuanField(
        label=_("Asking price"), required=False, help_text=_("Only your unit and the officers see it. For example: 85")
    )
    needs_from_partner = long_text(_("Conditions needed"), 1000, 3, _(
        "Site, money, equipment, qualification. For example: a forging line for three months of trials."))  # fmt: skip
    finance_stage = code_field(
        "FIN_STAGE", _("Financing stage"), help_text=_("If you look for money. For example: seed round.")
    )
    finance_amount_fen = WanYuanField(
        label=_("Financing wish"),
        required=False,
        help_text=_("Only your unit and the officers see it. For example: 300"),
    )
    ownership = code_field(
        "OWNERSHIP", _("Ownership"), help_text=_("Who holds the rights. For example: our unit alone.")
    )
    ownership_note = TextField(label=_("Note on the ownership"), required=False, max_length=200, help_text=_(
        "For example: half is held by a hospital, which agrees in writing."))  # fmt: skip
    rights_pilot = forms.BooleanField(
        label=_("In the pilot that grants rights to researchers"), required=False,
        help_text=_("For example: 70 per cent were granted to the inventors in 2025."),
    )  # fmt: skip
    separate_mgmt = forms.BooleanField(
        label=_("Managed separately from state assets"), required=False,
        help_text=_("For example: kept in the unit's own register of achievements."),
    )  # fmt: skip
    references = long_text(_("Existing applications and customers"), 1000, 3, _(
        "Who uses it already, and since when. For example: one forging works since May 2025."))  # fmt: skip
    awards = long_text(_("Awards and evaluations in words"), 1000, 3, _(
        "From an earlier upload. For example: move each award into a row above, then empty this field."))  # fmt: skip
    benefit = long_text(_("Economic and social benefit"), 1000, 3, _(
        "For example: rejects down from 3 to 0.5 per cent, two million yuan a year."))  # fmt: skip
    contact_name = TextField(label=_("Contact person"), required=False, max_length=50, help_text=_(
        "For example: the officer of your transfer office."))  # fmt: skip
    contact_phone = TextField(
        label=_("Telephone"), required=False, max_length=40, help_text=_("For example: 025-00000000")
    )
    contact_email = MailField(
        label=_("E-mail"), required=False, max_length=100, help_text=_("For example: office@example.com")
    )
    visibility = forms.ChoiceField(
        label=_("Who may see it"), choices=Visibility.choices, initial=Visibility.PUBLIC,
        help_text=_("For example “owner hidden”: everybody reads the text, nobody sees units, people, rights, files."),
    )  # fmt: skip

    def __init__(self, *args: Any, achievement: Achievement | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.achievement = achievement
        if achievement is None:
            self.fields["programme"].queryset = current_programmes()  # type: ignore[attr-defined]
        else:
            del self.fields["programme"]
            self._keep_retired_codes(achievement)
        if achievement is None or not achievement.awards:
            del self.fields["awards"]  # told in rows now; the text of an upload stays where it is

    def _keep_retired_codes(self, achievement: Achievement) -> None:
        """A record keeps the code it was filed under, also when the code was retired since."""
        tables = {"sei": "SEI9", "discipline": "GB13745", "source": "ACH_SRC", "price_band": "PRICE_BAND",
                  "ownership": "OWNERSHIP"}  # fmt: skip
        for name, table in tables.items():
            keep = tuple(filter(None, [getattr(achievement, name)]))
            self.fields[name].choices = partial(choices, table, blank=NO_CHOICE, keep=keep)  # type: ignore[attr-defined]

    def data_for_service(self) -> dict[str, Any]:
        """The cleaned values under the names of the service's `data`."""
        cleaned = dict(self.cleaned_data)
        contact = {part.removeprefix("contact_"): cleaned.pop(part) for part in CONTACT_PARTS}
        cleaned["contact"] = contact if any(contact.values()) else None
        return {name: value for name, value in cleaned.items() if name in (*PUBLIC_FIELDS, *BODY_FIELDS)}

    def mark_missing(self, missing: Mapping[str, Any]) -> None:
        """Say at each field what is missing before the record can be handed on."""
        if not self.is_bound:
            self.cleaned_data: dict[str, Any] = {}
            self._errors = forms.utils.ErrorDict()
        for name, sentence in missing.items():
            if name in self.fields:
                self.add_error(name, ValidationError(sentence))


def initial_of(achievement: Achievement) -> dict[str, Any]:
    """The values of a record under the names of the form."""
    body = achievement.body
    found = {name: getattr(achievement, name) for name in PUBLIC_FIELDS}
    found |= {name: getattr(body, name) for name in BODY_FIELDS}
    contact = found.pop("contact") or {}
    found |= {part: contact.get(part.removeprefix("contact_"), "") for part in CONTACT_PARTS}
    return found | {"version": achievement.version}


class IndicatorForm(UnmarkedForm):
    always_given = ("operator",)  # never empty, hence no sign that a row is filled
    name = TextField(label=_("indicator"), max_length=100, required=False)
    operator = forms.ChoiceField(label=_("operator"), choices=Operator.choices, initial=Operator.GE)
    value = NumberField(label=_("value"), max_digits=20, decimal_places=6, required=False)
    value_high = NumberField(label=_("upper value"), max_digits=20, decimal_places=6, required=False)
    unit = TextField(label=_("unit"), max_length=40, required=False)
    text = TextField(label=_("in words"), max_length=200, required=False)
    condition = TextField(label=_("test condition"), max_length=200, required=False)
    evidence = TextField(label=_("evidence"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.has_changed():
            return cleaned
        if not cleaned.get("name") and "name" not in self.errors:
            self.add_error("name", _("Name the indicator."))
        operator, value, high = cleaned.get("operator"), cleaned.get("value"), cleaned.get("value_high")
        if operator == Operator.TEXT:
            cleaned |= {"value": None, "value_high": None}
            if not cleaned.get("text") and "text" not in self.errors:
                self.add_error("text", _("Say the indicator in words, or choose another operator."))
            return cleaned
        if value is None and "value" not in self.errors:
            self.add_error("value", _("Give the value as a number, or choose “in words”."))
        if operator != Operator.BETWEEN:
            cleaned["value_high"] = None
        elif "value_high" not in self.errors and (high is None or value is None or high <= value):
            self.add_error("value_high", _("The upper value must be greater than the value."))
        return cleaned


class IPItemForm(forms.Form):
    kind = code_field("IP_RIGHT", _("kind"))
    number = TextField(label=_("number"), max_length=60, required=False)
    title = TextField(label=_("title"), max_length=200, required=False)
    status = code_field("IP_STATUS", _("status"))
    owner = TextField(label=_("owner"), max_length=200, required=False)
    inventors = TextField(label=_("inventors"), max_length=300, required=False)
    filed_on = DayField(label=_("filed on"), required=False)
    granted_on = DayField(label=_("granted on"), required=False)
    expires_on = DayField(label=_("expires on"), required=False)
    encumbrances = forms.MultipleChoiceField(
        label=_("encumbrances"), required=False, choices=partial(choices, "IP_ENCUMBRANCE"),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.has_changed() and not cleaned.get("kind") and "kind" not in self.errors:
            self.add_error("kind", _("Choose the kind of right."))
        filed, granted = cleaned.get("filed_on"), cleaned.get("granted_on")
        if filed and granted and granted < filed:
            self.add_error("granted_on", _("The grant cannot be before the filing."))
        return cleaned


class CompletingUnitForm(forms.Form):
    organisation = OrganisationNameField(label=_("completing unit"), max_length=200, required=False)


class CompleterForm(forms.Form):
    name = TextField(label=_("name"), max_length=50, required=False)
    organisation = OrganisationNameField(label=_("unit"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.has_changed() and not cleaned.get("name") and "name" not in self.errors:
            self.add_error("name", _("Give the name of the person."))
        return cleaned


class HonourForm(UnmarkedForm):
    always_given = ("kind",)
    kind = forms.ChoiceField(label=_("kind"), choices=HonourKind.choices, initial=HonourKind.AWARD)
    name = TextField(label=_("name"), max_length=200, required=False)
    level = TextField(label=_("level or result"), max_length=60, required=False)
    body = TextField(label=_("given by"), max_length=100, required=False)
    year = WholeNumberField(label=_("year"), min_value=1949, max_value=2100, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.has_changed() and not cleaned.get("name") and "name" not in self.errors:
            self.add_error("name", _("Name the award or the report."))
        return cleaned


class RowsFormSet(RowSet):
    """Rows of one kind; a record's missing mark stands above them like any error of the set."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.extra = 0 if self.initial else 1

    def rows(self) -> list[dict[str, Any]]:
        """The filled rows in their order, without the ones marked for removal."""
        kept = [form for form in self.forms if form.has_changed() or form.initial]
        return [
            {name: value for name, value in form.cleaned_data.items() if name != "DELETE"}
            for form in kept
            if form.cleaned_data and not form.cleaned_data.get("DELETE") and any(self._filled(form))
        ]

    def _filled(self, form: forms.Form) -> list[bool]:
        given = ("DELETE", *getattr(form, "always_given", ()))
        return [bool(value) for name, value in form.cleaned_data.items() if name not in given]

    def mark_missing(self, sentence: Any) -> None:
        if not self.is_bound:
            self._errors: list[dict[str, Any]] = [{} for _form in self.forms]
            self._non_form_errors = self.error_class()
        self._non_form_errors.append(sentence)


MOST_ROWS = 30
ROW_FORMS = {"indicators": IndicatorForm, "ip_items": IPItemForm, "completing_units": CompletingUnitForm,
             "completers": CompleterForm, "honours": HonourForm}  # fmt: skip
FORMSETS: dict[str, type[RowsFormSet]] = {
    name: forms.formset_factory(  # type: ignore[misc]  # the stubs forget the given base
        form, formset=RowsFormSet, extra=1, can_delete=True, max_num=MOST_ROWS, validate_max=True,
        absolute_max=MOST_ROWS + 10,
    )
    for name, form in ROW_FORMS.items()
}  # fmt: skip


class ReasonForm(forms.Form):
    """Why a record is withdrawn, sent back, suspended. Carries the version the person looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000)
    reason = TextField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class VersionForm(forms.Form):
    """A decision without words; carries the version the person looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000)


class BulkSubmitForm(forms.Form):
    """The unit's declaration and opinion, with which the officer hands records to the region."""

    opinion = TextField(
        label=_("Opinion of the unit"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Your name and the date are added."),
    )  # fmt: skip
    secrecy_declared = forms.BooleanField(
        label=_("We declare that this record holds no state secret and may be published."),
        error_messages={"required": _("Without this declaration the record cannot be submitted.")},
    )


class UnitSubmitForm(BulkSubmitForm):
    """The same for one record, on the version that was looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000)
