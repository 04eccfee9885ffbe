"""The forms of the expert pool: the entry with its works and conflicts, consent, opinion, reason, new term."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.fields import OrganisationNameField
from experts.enums import WorkKind
from experts.models import Expert, ExpertBody
from experts.rules import PERSON_FIELDS
from matchmaking.accounts.models import Organisation
from matchmaking.common.fields import DayField, MailField, RowSet, TextField, WholeNumberField
from matchmaking.common.marks import UnmarkedForm
from matchmaking.programmes.models import Programme
from matchmaking.vocabularies.selectors import choices, grouped_choices, region_choices

_CHOOSE = _("please choose")
MOST_FIELDS, MOST_WORKS = 5, 10
MOST_CAPACITY = 50
UNIT, NONE = "unit", "none"
CONTACT = ("phone", "email")
VERSION = {"min_value": 1, "max_value": 2_000_000_000, "widget": forms.HiddenInput}


def _day(label: Any, help_text: Any = "") -> DayField:
    return DayField(label=label, help_text=help_text)


def _boxes(label: Any, listed: Any, help_text: Any = "", *, required: bool = True) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, choices=listed, help_text=help_text, required=required,
                                     widget=forms.CheckboxSelectMultiple)  # fmt: skip


class ExpertForm(UnmarkedForm):
    """Both halves of an entry. Bank accounts and identity card numbers are never asked for."""

    version = forms.IntegerField(required=False, **VERSION)  # type: ignore[arg-type]
    programme = forms.ModelChoiceField(label=_("programme"), queryset=Programme.objects.order_by("-starts_on"),
                                       empty_label=None, help_text=_("In whose list the expert stands."))  # fmt: skip
    name = TextField(
        label=_("name"), max_length=50, help_text=_("As in the identity card. For example: Ouyang Minghui")
    )
    affiliation = forms.ChoiceField(
        label=_("Where the expert works"), initial=UNIT, widget=forms.RadioSelect,
        choices=[(UNIT, _("in our unit")), (NONE, _("retired or independent: no unit has to agree"))],
        help_text=_("For example: “independent” for a retired chief engineer."),
    )  # fmt: skip
    title = forms.ChoiceField(label=_("professional title"), choices=partial(choices, "TITLE", blank=_CHOOSE),
                              help_text=_("For example: professor, or senior engineer."))  # fmt: skip
    position = TextField(label=_("position"), max_length=60, required=False,
                               help_text=_("For example: head of the laboratory"))  # fmt: skip
    education = forms.ChoiceField(label=_("education"), choices=partial(choices, "EDU", blank=_CHOOSE),
                                  help_text=_("The highest degree. For example: doctor."))  # fmt: skip
    gender = forms.ChoiceField(
        label=_("gender"), choices=[("", _("not given")), ("f", _("female")), ("m", _("male"))], required=False,
        help_text=_("Never published; may be left open."),
    )  # fmt: skip
    birth_year = WholeNumberField(label=_("year of birth"), min_value=1920, max_value=2010, required=False,
                                    help_text=_("Never published. For example: 1979"))  # fmt: skip
    expert_kinds = _boxes(_("kinds of expert"), partial(choices, "EXPERT_KIND"),
                          _("All that apply. For example: technical and industrial."))  # fmt: skip
    disciplines = _boxes(_("disciplines"), partial(choices, "GB13745"),
                         _("All in which the expert works. For example: mechanical engineering."))  # fmt: skip
    industries = _boxes(_("industries"), partial(grouped_choices, "GB4754"), _(
        "Where the expert has practice. For example: general equipment."))  # fmt: skip
    directions = TextField(
        label=_("research directions"), max_length=600, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("By these words the expert is found and matched. For example: fatigue of welded aluminium; "
                    "residual stress by neutron diffraction."),
    )  # fmt: skip
    services = _boxes(_("services offered"), partial(choices, "EXPERT_SERVICE"),
                      _("What enterprises may ask for. For example: diagnosis of needs, review."))  # fmt: skip
    regions = _boxes(_("regions served"), region_choices, _(
        "Nothing ticked: everywhere. For example: the home province and its neighbours."), required=False)  # fmt: skip
    capacity = WholeNumberField(label=_("needs at the same time"), min_value=0, max_value=MOST_CAPACITY, required=False,
                                help_text=_("How many enterprises’ needs you take at the same time; empty: the usual "
                                            "number. For example: 3"))  # fmt: skip
    term_from = _day(_("term from"), _("For example: 2026-01-01"))
    term_to = _day(_("term to"), _(
        "On the day after, the expert leaves the pool by himself. For example: 2028-12-31"))  # fmt: skip
    contact_phone = TextField(label=_("telephone"), max_length=30, required=False,
                              widget=forms.TextInput(attrs={"type": "tel"}),
                              help_text=_("Stored encrypted. For example: 025-00000000"))  # fmt: skip
    contact_email = MailField(
        label=_("e-mail"), max_length=100,
        help_text=_("The person is asked for consent at the account with this address. Stored encrypted. For example: "
                    "name@example.com"),
    )  # fmt: skip

    def __init__(self, *args: Any, expert: Expert | None = None, person_only: bool = False, **kwargs: Any) -> None:
        if expert is not None:
            kwargs["initial"] = _initial(expert) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        if expert is not None:
            del self.fields["programme"]
        if person_only:
            kept = {"version", *PERSON_FIELDS, *(f"contact_{part}" for part in CONTACT)}
            for name in set(self.fields) - kept:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if len(values.get("fields") or ()) > MOST_FIELDS:
            self.add_error("fields", _("At most five technical fields."))
        start, end = values.get("term_from"), values.get("term_to")
        if start and end and end <= start:
            self.add_error("term_to", _("The term must end after it begins."))
        return values

    def values(self, owner: Organisation, body: ExpertBody | None = None) -> dict[str, Any]:
        """Return the fields of both halves, as the services take them."""
        not_columns = {"version", "programme", "affiliation", *(f"contact_{part}" for part in CONTACT)}
        found = {name: value for name, value in self.cleaned_data.items() if name not in not_columns}
        if "affiliation" in self.cleaned_data:
            found["organisation"] = owner if self.cleaned_data["affiliation"] == UNIT else None
        before: Any = (body.contact if body else None) or {}
        found["contact"] = before | {part: self.cleaned_data[f"contact_{part}"] for part in CONTACT}
        return found


# A declaration in the class would shadow the property of the form.
ExpertForm.base_fields["fields"] = _boxes(_("technical fields"), partial(grouped_choices, "HNTE8"), _(
    "At most five. For example: advanced manufacturing, new materials."))  # fmt: skip


def _initial(expert: Expert) -> dict[str, Any]:
    body = expert.body
    contact: Any = body.contact or {}
    names = [name for name in ExpertForm.base_fields if hasattr(expert, name)]
    found = {name: getattr(expert, name) for name in names if name != "programme"}
    return found | {
        "affiliation": UNIT if expert.organisation_id else NONE,
        "gender": body.gender,
        "birth_year": body.birth_year,
        **{f"contact_{part}": contact.get(part, "") for part in CONTACT},
    }


class WorkForm(UnmarkedForm):
    title = TextField(label=_("title"), max_length=200, required=False)
    kind = forms.ChoiceField(label=_("kind"), choices=[("", "—"), *WorkKind.choices], required=False)
    year = WholeNumberField(label=_("year"), min_value=1950, max_value=2100, required=False,
                              widget=forms.TextInput(attrs={"inputmode": "numeric"}))  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if (values.get("kind") or values.get("year")) and not values.get("title") and "title" not in self.errors:
            self.add_error("title", _("Please give the title."))
        return values


class ConflictForm(forms.Form):
    name = OrganisationNameField(label=_("organisation"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["data-suggest"] = reverse_lazy("experts:organisation_options")


WorkSet = forms.formset_factory(WorkForm, formset=RowSet, extra=1, max_num=MOST_WORKS, absolute_max=20,
                                validate_max=True, can_delete=True)  # fmt: skip
ConflictSet = forms.formset_factory(ConflictForm, formset=RowSet, extra=1, max_num=50, absolute_max=60,
                                    validate_max=True, can_delete=True)  # fmt: skip


class ExpertSheet:
    """The form with its works and conflicts, checked together. In the pool the person has no conflicts to edit."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, expert: Expert | None = None, person_only: bool = False,
        initial: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.form = ExpertForm(data, expert=expert, person_only=person_only, initial=initial)
        works, avoided = [], []
        if expert is not None:
            works = list(expert.works.order_by("position").values("title", "kind", "year"))
            avoided = [{"name": one.organisation} for one in expert.conflicts.select_related("organisation")]
        self.works = WorkSet(data, initial=works, prefix="works")
        self.conflicts = None if person_only else ConflictSet(data, initial=avoided, prefix="conflicts")

    def is_valid(self) -> bool:
        parts = [self.form.is_valid(), self.works.is_valid()]
        if self.conflicts is not None:
            parts.append(self.conflicts.is_valid())
        return all(parts)

    def add_errors(self, problems: Mapping[str, Any]) -> None:
        """Put sentences at their fields."""
        for field, sentence in problems.items():
            if field == "works":
                self.works.non_form_errors().append(sentence)
            elif not self.form.has_error(field):
                self.form.add_error(field if field in self.form.fields else None, sentence)

    def work_rows(self) -> list[dict[str, Any]]:
        rows = [row.cleaned_data for row in self.works.forms]
        return [{name: row[name] for name in ("title", "kind", "year")} for row in rows
                if row.get("title") and not row.get("DELETE")]  # fmt: skip

    def avoided(self) -> list[Organisation] | None:
        if self.conflicts is None:
            return None
        rows = [row.cleaned_data for row in self.conflicts.forms]
        return [row["name"] for row in rows if row.get("name") and not row.get("DELETE")]


