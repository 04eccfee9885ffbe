"""Forms of matching: decisions of the officer, answers of the sides, a run, a proposal by hand."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.common.fields import DayField, TextField
from matchmaking.common.marks import UnmarkedForm
from matchmaking.matching import nouns, rules, whynot
from matchmaking.matching.enums import Answer, DeclineReason, Fault, MatchState, RunScope
from matchmaking.matching.services.answers import AnswerIncomplete, check_later
from matchmaking.programmes.models import Programme
from matchmaking.vocabularies.models import Region

BLANK_REASON = [("", _("choose a reason")), *DeclineReason.choices]


class DropForm(forms.Form):
    """Why a proposed match is not shown to the two sides."""

    reason = forms.ChoiceField(label=_("Reason"), choices=BLANK_REASON)
    note = TextField(label=_("Note"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class AnswerForm(forms.Form):
    """One side's answer. Which of the other fields is needed depends on the answer."""

    answer = forms.ChoiceField(label=_("Your answer"), choices=Answer.choices, widget=forms.RadioSelect)
    reason = forms.ChoiceField(
        label=_("Reason"), choices=BLANK_REASON, required=False, help_text=_("Needed for a no; the officer reads it.")
    )
    ask_again_on = DayField(
        label=_("Ask again on"), required=False,
        help_text=_("Needed for “later”: from this day on we ask again."),
    )  # fmt: skip
    note = TextField(label=_("Note"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("answer") == Answer.NO and not data.get("reason"):
            self.add_error("reason", _("Please give the reason for the no."))
        if data.get("answer") == Answer.LATER:
            try:
                check_later(data.get("ask_again_on"))
            except AnswerIncomplete as error:
                if "ask_again_on" not in self.errors:
                    self.add_error("ask_again_on", error.message)
        return data


class HandOnForm(forms.Form):
    """To whom of the unit a request is handed."""

    to = forms.TypedChoiceField(label=_("Colleague"), coerce=int)

    def __init__(self, *args: Any, people: Iterable[User] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["to"]
        field.choices = [("", _("choose a colleague")), *((one.pk, str(one)) for one in people)]


class QuestionForm(UnmarkedForm):
    """A question to the other side, without names."""

    text = TextField(
        label=_("Your question"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Without names: the other side and the officer read it."),
    )  # fmt: skip


class QuestionAnswerForm(UnmarkedForm):
    """The answer to a question of the other side."""

    text = TextField(label=_("Your answer"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class AdvanceForm(forms.Form):
    """What happened in the talks."""

    target = forms.ChoiceField(
        label=_("What happened"),
        choices=[
            (MatchState.MEETING, _("a meeting took place")),
            (MatchState.NEGOTIATION, _("negotiation began")),
            (MatchState.SIGNED, _("a contract was signed")),
            (MatchState.FAILED, _("the talks failed")),
        ],
    )
    note = TextField(
        label=_("Note"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed when the talks failed."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("target") == MatchState.FAILED and not data.get("note") and "note" not in self.errors:
            self.add_error("note", _("Please say why the talks failed."))
        return data


class RunForm(forms.Form):
    """The scope of a batch match."""

    scope = forms.ChoiceField(
        label=_("Scope"),
        choices=[
            (RunScope.ALL, RunScope.ALL.label),
            (RunScope.PROGRAMME, RunScope.PROGRAMME.label),
            (RunScope.REGION, RunScope.REGION.label),
        ],
    )
    programme = forms.ModelChoiceField(
        label=_("Programme"), queryset=Programme.objects.none(), required=False, empty_label=_("please choose")
    )
    region = forms.ModelChoiceField(
        label=_("Region"), queryset=Region.objects.none(), required=False, empty_label=_("please choose")
    )
    incremental = forms.BooleanField(
        label=_("Only what has changed since the last full run"), required=False,
        help_text=_("Much quicker, with the same result. It becomes a full run when too much has changed."),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not rules.can_run(user, scope=RunScope.ALL):
            self.fields["scope"].choices = [(RunScope.REGION, RunScope.REGION.label)]  # type: ignore[attr-defined]
            del self.fields["programme"]
            del self.fields["incremental"]
        places = [held.organisation.region for held in user.memberships_with("match.run")]
        self.fields["region"].initial = places[0] if places else None
        if "programme" in self.fields:
            self.fields["programme"].queryset = Programme.objects.order_by("code")  # type: ignore[attr-defined]
        self.fields["region"].queryset = Region.objects.exclude(  # type: ignore[attr-defined]
            kind=Region.Kind.CITY, separately_planned=False
        ).order_by("code")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for scope in (RunScope.PROGRAMME, RunScope.REGION):
            if data.get("scope") == scope and not data.get(scope):
                self.add_error(scope, _("Please choose one for this scope."))
            elif data.get("scope") != scope:
                data[scope.value] = None
        if data.get("incremental") and data.get("scope") != RunScope.ALL:
            self.add_error("incremental", _("This is possible for a run over everything only."))
        if not self.errors and not rules.can_run(self.user, scope=data["scope"], region=data.get("region")):
            self.add_error("region", _("You can start a run within your own region only."))
        return data


class ProposeForm(forms.Form):
    """A pair proposed by hand: the number of an achievement, an expert or a team, and why. Instead of the number there
    may be words, with which the view offers some to choose from."""

    number = TextField(
        label=_("Achievement, expert or team: its number, or words of its title"), max_length=60,
        help_text=_("For example: CG-2026-000012 or ZJ-2026-000003."),
    )  # fmt: skip
    note = TextField(
        label=_("Why they fit"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The officer and both sides read this."),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_number(self) -> nouns.Answer:
        found = whynot.find_answer(self.user, self.cleaned_data["number"], matched=True)
        if found is None:
            message = _("No record in the pool has this number or holds these words.")
            raise forms.ValidationError(message, code="unknown")
        return found


class DisputeForm(forms.Form):
    """What is wrong with a line of an explanation."""

    fault = forms.ChoiceField(label=_("What is wrong?"), choices=Fault.choices, widget=forms.RadioSelect)
    note = TextField(
        label=_("Note"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The officer reads it, the other side does not."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("fault") == Fault.OTHER and not data.get("note") and "note" not in self.errors:
            self.add_error("note", _("Please write what is wrong."))
        return data
