"""One FilterSet of experts for pages, facets, exports, the API and saved searches."""

import re
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Case, Exists, Expression, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Now
from django.utils.translation import gettext_lazy as _

from experts.models import Expert, ExpertWork
from matchmaking.common.facets import FacetFilter, OneCodeFilter
from matchmaking.common.pools import COMPLETE, NEWEST, RELEVANCE, PoolFilter
from matchmaking.common.search import holds
from matchmaking.vocabularies.facets import codes_of, regions

WAITING = "waiting"


class ExpertFilter(PoolFilter):
    """Filters over what `visible_to` left; every value is typed."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="by_text",
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name, direction, work")}),
    )
    sort = django_filters.ChoiceFilter(
        label=_("Order"),
        method="ordered",
        empty_label=_("automatic"),
        choices=[
            (RELEVANCE, _("by relevance")),
            (NEWEST, _("newest first")),
            (COMPLETE, _("most complete first")),
        ],
    )
    field = FacetFilter(label=_("Technical field"), options=codes_of("HNTE8"), column="fields", many=True, shown=8)
    title = FacetFilter(label=_("Professional title"), options=codes_of("TITLE"), column="title", in_order=True)
    service = FacetFilter(label=_("Service"), options=codes_of("EXPERT_SERVICE"), column="services", many=True)
    region = FacetFilter(label=_("Region"), options=regions, column="region_id")
    kind = FacetFilter(label=_("Kind of expert"), options=codes_of("EXPERT_KIND"), column="expert_kinds", many=True)
    industry = FacetFilter(label=_("Industry"), options=codes_of("GB4754"), column="industries", many=True)

    number = re.compile(r"ZJ-\d{4}-\d+")
    texts = ("name", "directions", "position")
    orders: ClassVar[tuple[str, ...]] = (NEWEST, COMPLETE)

    class Meta:
        model = Expert
        fields: list[str] = []

    def holding(self, phrase: str) -> Q:
        """In the texts or in the title of a work, as in the search vector."""
        work = ExpertWork.objects.filter(holds("title", phrase), expert=OuterRef("pk"))
        return super().holding(phrase) | Q(Exists(work))

    def merit(self, order: str) -> Expression | None:
        """For *most complete first*: how many of the optional fields are filled in, two more for works."""
        if order == WAITING:
            return Now() - F("state_since")
        if order != COMPLETE:
            return None
        filled: Any = Value(0)
        for name, empty in (("position", ""), ("education", ""), ("directions", ""), ("title", ""), ("disciplines", []),
                            ("industries", []), ("services", []), ("expert_kinds", [])):  # fmt: skip
            filled += Case(When(**{name: empty}, then=Value(0)), default=Value(1))
        return filled + Cast(Exists(ExpertWork.objects.filter(expert=OuterRef("pk"))), IntegerField()) * 2

    def ordered(self, queryset: QuerySet[Expert], name: str, value: str) -> QuerySet[Expert]:
        """The order is set once for all filters, in `filter_queryset`."""
        return queryset


class QueueFilter(ExpertFilter):
    """Filters of an officer's queue, which comes by due day."""

    sort = django_filters.ChoiceFilter(
        label=_("Order"), method="ordered", empty_label=_("nearest due day first"),
        choices=[(WAITING, _("longest waiting first")), (NEWEST, _("newest first"))],
    )  # fmt: skip
    field = OneCodeFilter(label=_("Technical field"), options=codes_of("HNTE8"), column="fields", many=True)
    kind = OneCodeFilter(label=_("Kind of expert"), options=codes_of("EXPERT_KIND"), column="expert_kinds", many=True)
    title = OneCodeFilter(label=_("Professional title"), options=codes_of("TITLE"), column="title")
    region = OneCodeFilter(label=_("Region"), options=regions, column="region_id")
    service = industry = None  # type: ignore[assignment]  # drops an inherited filter; its types do not know
    orders: ClassVar[tuple[str, ...]] = (WAITING, NEWEST)
    default_order = NEWEST  # asked for by name only; else the queue's own order stays


class OwnFilter(QueueFilter):
    """Filters of a unit over the experts it nominated, in every state (the tabs hold the states)."""

    sort = region = None  # type: ignore[assignment]  # as above
    orders = (NEWEST,)
    default_order = NEWEST