class ConsentForm(forms.Form):
    """The person's consent to the text that stands above it; publication is consented to separately."""

    version = forms.IntegerField(**VERSION)  # type: ignore[arg-type]
    digest = TextField(max_length=64, widget=forms.HiddenInput)
    agree = forms.BooleanField(
        label=_("I have read the text and consent to the processing of my data as it says."),
        error_messages={"required": _("Without your consent the entry goes no further.")},
    )  # fmt: skip
    conflicts = forms.BooleanField(
        label=_("The organisations to be avoided are complete as far as I know."),
        error_messages={"required": _("Please confirm this, or ask your unit to complete the list.")},
    )  # fmt: skip
    publish = forms.BooleanField(
        label=_("I also consent to my entry being shown to everybody, without sign-in."), required=False,
        help_text=_("If you leave this open, only people who have signed in see the entry."),
    )  # fmt: skip


class OpinionForm(forms.Form):
    """The unit's opinion."""

    version = forms.IntegerField(**VERSION)  # type: ignore[arg-type]
    opinion = TextField(label=_("opinion of the unit"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
                              help_text=_("For example: checked and agreed; we recommend the expert."))  # fmt: skip


class ReasonForm(forms.Form):
    """A step with its reason, on the version that was looked at."""

    version = forms.IntegerField(**VERSION)  # type: ignore[arg-type]
    reason = TextField(label=_("reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
                             help_text=_("The person and the unit read it."))  # fmt: skip


class RenewForm(forms.Form):
    """A new end of the term."""

    version = forms.IntegerField(**VERSION)  # type: ignore[arg-type]
    term_to = _day(_("term to"))

    def clean_term_to(self) -> date:
        day: date = self.cleaned_data["term_to"]
        if day <= timezone.localdate():
            raise forms.ValidationError(_("Please give a day after today."))
        return day
