"""Filters of match lists."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from matchmaking.matching.enums import DisputeState, Fault, GradedAs, Origin
from matchmaking.matching.models import Dispute, Match
from matchmaking.vocabularies.selectors import choices, region_choices


class ReviewFilter(django_filters.FilterSet):
    """Narrows the officer's queue."""

    kind = django_filters.ChoiceFilter(
        label=_("Kind of answer"),
        choices=[("achievement", _("achievement")), ("expert", _("expert")), ("team", _("team"))],
        method="by_kind",
        empty_label=_("any"),
    )
    origin = django_filters.ChoiceFilter(label=_("Proposed"), choices=Origin.choices, empty_label=_("any"))
    field = django_filters.ChoiceFilter(
        label=_("Technical field"),
        choices=lambda: choices("HNTE8", level=1),
        field_name="need__tech_field",
        lookup_expr="startswith",
        empty_label=_("any"),
    )
    region = django_filters.ChoiceFilter(
        label=_("Region of the need"), choices=region_choices, method="by_region", empty_label=_("any")
    )

    class Meta:
        model = Match
        fields: list[str] = []

    def by_kind(self, queryset: QuerySet[Match], name: str, value: str) -> QuerySet[Match]:
        return queryset.filter(**{f"{value}__isnull": False})

    def by_region(self, queryset: QuerySet[Match], name: str, value: str) -> QuerySet[Match]:
        return queryset.filter(need__region__path__contains=[value])


class DisputeFilter(django_filters.FilterSet):
    """Narrows the officer's list of disputed lines."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=DisputeState.choices, empty_label=_("any"))
    fault = django_filters.ChoiceFilter(label=_("What is wrong"), choices=Fault.choices, empty_label=_("any"))
    disputed_as = django_filters.ChoiceFilter(label=_("By"), choices=GradedAs.choices, empty_label=_("any"))

    class Meta:
        model = Dispute
        fields: list[str] = []
