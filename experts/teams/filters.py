"""One FilterSet for the team list, its export and the API."""

import re

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from catalog.filters import field_choices
from experts.models import Team
from experts.teams.enums import TeamState
from matchmaking.common.search import has_terms, search_query
from matchmaking.vocabularies.selectors import choices, region_choices

_NUMBER = re.compile(r"TD-\d{4}-\d+")
_ANY = _("any")


class TeamFilter(django_filters.FilterSet):
    """Filters over what `visible_to` left; every value is typed."""

    q = django_filters.CharFilter(
        label=_("Search"), method="by_text", max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Words, or a number such as TD-2026-000123")}),
    )  # fmt: skip
    field = django_filters.ChoiceFilter(
        label=_("Technical field"), choices=field_choices, method="by_field", empty_label=_ANY
    )
    region = django_filters.ChoiceFilter(
        label=_("Region"), choices=region_choices, method="by_region", empty_label=_ANY
    )

    class Meta:
        model = Team
        fields: list[str] = []

    def by_text(self, queryset: QuerySet[Team], name: str, value: str) -> QuerySet[Team]:
        number = value.strip().upper()
        if _NUMBER.fullmatch(number):
            return queryset.filter(public_no=number)
        if not has_terms(value):
            return queryset.none()
        return queryset.filter(search_vector=search_query(value))

    def by_field(self, queryset: QuerySet[Team], name: str, value: str) -> QuerySet[Team]:
        below = [code for code, _words in choices("HNTE8", parent=value)]
        return queryset.filter(fields__overlap=[value, *below])

    def by_region(self, queryset: QuerySet[Team], name: str, value: str) -> QuerySet[Team]:
        return queryset.filter(region__path__contains=[value])


class OwnTeamFilter(TeamFilter):
    """Filters of a unit or a person over their own teams, in every state."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=TeamState.choices, empty_label=_ANY)
    field = region = None
