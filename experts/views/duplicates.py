"""The question to a unit whether one of its experts was nominated by another unit as well."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from experts.duplicates import rules, selectors
from experts.duplicates.services import answer
from experts.enums import Answer
from experts.models import Expert
from matchmaking.common import deciding
from matchmaking.common.access import access
from matchmaking.common.fields import TextField
from matchmaking.common.workflow import StaleState
from matchmaking.intake.duplicates.deciding import NotAllowed


class AnswerForm(forms.Form):
    """What the unit says, with the version of the pair that it looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000)
    said = forms.ChoiceField(label=gettext_lazy("The two entries are"), choices=Answer.choices,
                             widget=forms.RadioSelect)  # fmt: skip
    note = TextField(
        label=gettext_lazy("Note to the officer"), max_length=300, required=False,
        widget=forms.Textarea(attrs={"rows": 3}), help_text=gettext_lazy("For example: changed to us in 2025."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@access("expert.nominate")
def expert_same(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Both entries, each of which the unit may see while it is asked, and its answer."""
    pair = selectors.asked_or_404(request.user, uuid)
    sides = rules.sides_of(request.user, pair)
    mine = getattr(pair, sides[0]) if sides else _own(request, pair)
    if not sides:
        return redirect(mine)
    form = AnswerForm(request.POST or None, initial={"version": pair.version})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            answer(by=request.user, pair=pair, version=values["version"], said=values["said"], note=values["note"])
        except StaleState:
            return deciding.conflict(request, back_url=mine.get_absolute_url())
        except NotAllowed as refusal:
            raise PermissionDenied from refusal
        messages.success(request, _("Your answer is with the officer."))
        return redirect(mine)
    context: dict[str, Any] = {
        "mine": mine,
        "other": pair.other(mine),
        "form": form,
        "lines": selectors.compared(request.user, pair)[0],
        "mine_is_left": sides[0] == "first",
        "due": rules.answer_due(pair),
    }
    return render(request, "experts/expert_same.html", context, status=422 if form.is_bound else 200)


def _own(request: HttpRequest, pair: Any) -> Expert:
    own = Expert.objects.nominated_by(request.user).filter(pk__in=[pair.first_id, pair.second_id])
    return own.order_by("pk")[0]
