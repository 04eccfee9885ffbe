"""One FilterSet for the list, its export and the API."""

import re
from functools import partial
from typing import Any

import django_filters
from django import forms
from django.contrib.postgres.search import SearchRank
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from catalog.models import Achievement
from matchmaking.common.search import has_terms, search_query
from matchmaking.vocabularies.models import Region
from matchmaking.vocabularies.selectors import choices, region_choices

_NUMBER = re.compile(r"CG-\d{4}-\d+")
# Ranking reads the search vector of a hit. Of more hits than this the newest are ranked, the others follow by age.
RANKED_HITS = 2_000


def field_choices() -> list[tuple[str, str]]:
    """Level 1 of HNTE8, each followed by its level 2: either can be chosen."""
    found: list[tuple[str, str]] = []
    for code, name in choices("HNTE8", level=1):
        found.append((code, name))
        found += [(below, f"　{word}") for below, word in choices("HNTE8", parent=code)]
    return found


def industry_choices() -> list[tuple[str, str]]:
    """Sections of GB/T 4754, each followed by its divisions."""
    found: list[tuple[str, str]] = []
    for code, name in choices("GB4754", level=1):
        found.append((code, name))
        found += [(below, f"　{word}") for below, word in choices("GB4754", parent=code)]
    return found


def code_filter(table: str, label: str, **kwargs: Any) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(label=label, choices=partial(choices, table), empty_label=_("any"), **kwargs)


class AchievementFilter(django_filters.FilterSet):
    """Filters over what `visible_to` left; every value is typed, an unknown one is an error at its field."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="by_text",
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Words, or a number such as CG-2026-000123")}),
    )
    tech_field = django_filters.ChoiceFilter(
        label=_("Technical field"), choices=field_choices, method="by_tech_field", empty_label=_("any")
    )
    industry = django_filters.ChoiceFilter(
        label=_("Industry of application"), choices=industry_choices, method="by_industry", empty_label=_("any")
    )
    region = django_filters.ChoiceFilter(
        label=_("Region"), choices=region_choices, method="by_region", empty_label=_("any")
    )
    trl_min = code_filter("TRL", _("Readiness level from"), field_name="trl", lookup_expr="gte")
    trl_max = code_filter("TRL", _("Readiness level to"), field_name="trl", lookup_expr="lte")
    maturity = code_filter("MATURITY", _("Maturity"))
    coop_mode = code_filter("COOP_MODE", _("Cooperation mode"), method="by_coop_mode")
    price_band = code_filter("PRICE_BAND", _("Price band (10,000 yuan)"))
    source = code_filter("ACH_SRC", _("Source"))
    ownership = code_filter("OWNERSHIP", _("Ownership"))
    sort = django_filters.ChoiceFilter(
        label=_("Order"),
        method="ordered",
        choices=[("relevance", _("by relevance")), ("newest", _("newest first"))],
        empty_label=_("automatic"),
    )

    class Meta:
        model = Achievement
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Achievement]) -> QuerySet[Achievement]:
        """Filter, then order: relevance where words are searched for, else the newest first."""
        found = super().filter_queryset(queryset)
        text = self.form.cleaned_data.get("q") or ""
        wanted = self.form.cleaned_data.get("sort") or ("relevance" if text else "newest")
        if wanted == "relevance" and has_terms(text) and not _NUMBER.fullmatch(text.strip().upper()):
            newest = found.order_by("-pk").values("pk")[:RANKED_HITS]
            rank = Case(
                When(pk__in=newest, then=SearchRank(F("search_vector"), search_query(text))), default=Value(0.0)
            )
            return found.alias(rank=rank).order_by("-rank", "-pk")
        return found.order_by("-pk")

    def by_text(self, queryset: QuerySet[Achievement], name: str, value: str) -> QuerySet[Achievement]:
        number = value.strip().upper()
        if _NUMBER.fullmatch(number):
            return queryset.filter(public_no=number)
        return queryset.filter(search_vector=search_query(value)) if has_terms(value) else queryset.none()

    def by_tech_field(self, queryset: QuerySet[Achievement], name: str, value: str) -> QuerySet[Achievement]:
        return queryset.filter(tech_field__in=[value, *(code for code, _name in choices("HNTE8", parent=value))])

    def by_industry(self, queryset: QuerySet[Achievement], name: str, value: str) -> QuerySet[Achievement]:
        wanted = [value, *(code for code, _name in choices("GB4754", parent=value))]
        return queryset.filter(applications__overlap=wanted)

    def by_region(self, queryset: QuerySet[Achievement], name: str, value: str) -> QuerySet[Achievement]:
        return queryset.filter(region__in=Region.objects.within(value).values("pk"))

    def by_coop_mode(self, queryset: QuerySet[Achievement], name: str, value: str) -> QuerySet[Achievement]:
        return queryset.filter(coop_modes__contains=[value])

    def ordered(self, queryset: QuerySet[Achievement], name: str, value: str) -> QuerySet[Achievement]:
        """The order is set once for all filters, in `filter_queryset`."""
        return queryset


class ReviewFilter(django_filters.FilterSet):
    """Filters of the region's review queue."""

    q = django_filters.CharFilter(
        label=_("Search"), method="by_text", max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )
    tech_field = django_filters.ChoiceFilter(
        label=_("Technical field"), choices=field_choices, method="by_tech_field", empty_label=_("any")
    )
    owner = django_filters.CharFilter(
        label=_("Unit"), field_name="body__owner__name", lookup_expr="icontains", max_length=100
    )
    waiting = django_filters.ChoiceFilter(
        label=_("Order"),
        method="ordered",
        choices=[("newest", _("newest first"))],
        empty_label=_("longest waiting first"),
    )

    class Meta:
        model = Achievement
        fields: list[str] = []

    by_text = AchievementFilter.by_text
    by_tech_field = AchievementFilter.by_tech_field

    def filter_queryset(self, queryset: QuerySet[Achievement]) -> QuerySet[Achievement]:
        found = super().filter_queryset(queryset)
        newest = self.form.cleaned_data.get("waiting") == "newest"
        return found.order_by("-state_since", "-pk") if newest else found.order_by("state_since", "pk")

    def ordered(self, queryset: QuerySet[Achievement], name: str, value: str) -> QuerySet[Achievement]:
        """The order is set once for all filters, in `filter_queryset`."""
        return queryset


class OwnFilter(django_filters.FilterSet):
    """Search within the own records, over titles and numbers."""

    q = django_filters.CharFilter(
        label=_("Search"), method="by_title", max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )

    class Meta:
        model = Achievement
        fields: list[str] = []

    def by_title(self, queryset: QuerySet[Achievement], name: str, value: str) -> QuerySet[Achievement]:
        return queryset.filter(Q(title__icontains=value) | Q(public_no__iexact=value.strip()))
