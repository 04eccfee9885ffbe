"""One FilterSet for the expert list, its export and the API."""

import re
from functools import partial

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from experts.models import Expert
from matchmaking.common.search import has_terms, search_query
from matchmaking.vocabularies.selectors import choices, region_choices

_NUMBER = re.compile(r"ZJ-\d{4}-\d+")


class ExpertFilter(django_filters.FilterSet):
    """Filters over what `visible_to` left; every value is typed."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="by_text",
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name, direction, work")}),
    )
    field = django_filters.ChoiceFilter(
        label=_("Technical field"), choices=partial(choices, "HNTE8", level=2), method="by_field", empty_label=_("any")
    )
    kind = django_filters.ChoiceFilter(
        label=_("Kind of expert"), choices=partial(choices, "EXPERT_KIND"), method="by_kind", empty_label=_("any")
    )
    service = django_filters.ChoiceFilter(
        label=_("Service"), choices=partial(choices, "EXPERT_SERVICE"), method="by_service", empty_label=_("any")
    )
    title = django_filters.ChoiceFilter(
        label=_("Professional title"), choices=partial(choices, "TITLE"), empty_label=_("any")
    )
    region = django_filters.ChoiceFilter(
        label=_("Region"), choices=region_choices, method="by_region", empty_label=_("any")
    )

    class Meta:
        model = Expert
        fields: list[str] = []

    def by_text(self, queryset: QuerySet[Expert], name: str, value: str) -> QuerySet[Expert]:
        number = value.strip().upper()
        if _NUMBER.fullmatch(number):
            return queryset.filter(public_no=number)
        if not has_terms(value):
            return queryset.none()
        return queryset.filter(search_vector=search_query(value))

    def by_field(self, queryset: QuerySet[Expert], name: str, value: str) -> QuerySet[Expert]:
        return queryset.filter(fields__contains=[value])

    def by_kind(self, queryset: QuerySet[Expert], name: str, value: str) -> QuerySet[Expert]:
        return queryset.filter(expert_kinds__contains=[value])

    def by_service(self, queryset: QuerySet[Expert], name: str, value: str) -> QuerySet[Expert]:
        return queryset.filter(services__contains=[value])

    def by_region(self, queryset: QuerySet[Expert], name: str, value: str) -> QuerySet[Expert]:
        return queryset.filter(region__path__contains=[value])


class OwnFilter(ExpertFilter):
    """Filters of a unit over the experts it nominated, in every state (the tabs hold the states)."""

    region = None
    service = None
