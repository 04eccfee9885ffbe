"""One FilterSet of teams for pages, facets, export, API and saved searches."""

import re
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from experts.models import Team, TeamMember
from experts.teams.enums import TeamState
from matchmaking.common.facets import FacetFilter, OneCodeFilter
from matchmaking.common.pools import NEWEST, RELEVANCE, PoolFilter
from matchmaking.common.search import holds
from matchmaking.vocabularies.facets import codes_of, regions


class TeamFilter(PoolFilter):
    """Filters over what `visible_to` left; every value is typed."""

    q = django_filters.CharFilter(
        label=_("Search"), method="by_text", max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Words, or a number such as TD-2026-000123")}),
    )  # fmt: skip
    sort = django_filters.ChoiceFilter(
        label=_("Order"), method="ordered", empty_label=_("automatic"),
        choices=[(RELEVANCE, _("by relevance")), (NEWEST, _("newest first"))],
    )  # fmt: skip
    field = FacetFilter(label=_("Technical field"), options=codes_of("HNTE8"), column="fields", many=True, shown=8)
    region = FacetFilter(label=_("Region"), options=regions, column="region_id")

    number = re.compile(r"TD-\d{4}-\d+")
    texts = ("name", "summary", "achievements")

    class Meta:
        model = Team
        fields: list[str] = []

    def holding(self, phrase: str) -> Q:
        """In the texts or in a member's part, as in the search vector."""
        part = TeamMember.objects.filter(holds("role", phrase), team=OuterRef("pk"))
        return super().holding(phrase) | Q(Exists(part))

    def ordered(self, queryset: QuerySet[Team], name: str, value: Any) -> QuerySet[Team]:
        """The order is set once for all filters, in `filter_queryset`."""
        return queryset


class OwnTeamFilter(TeamFilter):
    """Filters of a unit or a person over their own teams, in every state."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=TeamState.choices, empty_label=_("any"))
    # None drops an inherited filter: django-filter's way, which its types do not know.
    field = region = None  # type: ignore[assignment]


class TeamQueueFilter(TeamFilter):
    """Filters of an officer's queue, which comes by due day."""

    field = OneCodeFilter(label=_("Technical field"), options=codes_of("HNTE8"), column="fields", many=True)
    region = OneCodeFilter(label=_("Region"), options=regions, column="region_id")
    sort = django_filters.ChoiceFilter(
        label=_("Order"), method="ordered", empty_label=_("nearest due day first"),
        choices=[(NEWEST, _("newest first"))],
    )  # fmt: skip
