"""One FilterSet for the list, its facets, its export, the API and saved searches."""

import re
from functools import partial
from typing import Any

import django_filters
from django import forms
from django.db.models import Case, Exists, Expression, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from catalog.models import Achievement, AchievementIndicator, Completer, CompletingUnit, IPItem
from matchmaking.common.facets import FacetFilter
from matchmaking.common.pools import COMPLETE, NEWEST, RELEVANCE, PoolFilter
from matchmaking.common.search import ArrayText, fold, has_terms, holds, search_query
from matchmaking.programmes.models import Visibility
from matchmaking.vocabularies.facets import codes_of, regions
from matchmaking.vocabularies.selectors import choices

# Texts that make a record worth more to its reader; indicators and rights count on top.
_WORTH_FILLING = (
    "problem_solved", "key_points", "application_text", "grant_no", "needs_from_partner", "references", "awards",
    "benefit", "maturity", "price_band",
)  # fmt: skip


def field_choices() -> list[tuple[str, str]]:
    """Level 1 of HNTE8, each followed by its level 2: either can be chosen."""
    found: list[tuple[str, str]] = []
    for code, name in choices("HNTE8", level=1):
        found.append((code, name))
        found += [(below, f"　{word}") for below, word in choices("HNTE8", parent=code)]
    return found


def code_filter(table: str, label: Any, **kwargs: Any) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(label=label, choices=partial(choices, table), empty_label=_("any"), **kwargs)


class AchievementFilter(PoolFilter):
    """Filters over what `visible_to` left; every value is typed, an unknown one is an error at its field."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="by_text",
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Words, or a number such as CG-2026-000123")}),
    )
    sort = django_filters.ChoiceFilter(
        label=_("Order"),
        method="ordered",
        choices=[
            (RELEVANCE, _("by relevance")),
            (NEWEST, _("newest first")),
            (COMPLETE, _("most complete first")),
        ],
        empty_label=_("automatic"),
    )
    tech_field = FacetFilter(label=_("Technical field"), options=codes_of("HNTE8"), column="tech_field", shown=8)
    industry = FacetFilter(
        label=_("Industry of application"), options=codes_of("GB4754"), column="applications", many=True
    )
    region = FacetFilter(label=_("Region"), options=regions, column="region_id")
    maturity = FacetFilter(
        label=_("Stage of maturity"), options=codes_of("MATURITY"), column="maturity", in_order=True, shown=9
    )
    coop_mode = FacetFilter(label=_("Cooperation mode"), options=codes_of("COOP_MODE"), column="coop_modes", many=True)
    price_band = FacetFilter(
        label=_("Price band (10,000 yuan)"), options=codes_of("PRICE_BAND"), column="price_band", in_order=True,
        shown=9,
    )  # fmt: skip
    source = FacetFilter(label=_("Source"), options=codes_of("ACH_SRC"), column="source")
    ownership = FacetFilter(label=_("Ownership"), options=codes_of("OWNERSHIP"), column="ownership")
    trl_min = code_filter("TRL", _("Readiness level from"), field_name="trl", lookup_expr="gte")
    trl_max = code_filter("TRL", _("Readiness level to"), field_name="trl", lookup_expr="lte")

    number = re.compile(r"CG-\d{4}-\d+")
    texts = (
        "title", ArrayText("keywords"), "summary", "problem_solved", "key_points", "application_text",
    )  # fmt: skip
    orders = (NEWEST, COMPLETE)

    class Meta:
        model = Achievement
        fields: list[str] = []

    def holding(self, phrase: str) -> Q:
        """In the texts, or in the name of a unit or person unless the owner is hidden, as in the search vector."""
        of_it = {"achievement": OuterRef("pk")}
        unit = CompletingUnit.objects.filter(holds("organisation__name", phrase), **of_it)
        person = Completer.objects.filter(holds("name", phrase), **of_it)
        named = ~Q(visibility=Visibility.HIDDEN_OWNER) & (Exists(unit) | Exists(person))
        return super().holding(phrase) | named

    def merit(self, order: str) -> Expression | None:
        """For *most complete first*: how many of the optional texts are filled in, two more for rows below it."""
        if order != COMPLETE:
            return None
        filled: Any = Value(0)
        for name in _WORTH_FILLING:
            filled += Case(When(**{name: ""}, then=Value(0)), default=Value(1))
        for rows in (AchievementIndicator, IPItem):
            below = Exists(rows.objects.filter(achievement=OuterRef("pk")))
            filled += Cast(below, IntegerField()) * 2
        return filled

    def ordered(self, queryset: QuerySet[Achievement], name: str, value: str) -> QuerySet[Achievement]:
        """The order is set once for all filters, in `filter_queryset`."""
        return queryset


class ReviewFilter(django_filters.FilterSet):
    """Filters of a review queue, which comes by due day."""

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
        choices=[("longest", _("longest waiting first")), ("newest", _("newest first"))],
        empty_label=_("nearest due day first"),
    )

    class Meta:
        model = Achievement
        fields: list[str] = []

    def by_text(self, queryset: QuerySet[Achievement], name: str, value: str) -> QuerySet[Achievement]:
        number = fold(value).strip().upper()
        if AchievementFilter.number.fullmatch(number):
            return queryset.filter(public_no=number)
        return queryset.filter(search_vector=search_query(value)) if has_terms(value) else queryset.none()

    def by_tech_field(self, queryset: QuerySet[Achievement], name: str, value: str) -> QuerySet[Achievement]:
        return queryset.filter(tech_field__in=[value, *(code for code, _name in choices("HNTE8", parent=value))])

    def filter_queryset(self, queryset: QuerySet[Achievement]) -> QuerySet[Achievement]:
        found = super().filter_queryset(queryset)
        asked = {"longest": ("state_since", "pk"), "newest": ("-state_since", "-pk")}
        order = asked.get(self.form.cleaned_data.get("waiting", ""))
        return found.order_by(*order) if order else found

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

    @property
    def text(self) -> str:
        """What is searched for; empty when the field is empty or wrong."""
        return self.form.cleaned_data.get("q", "") if self.form.is_valid() else ""

    def by_title(self, queryset: QuerySet[Achievement], name: str, value: str) -> QuerySet[Achievement]:
        words = value.strip(' "“”')  # quoted as in the search over the pool, where it means the same
        return queryset.filter(Q(title__icontains=words) | Q(public_no__iexact=words))
