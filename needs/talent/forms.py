"""The form of a talent post: its fields, the invited organisations, and the sheet that holds both."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import Organisation
from matchmaking.common.fields import DayField, MailField, TextField, WholeNumberField
from matchmaking.programmes.models import Programme, Visibility
from matchmaking.vocabularies import selectors as vocabularies
from needs.forms import CONTACT, InvitedSet
from needs.talent.completeness import contact_of, gives_away, missing, names_owner, secret_marks
from needs.talent.enums import WEEKLY
from needs.talent.models import MOST_DAYS, MOST_HEADS, MOST_MONTHS, TalentPost, TalentPostBody
from needs.talent.selectors import own_needs

CODED = {
    "post_kind": "POST_KIND",
    "tech_field": "HNTE8",
    "disciplines": "GB13745",
    "education": "EDU",
    "professional_title": "TITLE",
    "attendance": "ATTENDANCE",
    "pay_band": "PAY_BAND",
}
VISIBILITY_WORDS = [
    (Visibility.PUBLIC, _("Public: everybody reads the whole post and sees the name of your enterprise.")),
    (Visibility.HIDDEN_OWNER, _(
        "Owner hidden: everybody sees name, direction, region and pay band; signed-in members read the duties. Only "
        "the park and the officers of your region know that it is yours.")),
    (Visibility.MEMBERS, _(
        "Members: nothing is shown to visitors; signed-in members read the post and see the name of your enterprise.")),
    (Visibility.INVITED, _(
        "Invited: besides you and your officers, only the organisations that you name below see the post at all.")),
]  # fmt: skip
VERSION = {"widget": forms.HiddenInput, "min_value": 1, "max_value": 2_000_000_000}
_CHOOSE = _("please choose")


def _text(model: Any, name: str, help_text: Any, rows: int = 0, *, required: bool = False) -> TextField:
    """A text field with the label and the limit of the model's field."""
    source = model._meta.get_field(name)  # noqa: SLF001 (Django's documented model API)
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return TextField(label=source.verbose_name, max_length=source.max_length, help_text=help_text,
                     required=required, widget=widget)  # fmt: skip


def _coded(name: str, label: Any, help_text: Any = "", *, blank: Any = _CHOOSE) -> forms.ChoiceField:
    listed = vocabularies.grouped_choices if name == "tech_field" else vocabularies.choices
    return forms.ChoiceField(label=label, required=False, help_text=help_text,
                             choices=partial(listed, CODED[name], blank=blank))  # fmt: skip


class PostForm(forms.Form):
    """Both halves of a post. A draft may leave nearly everything empty; `PostSheet` asks for the rest on submission."""

    version = forms.IntegerField(required=False, **VERSION)  # type: ignore[arg-type]
    programme = forms.ModelChoiceField(
        label=_("programme"), queryset=Programme.objects.order_by("-starts_on"), empty_label=None,
        help_text=_("The programme in whose list the post stands."),
    )  # fmt: skip
    title = _text(TalentPost, "title", _("For example: vice president for welding technology"), required=True)
    post_kind = _coded("post_kind", _("kind of post"))
    headcount = WholeNumberField(label=_("number of people"), min_value=1, max_value=MOST_HEADS, required=False)
    tech_field = _coded("tech_field", _("technical direction"), _("By it the post is found."))
    duties = _text(TalentPostBody, "duties", _(
        "What the person will do. For example: lead the development of narrow-gap welding, train two process "
        "engineers, be on site on Tuesdays."), 6)  # fmt: skip
    expected_output = _text(TalentPostBody, "expected_output", _(
        "What shall be there at the end. For example: a welding procedure for plates of 80 mm and one joint patent."
    ), 4)  # fmt: skip
    tech_need: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("related technical need"), queryset=None, required=False, empty_label=_("no need"),
        help_text=_("If the person shall work on one of your needs, readers of the post find the way to it."),
    )  # fmt: skip
    education = _coded("education", _("education, at least"))
    professional_title = _coded("professional_title", _("professional title, at least"), blank=_("no preference"))
    disciplines = forms.MultipleChoiceField(
        label=_("disciplines asked for"), required=False, choices=partial(vocabularies.choices, "GB13745"),
        widget=forms.CheckboxSelectMultiple, help_text=_("Nothing ticked: the discipline does not matter."),
    )  # fmt: skip
    requirements = _text(TalentPostBody, "requirements", _(
        "What you ask for besides. For example: has brought one process from the laboratory to the line."
    ), 4)  # fmt: skip
    attendance = _coded("attendance", _("attendance"))
    days_per_week = WholeNumberField(
        label=_("days a week"), min_value=1, max_value=MOST_DAYS, required=False,
        help_text=_("Only for “some days a week”, from 1 to 5."),
    )  # fmt: skip
    term_months = WholeNumberField(
        label=_("term of service (months)"), min_value=1, max_value=MOST_MONTHS, required=False,
        help_text=_("At most 60. For example: 24"),
    )  # fmt: skip
    open_until = DayField(
        label=_("applications until"), required=False,
        help_text=_("The last day for applications. You can set a later day at any time."),
    )  # fmt: skip
    pay_band = _coded("pay_band", _("pay band"), _("For one person and year, before tax; everybody sees the band."))
    pay_details = _text(TalentPostBody, "pay_details", _(
        "If you like; read by signed-in members only. For example: project bonus of 5 % of the saving."))  # fmt: skip
    housing = _text(TalentPostBody, "housing", _("For example: a flat on the site; or: none"))
    insurance = _text(TalentPostBody, "insurance", _("For example: accident insurance paid by us; or: none"))
    mentor = _text(TalentPostBody, "mentor", _(
        "Who looks after the person in your house, with position; read by signed-in members only."))  # fmt: skip
    visibility = forms.ChoiceField(
        label=_("who may see the post"), choices=VISIBILITY_WORDS, widget=forms.RadioSelect, initial=Visibility.PUBLIC
    )
    contact_name = TextField(label=_("contact person"), max_length=50, required=False, help_text=_(
        "Stored encrypted, never public: only your enterprise reads it here."))  # fmt: skip
    contact_position = TextField(label=_("position"), max_length=50, required=False,
                                 help_text=_("For example: head of personnel"))  # fmt: skip
    contact_phone = TextField(label=_("telephone"), max_length=30, required=False,
                              widget=forms.TextInput(attrs={"type": "tel"}))  # fmt: skip
    contact_email = MailField(label=_("e-mail"), max_length=100, required=False)

    def __init__(
        self,
        *args: Any,
        owner: Organisation,
        post: TalentPost | None = None,
        body: TalentPostBody | None = None,
        **kwargs: Any,
    ) -> None:
        if post is not None and body is not None:
            kwargs["initial"] = _initial(post, body) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.fields["tech_need"].queryset = own_needs(owner)  # type: ignore[attr-defined]
        self.fields["tech_need"].label_from_instance = (  # type: ignore[attr-defined]
            lambda need: f"{need.public_no} {need.title}"
        )
        if post is not None and body is not None:
            self._keep_retired(post)

    def _keep_retired(self, post: TalentPost) -> None:
        """A code that was retired since the post was written stays choosable in it."""
        for name, table in CODED.items():
            held = getattr(post, name)
            codes = held if isinstance(held, list) else [held] if held else []
            if any(not vocabularies.exists(table, code) for code in codes):
                listed = vocabularies.grouped_choices if name == "tech_field" else vocabularies.choices
                blank = None if isinstance(held, list) else _CHOOSE
                self.fields[name].choices = listed(table, blank=blank, keep=codes)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("attendance") != WEEKLY:
            values["days_per_week"] = None
        values["contact"] = {part: values.pop(f"contact_{part}", "") for part in CONTACT}
        return values


