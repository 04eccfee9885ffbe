"""The form of a team: text, units and members."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from catalog.fields import OrganisationNameField
from experts.forms import MOST_CAPACITY, VERSION
from experts.models import Expert, Team
from experts.teams.completeness import missing
from experts.teams.enums import MOST_FIELDS, MOST_MEMBERS, MOST_UNITS
from matchmaking.accounts.models import Organisation
from matchmaking.common.fields import RowSet, TextField, WholeNumberField
from matchmaking.common.marks import UnmarkedForm
from matchmaking.programmes.models import Programme, Visibility
from matchmaking.vocabularies.selectors import grouped_choices

_NUMBER = re.compile(r"ZJ-\d{4}-\d+", re.ASCII)


class ExpertField(TextField):
    """An expert in the pool by number or name, cleaned to the entry; suggests while one types. `known` are the
    experts who may be named."""

    known: QuerySet[Expert] = Expert.objects.none()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        suggestions = {"list": "expert-options", "data-suggest": reverse_lazy("teams:expert_options")}
        self.widget.attrs |= {**suggestions, "autocomplete": "off"}

    def prepare_value(self, value: Any) -> Any:
        return f"{value.name} {value.public_no}" if isinstance(value, Expert) else value

    def clean(self, value: Any) -> Expert | None:
        written = super().clean(value)
        if not written:
            return None
        number = _NUMBER.search(written.upper())
        found = list(self.known.filter(**({"public_no": number[0]} if number else {"name": written.strip()}))[:2])
        words = {"name": written}
        if not found:
            raise ValidationError(_("“%(name)s” is not an expert in the pool. Pick one from the list."), params=words)
        if len(found) > 1:
            raise ValidationError(_("Several experts are called “%(name)s”. Pick one from the list."), params=words)
        return found[0]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class LeadField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} {obj.public_no}"


class TeamForm(UnmarkedForm):
    """What a team says of itself."""

    version = forms.IntegerField(required=False, **VERSION)  # type: ignore[arg-type]
    programme = forms.ModelChoiceField(label=_("programme"), queryset=Programme.objects.order_by("-starts_on"),
                                       empty_label=None)  # fmt: skip
    name = TextField(
        label=_("name of the team"), max_length=100,
        help_text=_("For example: corrosion of offshore structures, from coating to monitoring"),
    )  # fmt: skip
    lead: forms.ModelChoiceField = LeadField(
        label=_("lead of the team"), queryset=None, empty_label=_("please choose"),
        help_text=_("An expert of your unit in the pool; contact is made through him."),
    )  # fmt: skip
    summary = TextField(
        label=_("summary"), max_length=600, required=False, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What the team can do together that none of you can do alone; by it the team is found."),
    )  # fmt: skip
    achievements = TextField(
        label=_("achievements of the team"), max_length=800, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("For example: monitoring of two wind farms since 2022; a joint standard on cathodic protection."),
    )  # fmt: skip
    capacity = WholeNumberField(
        label=_("needs at the same time"), min_value=0, max_value=MOST_CAPACITY, required=False,
        help_text=_("Whoever proposes the team for a need sees it: teams are proposed by hand, no batch match assigns "
                    "them. What the team takes on counts for its lead as well. For example: 3"),
    )  # fmt: skip
    visibility = forms.ChoiceField(
        label=_("who may see the team"), widget=forms.RadioSelect, initial=Visibility.PUBLIC,
        choices=[(Visibility.PUBLIC, _("everybody, without sign-in")), (Visibility.MEMBERS, _("signed-in members"))],
    )  # fmt: skip

    def __init__(self, *args: Any, leads: QuerySet[Expert], team: Team | None = None, **kwargs: Any) -> None:
        if team is not None:
            names = [name for name in TeamForm.base_fields if name not in ("programme", "lead")]
            start = {name: getattr(team, name) for name in names} | {"lead": team.lead_id}
            kwargs["initial"] = start | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        field: Any = self.fields["lead"]
        own = Q(pk__in=leads.values("pk")) | Q(pk=team.lead_id if team else None)
        field.queryset = Expert.objects.filter(own).order_by("name", "pk")
        if team is not None:
            del self.fields["programme"]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if len(values.get("fields") or ()) > MOST_FIELDS:
            self.add_error("fields", _("At most five technical fields."))
        return values


# A declaration in the class would shadow the property of the form.
TeamForm.base_fields["fields"] = forms.MultipleChoiceField(
    label=_("technical fields"), required=False, choices=partial(grouped_choices, "HNTE8"),
    widget=forms.CheckboxSelectMultiple, help_text=_("At most five."),
)  # fmt: skip


class MemberForm(UnmarkedForm):
    expert = ExpertField(label=_("expert"), max_length=120, required=False)
    role = TextField(label=_("part in the team"), max_length=60, required=False)

    def __init__(self, *args: Any, experts: QuerySet[Expert], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expert"].known = experts  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("role") and not values.get("expert") and "expert" not in self.errors:
            self.add_error("expert", _("Please name the expert."))
        return values


class UnitForm(forms.Form):
    name = OrganisationNameField(label=_("organisation"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["data-suggest"] = reverse_lazy("experts:organisation_options")


MemberSet = forms.formset_factory(MemberForm, formset=RowSet, extra=1, max_num=MOST_MEMBERS, absolute_max=40,
                                  validate_max=True, can_delete=True)  # fmt: skip
UnitSet = forms.formset_factory(UnitForm, formset=RowSet, extra=1, max_num=MOST_UNITS, absolute_max=30,
                                validate_max=True, can_delete=True)  # fmt: skip


class TeamSheet:
    """The form with its units and members, checked together: `strict` asks for all that submission needs.

    `leads` and `experts` are whom the person may name; members of the team stay nameable in it.
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        leads: QuerySet[Expert],
        experts: QuerySet[Expert],
        team: Team | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        self.form = TeamForm(data, leads=leads, team=team, initial=initial)
        members: list[dict[str, Any]] = []
        units: list[dict[str, Any]] = []
        if team is not None:
            rows = team.memberships.select_related("expert").order_by("position")
            members = [{"expert": row.expert, "role": row.role} for row in rows]
            units = [{"name": unit} for unit in team.units.exclude(pk=team.owner_id).order_by("name")]
            nameable = Q(pk__in=experts.values("pk")) | Q(pk__in=[row.expert_id for row in rows])
            experts = Expert.objects.filter(nameable)
        self.members = MemberSet(data, initial=members, prefix="members", form_kwargs={"experts": experts})
        self.units = UnitSet(data, initial=units, prefix="units")

    def is_valid(self, *, strict: bool = False) -> bool:
        """Check every field; with `strict` also what is missing."""
        parts = [self.form.is_valid(), self.members.is_valid(), self.units.is_valid()]
        problems = missing(self.form.cleaned_data, len(self.chosen())) if strict and parts[1] else {}
        self.add_errors(problems)
        return all(parts) and not problems

    def add_errors(self, problems: Mapping[str, Any]) -> None:
        """Put sentences at their fields; a field that already has one keeps it."""
        for field, sentence in problems.items():
            if field == "members":
                self.members.non_form_errors().append(sentence)
            elif not self.form.has_error(field):
                self.form.add_error(field if field in self.form.fields else None, sentence)

    def chosen(self) -> list[tuple[Expert, str]]:
        """Return the members named and their parts."""
        rows = _kept(self.members)
        return [(row["expert"], row.get("role", "")) for row in rows if row.get("expert")]

    def organisations(self) -> list[Organisation]:
        return [row["name"] for row in _kept(self.units) if row.get("name")]


def _kept(rows: Any) -> list[dict[str, Any]]:
    found = [getattr(row, "cleaned_data", {}) for row in rows.forms]
    return [row for row in found if not row.get("DELETE")]
