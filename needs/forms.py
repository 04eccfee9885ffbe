"""The form of a need: its fields, its indicator rows, the invited organisations, and the sheet that holds them."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.fields import OrganisationNameField, WanYuanField
from matchmaking.accounts.models import Organisation
from matchmaking.common.fields import DayField, MailField, NumberField, RowSet, TextField, WholeNumberField
from matchmaking.common.indicators import Operator, unit_beside
from matchmaking.programmes.models import Programme, Visibility
from matchmaking.vocabularies import selectors as vocabularies
from needs.completeness import BODY_FIELDS, INDICATOR_FIELDS, ROW_FIELDS, contact_of, missing, names_owner, secret_marks
from needs.models import NeedBody, TechNeed

CONTACT = ("name", "position", "phone", "email")
CODED = {
    "need_kind": "NEED_KIND",
    "tech_field": "HNTE8",
    "industry": "GB4754",
    "budget_band": "PRICE_BAND",
    "ip_terms": "IP_TERMS",
    "national_project": "NAT_PROJ",
    "target_trl": "TRL",
    "coop_modes": "COOP_MODE",
}
_GROUPED = ("tech_field", "industry")
VISIBILITY_WORDS = [
    (Visibility.PUBLIC, _("Public: everybody reads the whole need and sees the name of your enterprise.")),
    (Visibility.HIDDEN_OWNER, _(
        "Owner hidden: everybody sees title, field, region and budget band; signed-in members read the problem and the "
        "indicators. Only the park and the officers of your region know that it is yours.")),
    (Visibility.MEMBERS, _(
        "Members: nothing is shown to visitors; signed-in members read the need and see the name of your enterprise.")),
    (Visibility.INVITED, _(
        "Invited: besides you and your officers, only the organisations that you name below see the need at all.")),
]  # fmt: skip
_CHOOSE = _("please choose")


def _text(
    model: Any, name: str, help_text: Any, rows: int = 0, *, required: bool = False, label: Any = ""
) -> TextField:
    """A text field with the limit and, unless one is given, the label of the model's field."""
    source = model._meta.get_field(name)  # noqa: SLF001 (Django's documented model API)
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return TextField(label=label or source.verbose_name, max_length=source.max_length, help_text=help_text,
                           required=required, widget=widget)  # fmt: skip


def _coded(name: str, label: Any, help_text: Any = "", *, blank: Any = _CHOOSE) -> forms.ChoiceField:
    listed = vocabularies.grouped_choices if name in _GROUPED else vocabularies.choices
    return forms.ChoiceField(label=label, required=False, help_text=help_text,
                             choices=partial(listed, CODED[name], blank=blank))  # fmt: skip