def _initial(post: TalentPost, body: TalentPostBody) -> dict[str, Any]:
    names = [name for name in PostForm.base_fields if not name.startswith("contact_")]
    found = {name: getattr(post if hasattr(post, name) else body, name) for name in names if name != "programme"}
    contact = contact_of(body)
    return found | {
        "programme": post.programme_id,
        "tech_need": body.tech_need_id,
        **{f"contact_{part}": contact.get(part, "") for part in CONTACT},
    }


class PostSheet:
    """The form with its invited organisations, checked together: `strict` asks for all that submission needs."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        owner: Organisation,
        post: TalentPost | None = None,
        body: TalentPostBody | None = None,
        invited: list[Organisation] | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        self.owner = owner
        self.form = PostForm(data, owner=owner, post=post, body=body, initial=initial or {})
        self.invited = InvitedSet(data, initial=[{"name": guest} for guest in invited or []], prefix="invited")

    def is_valid(self, *, strict: bool = False) -> bool:
        """Check every field, and what must not be stored at all; with `strict` also what is missing."""
        parts = [self.form.is_valid(), self.invited.is_valid()]
        if not all(parts) and not strict:
            return False
        values = self.form.cleaned_data
        problems = secret_marks(values) | gives_away(values)
        if strict:
            problems = missing(values) | names_owner(values, self.owner) | problems
        if strict and values.get("visibility") == Visibility.INVITED and not self.guests() and parts[1]:
            problems["invited"] = _("Please name at least one organisation that may see the post.")
        self.add_errors(problems)
        return all(parts) and not problems

    def add_errors(self, problems: Mapping[str, Any]) -> None:
        """Put sentences at their fields; a field that already has one keeps it."""
        for field, sentence in problems.items():
            if field == "invited":
                self.invited.non_form_errors().append(sentence)
            elif not self.form.has_error(field):
                self.form.add_error(field if field in self.form.fields else None, sentence)

    def guests(self) -> list[Organisation]:
        """Return the organisations named, each once."""
        rows = [getattr(row, "cleaned_data", {}) for row in self.invited.forms]
        named = [row.get("name") for row in rows if not row.get("DELETE")]
        return list(dict.fromkeys(guest for guest in named if guest))

    def values(self) -> dict[str, Any]:
        """Return the fields of both halves, as the services take them."""
        return {name: value for name, value in self.form.cleaned_data.items() if name != "version"}


class WithdrawForm(forms.Form):
    """Why a post is taken back, on the version that was looked at."""

    version = forms.IntegerField(**VERSION)  # type: ignore[arg-type]
    reason = TextField(
        label=_("reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Kept in the history. For example: the project has been put off by a year."),
    )  # fmt: skip


class ProlongPostForm(forms.Form):
    """A later closing date."""

    version = forms.IntegerField(**VERSION)  # type: ignore[arg-type]
    open_until = DayField(
        label=_("applications until"),
        help_text=_("A day after today. An expired post is published again; a filled one asks for one more person."),
    )  # fmt: skip


class FillForm(forms.Form):
    """How many people have been found in all."""

    version = forms.IntegerField(**VERSION)  # type: ignore[arg-type]
    filled = WholeNumberField(
        label=_("people found"), min_value=0, max_value=MOST_HEADS,
        help_text=_("All who have agreed so far. With the last one the post counts as filled."),
    )  # fmt: skip
