"""One FilterSet of needs for the pages, the export and the API. What a filter finds is what its reader may read."""

import re
from typing import Any

import django_filters
from django import forms
from django.contrib.postgres.search import SearchRank
from django.db.models import Case, F, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from catalog.filters import code_filter, field_choices, industry_choices
from matchmaking.accounts.rules import is_member
from matchmaking.common.fields import DayField
from matchmaking.common.search import has_terms, search_query
from matchmaking.vocabularies.models import Region
from matchmaking.vocabularies.selectors import choices, region_choices
from needs.enums import IN_POOL, NeedState
from needs.models import NeedBody, TechNeed

# Ranking reads the search vector of a hit. Of more hits than this the newest are ranked, the others follow by age.
RANKED_HITS = 2_000
_NUMBER = re.compile(r"XQ-\d{4}-\d+")
_ANY = _("any")
_ORDERS: dict[str, tuple[Any, ...]] = {
    "newest": ("-pk",),
    "closing": (F("open_until").asc(nulls_last=True), "-pk"),
    "waiting": ("state_since", "pk"),
}


class DayFilter(django_filters.DateFilter):
    field_class = DayField


class NeedFilter(django_filters.FilterSet):
    """Needs by text, kind, field, industry, region, money, cooperation, readiness and closing date."""

    q = django_filters.CharFilter(
        label=_("Search"), method="by_text", max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Words, or a number such as XQ-2026-000123")}),
    )  # fmt: skip
    need_kind = code_filter("NEED_KIND", _("Kind of need"))
    tech_field = django_filters.ChoiceFilter(
        label=_("Technical field"), choices=field_choices, method="by_code", empty_label=_ANY
    )
    industry = django_filters.ChoiceFilter(
        label=_("Industry"), choices=industry_choices, method="by_code", empty_label=_ANY
    )
    region = django_filters.ChoiceFilter(
        label=_("Region"), choices=region_choices, method="by_region", empty_label=_ANY
    )
    budget_band = code_filter("PRICE_BAND", _("Budget band (10,000 yuan)"))
    coop_mode = code_filter("COOP_MODE", _("Cooperation mode"), method="by_coop_mode")
    target_trl = code_filter("TRL", _("Expected readiness level"))
    open_until = DayFilter(label=_("Open at least until"), lookup_expr="gte")
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=[(state.value, state.label) for state in IN_POOL], empty_label=_ANY
    )
    open_competition = django_filters.BooleanFilter(
        label=_("Open competition only"), method="by_open_competition", widget=forms.CheckboxInput
    )
    sort = django_filters.ChoiceFilter(
        label=_("Order"), method="ordered", empty_label=None,
        choices=[("relevance", _("by relevance")), ("newest", _("newest first")), ("closing", _("closing soon first"))],
    )  # fmt: skip
    default_order = "newest"

    class Meta:
        model = TechNeed
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[TechNeed]) -> QuerySet[TechNeed]:
        """Filter, then order: relevance where words are searched for, else the default of the page."""
        found = super().filter_queryset(queryset)
        text = self.form.cleaned_data.get("q") or ""
        wanted = self.form.cleaned_data.get("sort") or ("relevance" if text else self.default_order)
        if wanted == "relevance" and has_terms(text) and not _NUMBER.fullmatch(text.strip().upper()):
            newest = found.order_by("-pk").values("pk")[:RANKED_HITS]
            vector = F("body__search_vector" if self._reads_bodies else "search_vector")
            rank = Case(When(pk__in=newest, then=SearchRank(vector, search_query(text))), default=Value(0.0))
            return found.alias(rank=rank).order_by("-rank", "-pk")
        return found.order_by(*_ORDERS.get(wanted, _ORDERS[self.default_order]))

    @property
    def _reads_bodies(self) -> bool:
        return is_member(self.request.user)

    def by_text(self, queryset: QuerySet[TechNeed], name: str, value: str) -> QuerySet[TechNeed]:
        """Visitors search the public rows, members the bodies that they may read. A hidden owner stands in neither."""
        number = value.strip().upper()
        if _NUMBER.fullmatch(number):
            return queryset.filter(public_no=number)
        if not has_terms(value):
            return queryset.none()
        if not self._reads_bodies:
            return queryset.filter(search_vector=search_query(value))
        bodies = NeedBody.objects.readable_by(self.request.user).filter(search_vector=search_query(value))
        return queryset.filter(pk__in=bodies.values("pk"))

    def by_code(self, queryset: QuerySet[TechNeed], name: str, value: str) -> QuerySet[TechNeed]:
        table = "HNTE8" if name == "tech_field" else "GB4754"
        below = [code for code, _words in choices(table, parent=value)]
        return queryset.filter(**{f"{name}__in": [value, *below]})

    def by_region(self, queryset: QuerySet[TechNeed], name: str, value: str) -> QuerySet[TechNeed]:
        return queryset.filter(region__in=Region.objects.within(value).values("pk"))

    def by_coop_mode(self, queryset: QuerySet[TechNeed], name: str, value: str) -> QuerySet[TechNeed]:
        return queryset.filter(coop_modes__contains=[value])

    def by_open_competition(self, queryset: QuerySet[TechNeed], name: str, value: Any) -> QuerySet[TechNeed]:
        return queryset.filter(open_competition=True) if value else queryset

    def ordered(self, queryset: QuerySet[TechNeed], name: str, value: str) -> QuerySet[TechNeed]:
        """The order is set once for all filters, in `filter_queryset`."""
        return queryset


class OwnFilter(NeedFilter):
    """Filters of an enterprise over its own needs, in every state."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=NeedState.choices, empty_label=_ANY)
    need_kind = tech_field = industry = region = budget_band = coop_mode = target_trl = None
    # None drops an inherited filter: django-filter's way, which its types do not know.
    open_until = open_competition = None  # type: ignore[assignment]


class QueueFilter(NeedFilter):
    """Filters of the queue of a park or an officer; the longest waiting first."""

    sort = django_filters.ChoiceFilter(
        label=_("Order"), method="ordered", empty_label=None,
        choices=[("waiting", _("longest waiting first")), ("newest", _("newest first"))],
    )  # fmt: skip
    industry = coop_mode = target_trl = state = open_competition = None
    open_until = None  # type: ignore[assignment]  # as above
    default_order = "waiting"