class NeedForm(forms.Form):
    """Both halves of a need. A draft may leave nearly everything empty; `NeedSheet` asks for the rest on submission."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2_000_000_000)
    programme = forms.ModelChoiceField(
        label=_("programme"), queryset=Programme.objects.order_by("-starts_on"), empty_label=None,
        help_text=_("The programme in whose list the need stands."),
    )  # fmt: skip
    title = _text(TechNeed, "title", _("For example: Online inspection of turbine blades after forging"), required=True,
                  label=_("title of the need"))  # fmt: skip
    need_kind = _coded("need_kind", _("kind of need"), _("For example: technical problem to be solved"))
    background = _text(NeedBody, "background", _(
        "For example: we forge 40,000 blades a year for two engine makers; demand grows by a fifth."), 4)  # fmt: skip
    problem = _text(NeedBody, "problem", _(
        "The process of today, and where it fails, in your own words. For example: blades are checked by hand after "
        "cooling; three cracks in a hundred are found only at the customer's."), 8)  # fmt: skip
    goal = _text(NeedBody, "goal", _("For example: every blade checked in the line within 20 seconds."), 4)
    tried = _text(NeedBody, "tried", _(
        "What was tried and why it was not enough. For example: a camera, blinded by scale."), 4)  # fmt: skip
    basis = _text(NeedBody, "basis", _(
        "What you bring. For example: a forging line for trials and two engineers."), 4)  # fmt: skip
    tech_field = _coded("tech_field", _("technical field"), _("For example: electronics and information"))
    industry = _coded("industry", _("industry"), _("The industry in which the answer will be used."))
    chain_link = _text(NeedBody, "chain_link", _("For example: hot forging of high-temperature alloys"))
    target_trl = forms.TypedChoiceField(
        label=_("expected readiness level"), coerce=int, empty_value=None, required=False,
        choices=partial(vocabularies.choices, "TRL", blank=_("no preference")),
        help_text=_("How far the answer should be developed when you take it over."),
    )  # fmt: skip
    national_project = _coded("national_project", _("national project"), blank=_("not part of one"))
    chokepoint = forms.BooleanField(
        label=_("bottleneck technology"), required=False, help_text=_("Shown to you, the park and your officers only.")
    )
    import_substitution = forms.BooleanField(
        label=_("import substitution"), required=False, help_text=_("Shown to you, the park and your officers only.")
    )
    coop_modes = forms.MultipleChoiceField(
        label=_("cooperation modes"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=partial(vocabularies.choices, "COOP_MODE"), help_text=_("Every way that you would accept."),
    )  # fmt: skip
    budget_band = _coded("budget_band", _("budget band"), _("What you are ready to spend; everybody sees the band."))
    budget_fen = WanYuanField(
        label=_("exact budget"), required=False,
        help_text=_("If you like; only you, the park and your officers see it. For example: 85"),
    )  # fmt: skip
    open_competition = forms.BooleanField(
        label=_("open competition"), required=False,
        help_text=_("The need is announced and several teams may answer it in competition."),
    )  # fmt: skip
    eligibility = _text(NeedBody, "eligibility", _(
        "For an open competition. For example: a team with a running pilot line of its own."), 3)  # fmt: skip
    wished_partners = _text(NeedBody, "wished_partners", _("Universities or experts you would like to hear from."))
    site = _text(NeedBody, "site", _(
        "Where the product would be used. For example: two workshops with 40 presses; the city may be left out."
    ))  # fmt: skip
    scale = _text(NeedBody, "scale", _(
        "How much of it there is. For example: 300 km of pipe, 12 pumping stations, 2,000 alarms a day."
    ), 3)  # fmt: skip
    open_data = _text(NeedBody, "open_data", _(
        "Which data you open, and in which form. For example: three years of vibration data as files; or: none."
    ), 3)  # fmt: skip
    trial_window = _text(NeedBody, "trial_window", _(
        "When and how long it may be tried. For example: March to June, at night, six weeks."
    ))  # fmt: skip
    support_offered = _text(NeedBody, "support_offered", _(
        "What you bring to the trial. For example: an engineer on site, power and network, 200,000 yuan."
    ), 3)  # fmt: skip
    access_conditions = _text(NeedBody, "access_conditions", _(
        "What a team must have to be let in. For example: an explosion-proof certificate and a signed NDA."
    ), 3)  # fmt: skip
    due_months = WholeNumberField(
        label=_("to be finished in (months)"), required=False, min_value=1, max_value=36,
        help_text=_("From the contract on, at most 36. For example: 18"),
    )  # fmt: skip
    open_until = DayField(
        label=_("open until"), required=False,
        help_text=_("Until this day candidates may answer. You can set a later day at any time."),
    )  # fmt: skip
    ip_terms = _coded("ip_terms", _("IP terms"), _("Who shall own the result."))
    ip_terms_note = _text(NeedBody, "ip_terms_note", _("For example: we use it alone in our industry for five years."))
    visibility = forms.ChoiceField(
        label=_("who may see the need"), choices=VISIBILITY_WORDS, widget=forms.RadioSelect, initial=Visibility.PUBLIC
    )
    contact_name = TextField(label=_("contact person"), max_length=50, required=False, help_text=_(
        "Stored encrypted, never public: shown to the other side only after both have said yes."))  # fmt: skip
    contact_position = TextField(label=_("position of the contact person"), max_length=50, required=False,
                                       help_text=_("For example: chief engineer"))  # fmt: skip
    contact_phone = TextField(label=_("telephone"), max_length=30, required=False,
                                    widget=forms.TextInput(attrs={"type": "tel"}))  # fmt: skip
    contact_email = MailField(label=_("e-mail"), max_length=100, required=False)

    def __init__(self, *args: Any, need: TechNeed | None = None, body: NeedBody | None = None, **kwargs: Any) -> None:
        if need is not None and body is not None:
            kwargs["initial"] = _initial(need, body) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        if need is not None and body is not None:
            self._keep_retired(need, body)

    def _keep_retired(self, need: TechNeed, body: NeedBody) -> None:
        """A code that was retired since the need was written stays choosable in it."""
        for name, table in CODED.items():
            held = getattr(need, name, None) or getattr(body, name, None)
            codes = held if isinstance(held, list) else [str(held)] if held else []
            if any(not vocabularies.exists(table, code) for code in codes):
                listed = vocabularies.grouped_choices if name in _GROUPED else vocabularies.choices
                self.fields[name].choices = listed(table, blank=_CHOOSE, keep=codes)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        amount, band = values.get("budget_fen"), values.get("budget_band")
        if amount is not None and band and (right := vocabularies.price_band_of(amount)) != band:
            words = vocabularies.label("PRICE_BAND", right)
            self.add_error("budget_fen", _("This amount lies in the band %(band)s.") % {"band": words})
        values["contact"] = {part: values.pop(f"contact_{part}", "") for part in CONTACT}
        return values


def _initial(need: TechNeed, body: NeedBody) -> dict[str, Any]:
    names = [name for name in NeedForm.base_fields if not name.startswith("contact_")]
    found = {name: getattr(need if hasattr(need, name) else body, name) for name in names if name != "programme"}
    contact = contact_of(body)
    return found | {
        "programme": need.programme_id,
        **{f"contact_{part}": contact.get(part, "") for part in CONTACT},
    }


class IndicatorForm(forms.Form):
    """One indicator: what is measured, how it compares, and where you stand today."""

    _SAYS = ("name", "value", "value_high", "unit", "text", "now")

    name = TextField(label=_("indicator"), max_length=100, required=False)
    operator = forms.ChoiceField(label=_("operator"), choices=Operator.choices, initial=Operator.GE)
    value = NumberField(label=_("value"), max_digits=20, decimal_places=6, required=False)
    value_high = NumberField(label=_("upper value"), max_digits=20, decimal_places=6, required=False)
    unit = TextField(label=_("unit"), max_length=40, required=False)
    text = TextField(label=_("in words"), max_length=200, required=False)
    now = TextField(label=_("today's value"), max_length=60, required=False)
    must = forms.TypedChoiceField(
        label=_("weight"), choices=[("1", _("must be met")), ("", _("wish"))], coerce=bool, empty_value=False,
        required=False, initial="1",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # static/js/indicators.js shows the fields of the chosen operator and keeps the unit beside today's value.
        self.fields["value"].widget.attrs["data-label-range"] = _("lower value")
        self.fields["now"].widget.attrs["data-suffix"] = unit_beside(self["now"].value(), self["unit"].value())

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.is_filled():
            return values
        if not values.get("name") and "name" not in self.errors:
            self.add_error("name", _("Please say what is measured."))
        operator = values.get("operator")
        if operator == Operator.TEXT:
            values |= {"value": None, "value_high": None, "unit": ""}
            if not values.get("text"):
                self.add_error("text", _("Please say in words what must be reached."))
        elif operator and values.get("value") is None and "value" not in self.errors:
            self.add_error("value", _("Please give a number, or choose “in words”."))
        if operator != Operator.BETWEEN:
            values["value_high"] = None
        elif values.get("value") is not None and (values.get("value_high") is None
                                                  or values["value_high"] <= values["value"]):  # fmt: skip
            self.add_error("value_high", _("The upper value must be greater than the lower one."))
        return values

    def is_filled(self) -> bool:
        """Whether the row says anything at all; an empty row is no row."""
        written = getattr(self, "cleaned_data", {})
        return bool(self.errors) or any(written.get(name) not in (None, "") for name in self._SAYS)


def as_typed(row: dict[str, Any]) -> dict[str, Any]:
    """A stored indicator row as a person would have typed it: 98, not 98.000000."""
    numbers = {name: f"{row[name].normalize():f}" for name in ("value", "value_high") if row[name] is not None}
    return row | numbers | {"must": "1" if row["must"] else ""}


class InvitedForm(forms.Form):
    """One organisation that may see the need, chosen by its name or alias."""

    name = OrganisationNameField(label=_("organisation"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["data-suggest"] = reverse("needs:organisation_options")


IndicatorSet = forms.formset_factory(
    IndicatorForm, formset=RowSet, extra=1, max_num=30, absolute_max=60, validate_max=True, can_delete=True
)
InvitedSet = forms.formset_factory(
    InvitedForm, formset=RowSet, extra=1, max_num=50, absolute_max=60, validate_max=True, can_delete=True
)


class NeedSheet:
    """The form with its two sets of rows, checked together: `strict` asks for all that submission needs."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        owner: Organisation,
        need: TechNeed | None = None,
        body: NeedBody | None = None,
        indicators: list[dict[str, Any]] | None = None,
        invited: list[Organisation] | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        self.owner = owner
        self.form = NeedForm(data, need=need, body=body, initial=initial or {})
        rows = [as_typed(row) for row in indicators or []]
        guests = [{"name": guest} for guest in invited or []]
        self.indicators = IndicatorSet(data, initial=rows, prefix="indicators")
        self.invited = InvitedSet(data, initial=guests, prefix="invited")

    def is_valid(self, *, strict: bool = False) -> bool:
        """Check every field, and what must not be stored at all; with `strict` also what is missing."""
        parts = [self.form.is_valid(), self.indicators.is_valid(), self.invited.is_valid()]
        if not all(parts) and not strict:
            return False
        values, rows = self.form.cleaned_data, self.rows()
        problems = secret_marks(values, rows)
        if strict:
            problems = missing(values, rows) | names_owner(values, rows, self.owner) | problems
        if strict and values.get("visibility") == Visibility.INVITED and not self.guests() and parts[2]:
            problems["invited"] = _("Please name at least one organisation that may see the need.")
        self.add_errors(problems)
        return all(parts) and not problems

    def written(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Return what can be read of the sheet as it stands, right or wrong: values and indicator rows."""
        self.form.is_valid()
        self.indicators.is_valid()
        values = dict.fromkeys((*ROW_FIELDS, *BODY_FIELDS)) | self.values()
        return values, [dict.fromkeys(INDICATOR_FIELDS) | row for row in self.rows() if row.get("name")]

    def add_errors(self, problems: Mapping[str, Any]) -> None:
        """Put sentences at their fields; a field that already has one keeps it."""
        for field, sentence in problems.items():
            if field in ("indicators", "invited"):
                getattr(self, field).non_form_errors().append(sentence)
            elif field.startswith("indicators-"):
                place, name = field.split("-")[1:]
                [*self._kept()][int(place)].add_error(name, sentence)
            elif not self.form.has_error(field):
                self.form.add_error(field if field in self.form.fields else None, sentence)

    def rows(self) -> list[dict[str, Any]]:
        """Return the indicator rows that are filled in and not removed."""
        return [{name: value for name, value in row.cleaned_data.items() if name != "DELETE"} for row in self._kept()]

    def guests(self) -> list[Organisation]:
        """Return the organisations named, each once."""
        named = [row.cleaned_data.get("name") for row in self.invited.forms if not _removed(row)]
        return list(dict.fromkeys(guest for guest in named if guest))

    def values(self) -> dict[str, Any]:
        """Return the fields of both halves, as the services take them."""
        return {name: value for name, value in self.form.cleaned_data.items() if name != "version"}

    def _kept(self) -> Iterator[forms.Form]:
        for row in self.indicators.forms:
            if row.is_filled() and not _removed(row):
                yield row


def _removed(row: forms.Form) -> bool:
    return bool(getattr(row, "cleaned_data", {}).get("DELETE"))


class ReasonForm(forms.Form):
    """A step with its reason, on the version that was looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000)
    reason = TextField(
        label=_("reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The other side of open matches reads it. For example: the question has been solved by ourselves."),
    )  # fmt: skip


class ProlongForm(forms.Form):
    """A later closing date."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000)
    open_until = DayField(
        label=_("open until"),
        help_text=_("A day after today. An expired need is published again and matched at once."),
    )  # fmt: skip
