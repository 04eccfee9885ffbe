"""The officer's pages about possible duplicates, and the owner's objection to a merge."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.duplicates import rules, selectors
from catalog.duplicates.services import merge_pair, object_to_merge, tell_apart
from catalog.enums import DuplicateState
from catalog.forms import ReasonForm
from catalog.models import DuplicatePair
from catalog.services import NotAllowed
from matchmaking.common import deciding
from matchmaking.common.access import access
from matchmaking.common.fields import TextField
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pagination import paginate
from matchmaking.common.workflow import IllegalMove, StaleState

APART, KEEP_FIRST, KEEP_SECOND = "apart", "keep_first", "keep_second"


class PairForm(forms.Form):
    """A decision on a pair, with the versions of the pair and of both records that the officer looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000)
    first_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000)
    second_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000)
    decision = forms.ChoiceField(choices=[(name, name) for name in (APART, KEEP_FIRST, KEEP_SECOND)])
    reason = TextField(
        label=gettext_lazy("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("For example: both name the same patent and the same leader."),
    )  # fmt: skip
    fill_first = forms.MultipleChoiceField(
        label=gettext_lazy("If the left one stays, take over"), required=False, widget=forms.CheckboxSelectMultiple
    )
    fill_second = forms.MultipleChoiceField(
        label=gettext_lazy("If the right one stays, take over"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, user: Any, pair: DuplicatePair, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(version=pair.version, first_version=pair.first.version, second_version=pair.second.version)
        for name, kept, dropped in (
            ("fill_first", pair.first, pair.second),
            ("fill_second", pair.second, pair.first),
        ):
            open_to = rules.can_merge(user, pair, dropped) and rules.can_fill(user, kept, dropped)
            texts = selectors.fillable(kept, dropped) if open_to and pair.merged() is None else []
            self.fields[name].choices = texts  # type: ignore[attr-defined]  # a field of choices
            if not texts:
                del self.fields[name]


@require_safe
@access("achievement.review")
def duplicate_list(request: HttpRequest) -> HttpResponse:
    """Pairs that may be one achievement, the likeliest first; decided ones under their own tabs."""
    asked = request.GET.get("group", "")
    group = asked if asked in DuplicateState.values else DuplicateState.FOUND
    counts = selectors.counts_for(request.user)
    tabs = [{"label": label, "url": f"?group={value}", "active": value == group, "count": counts[value]}
            for value, label in DuplicateState.choices]  # fmt: skip
    context = {"page": paginate(request, selectors.pairs_in(request.user, group)), "tabs": tabs, "group": group}
    return page_or_fragment(request, "catalog/duplicate_list.html", "catalog/_duplicate_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@access("achievement.review")
def duplicate_detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Both records side by side, field by field, and the decision."""
    pair = selectors.pair_or_404(request.user, uuid)
    form = PairForm(request.POST or None, user=request.user, pair=pair)
    if request.method == "POST" and form.is_valid():
        return _decided(request, pair, form.cleaned_data)
    if form.is_bound and pair.state != DuplicateState.FOUND:
        return _conflict(request, pair.get_absolute_url())
    lines, alike = selectors.compared(pair)
    merged = pair.merged()
    context = {
        "pair": pair,
        "sides": [pair.first, pair.second],
        "merged": merged,
        "kept": (pair.second if merged == pair.first else pair.first) if merged else None,
        "form": form,
        "lines": lines,
        "alike": alike,
        "can": {
            APART: rules.can_tell_apart(request.user, pair),
            KEEP_FIRST: rules.can_merge(request.user, pair, pair.second),
            KEEP_SECOND: rules.can_merge(request.user, pair, pair.first),
        },
    }
    return render(request, "catalog/duplicate_detail.html", context, status=422 if form.is_bound else 200)


@require_POST
@access("achievement.unit_review")
def duplicate_object(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The owner of a merged record says why it is another achievement."""
    pair = selectors.objectable_or_404(request.user, uuid)
    form = ReasonForm(request.POST, prefix="object")
    merged = pair.merged()
    if merged is None:
        return _conflict(request, pair.first.get_absolute_url())
    if not form.is_valid():
        messages.error(request, _("Say in a few words why it is another achievement."))
        return redirect(merged)
    try:
        values = form.cleaned_data
        object_to_merge(by=request.user, pair=pair, version=values["version"], text=values["reason"])
    except (StaleState, IllegalMove):
        return _conflict(request, merged.get_absolute_url())
    except NotAllowed as refusal:
        raise PermissionDenied from refusal
    messages.success(request, _("Your objection is with the officers; they look at both records again."))
    return redirect(merged)


def _decided(request: HttpRequest, pair: DuplicatePair, data: dict[str, Any]) -> HttpResponse:
    common = {"by": request.user, "pair": pair, "version": data["version"], "reason": data["reason"]}
    decision = data["decision"]
    try:
        if decision == APART:
            tell_apart(**common)
            messages.success(request, _("The pair is marked as two different achievements."))
        else:
            keep_first = decision == KEEP_FIRST
            merge_pair(**common, keep_first_one=keep_first, seen=(data["first_version"], data["second_version"]),
                       fill=data.get("fill_first" if keep_first else "fill_second", ()))  # fmt: skip
            messages.success(request, _("The records are merged; both owners are told."))
    except (StaleState, IllegalMove):
        return _conflict(request, pair.get_absolute_url())
    except NotAllowed as refusal:
        raise PermissionDenied from refusal
    return redirect("catalog:duplicate_list")


def _conflict(request: HttpRequest, back_url: str) -> HttpResponse:
    return deciding.conflict(request, back_url=back_url, steps=[])
