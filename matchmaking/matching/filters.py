"""Filters of match lists."""

from datetime import datetime, timedelta
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.matching.enums import DisputeState, Fault, GradedAs, Origin
from matchmaking.matching.fitting import arrived_since
from matchmaking.matching.models import Candidate, Dispute, Match
from matchmaking.vocabularies.selectors import choices, region_choices


def _field_of_the_need() -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(
        label=_("Technical field"),
        choices=lambda: choices("HNTE8", level=1),
        field_name="need__tech_field",
        lookup_expr="startswith",
        empty_label=_("any"),
    )


def _region_of_the_need() -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(
        label=_("Region of the need"), choices=region_choices, method="by_region", empty_label=_("any")
    )


class PairFilter(django_filters.FilterSet):
    """What rows of a need and its answer, matches or candidates, are narrowed by."""

    def by_kind(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(**{f"{value}__isnull": False})

    def by_region(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(need__region__path__contains=[value])


class ReviewFilter(PairFilter):
    """Narrows the officer's queue."""

    kind = django_filters.ChoiceFilter(
        label=_("Kind of answer"),
        choices=[("achievement", _("achievement")), ("expert", _("expert")), ("team", _("team"))],
        method="by_kind",
        empty_label=_("any"),
    )
    origin = django_filters.ChoiceFilter(label=_("Origin"), choices=Origin.choices, empty_label=_("any"))
    field = _field_of_the_need()
    region = _region_of_the_need()

    class Meta:
        model = Match
        fields: list[str] = []


class DisputeFilter(django_filters.FilterSet):
    """Narrows the officer's list of disputed lines."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=DisputeState.choices, empty_label=_("any"))
    fault = django_filters.ChoiceFilter(label=_("What is wrong"), choices=Fault.choices, empty_label=_("any"))
    disputed_as = django_filters.ChoiceFilter(label=_("Raised by"), choices=GradedAs.choices, empty_label=_("any"))

    class Meta:
        model = Dispute
        fields: list[str] = []


class FittingFilter(PairFilter):
    """Narrows the needs that fit what a person answers for; orders them by fit or by the day they were published."""

    arrived = django_filters.ChoiceFilter(
        label=_("Arrived"),
        choices=[("day", _("since yesterday")), ("week", _("in the last 7 days")), ("look", _("since my last visit"))],
        method="by_arrival",
        empty_label=_("any time"),
    )
    kind = django_filters.ChoiceFilter(
        label=_("Our record"),
        choices=[("achievement", _("achievement")), ("expert", _("expert"))],
        method="by_kind",
        empty_label=_("any"),
    )
    field = _field_of_the_need()
    region = _region_of_the_need()
    closing = django_filters.ChoiceFilter(
        label=_("Closing date"),
        choices=[("30", _("closes within 30 days")), ("90", _("closes within 90 days"))],
        method="by_closing",
        empty_label=_("any"),
    )
    sort = django_filters.ChoiceFilter(
        label=_("Order"), choices=[("new", _("newest first"))], method="unchanged", empty_label=_("best fit first")
    )

    class Meta:
        model = Candidate
        fields: list[str] = []

    def __init__(self, *args: Any, looked_before: datetime | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.looked_before = looked_before

    def by_arrival(self, queryset: QuerySet[Candidate], name: str, value: str) -> QuerySet[Candidate]:
        return queryset.filter(arrived_since(value, self.looked_before))

    def by_closing(self, queryset: QuerySet[Candidate], name: str, value: str) -> QuerySet[Candidate]:
        return queryset.filter(need__open_until__lte=timezone.localdate() + timedelta(days=int(value)))

    def unchanged(self, queryset: QuerySet[Candidate], name: str, value: str) -> QuerySet[Candidate]:
        return queryset

    def filter_queryset(self, queryset: QuerySet[Candidate]) -> QuerySet[Candidate]:
        newest = self.form.cleaned_data.get("sort") == "new"
        order = ("-need__published_at", "-score", "pk") if newest else ("-score", "need__public_no")
        return super().filter_queryset(queryset).order_by(*order)
