"""One FilterSet of needs for pages, facets, exports, the API and saved searches. It finds what its reader may read."""

import re
from datetime import date, timedelta
from typing import Any, ClassVar

import django_filters
from django import forms
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, Expression, F, IntegerField, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.filters import code_filter
from matchmaking.accounts.models import OrganisationQualification
from matchmaking.accounts.rules import is_member
from matchmaking.common.facets import FacetFilter, OneCodeFilter, Option
from matchmaking.common.fields import DayField
from matchmaking.common.pools import COMPLETE, NEWEST, RELEVANCE, Narrow, PoolFilter
from matchmaking.common.search import Joined, holds
from matchmaking.programmes.models import Visibility
from matchmaking.vocabularies.facets import codes_of, regions
from needs import selectors
from needs.enums import IN_POOL, NeedState
from needs.models import NeedIndicator, TechNeed

CLOSING, WAITING = "closing", "waiting"
_ANY = _("any")
_BODY_TEXTS = (
    "problem", "goal", "background", "tried", "basis", "chain_link", "site", "scale", "open_data", "trial_window",
    "support_offered", "access_conditions",
)  # fmt: skip
_WORTH_FILLING = ("background", "goal", "tried", "basis", "chain_link", "eligibility", "ip_terms", "ip_terms_note")
_LONG_AGO, _NEVER = date(2000, 1, 1), date(9999, 12, 31)
_SOON, _LATER = timedelta(days=30), timedelta(days=90)


class DayFilter(django_filters.DateFilter):
    field_class = DayField


class QualificationFilter(FacetFilter):
    """By what the enterprise is recognised as; of a hidden owner nothing is told."""

    def _held(self) -> QuerySet[OrganisationQualification]:
        valid = Q(valid_to=None) | Q(valid_to__gte=timezone.localdate())
        return OrganisationQualification.objects.filter(valid, organisation=OuterRef("shown_enterprise"))

    def filter(self, qs: QuerySet[TechNeed], value: Any) -> QuerySet[TechNeed]:
        return qs.filter(Exists(self._held().filter(code__in=value))) if value else qs

    def reads(self) -> Any:
        return ArraySubquery(self._held().values("code"))


class DeadlineFilter(FacetFilter):
    """By how long a need is still open."""

    def filter(self, qs: QuerySet[TechNeed], value: Any) -> QuerySet[TechNeed]:
        return qs.alias(closes=self.reads()).filter(closes__in=value) if value else qs

    def reads(self) -> Any:
        today = timezone.localdate()
        return Case(
            When(open_until=None, then=Value("open")),
            When(open_until__lt=today, then=Value("past")),
            When(open_until__lte=today + _SOON, then=Value("soon")),
            When(open_until__lte=today + _LATER, then=Value("months")),
            default=Value("later"),
        )


def deadlines() -> list[Option]:
    words = {
        "soon": _("within 30 days"),
        "months": _("in 31 to 90 days"),
        "later": _("later"),
        "open": _("no closing date"),
        "past": _("closing date passed"),
    }
    return [Option(code, str(label)) for code, label in words.items()]


class NeedFilter(PoolFilter):
    """Needs by text, kind, field, industry, region, money, cooperation, closing date and the enterprise's standing."""

    q = django_filters.CharFilter(
        label=_("Search"), method="by_text", max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Words, or a number such as XQ-2026-000123")}),
    )  # fmt: skip
    sort = django_filters.ChoiceFilter(
        label=_("Order"), method="ordered", empty_label=_("automatic"),
        choices=[(RELEVANCE, _("by relevance")), (NEWEST, _("newest first")), (CLOSING, _("closing soon first")),
                 (COMPLETE, _("most complete first"))],
    )  # fmt: skip
    need_kind = FacetFilter(label=_("Kind of need"), options=codes_of("NEED_KIND"), column="need_kind")
    tech_field = FacetFilter(label=_("Technical field"), options=codes_of("HNTE8"), column="tech_field", shown=8)
    industry = FacetFilter(label=_("Industry"), options=codes_of("GB4754"), column="industry")
    region = FacetFilter(label=_("Region"), options=regions, column="region_id")
    budget_band = FacetFilter(
        label=_("Budget band (10,000 yuan)"), options=codes_of("PRICE_BAND"), column="budget_band", in_order=True,
        shown=9,
    )  # fmt: skip
    deadline = DeadlineFilter(label=_("Closing date"), options=deadlines, column="open_until", in_order=True)
    coop_mode = FacetFilter(label=_("Cooperation mode"), options=codes_of("COOP_MODE"), column="coop_modes", many=True)
    qualification = QualificationFilter(
        label=_("Standing of the enterprise"), options=codes_of("ENT_QUAL"), column="shown_enterprise", many=True
    )
    target_trl = code_filter("TRL", _("Expected readiness level"))
    open_until = DayFilter(label=_("Open at least until"), lookup_expr="gte")
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=[(state.value, state.label) for state in IN_POOL], empty_label=_ANY
    )
    open_competition = django_filters.BooleanFilter(
        label=_("Open competition only"), method="by_open_competition", widget=forms.CheckboxInput
    )

    number = re.compile(r"XQ-\d{4}-\d+")
    orders: ClassVar[tuple[str, ...]] = (NEWEST, CLOSING, COMPLETE)
    lists_pool: ClassVar[bool] = True  # and of one challenge filed twice one need; owners and queues see each

    class Meta:
        model = TechNeed
        fields: list[str] = []

    @property
    def vector(self) -> str:  # type: ignore[override]  # visitors search the public rows, members the bodies
        """A hidden owner stands in neither. Whoever sees a need and is a member may read its body (`readable_by`)."""
        return "body__search_vector" if self._reads_bodies else "search_vector"

    @property
    def _reads_bodies(self) -> bool:
        return is_member(self.request.user)

    def _where_body_is_open(self, inner: Any, otherwise: Any, output_field: Any) -> Any:
        """`inner` for needs whose body this reader may read."""
        if self._reads_bodies:
            return inner
        return Case(When(visibility=Visibility.PUBLIC, then=inner), default=otherwise, output_field=output_field)

    def whole_text(self) -> Expression:
        return self._where_body_is_open(
            Joined("title", *(f"body__{name}" for name in _BODY_TEXTS)), F("title"), TextField()
        )

    def holding(self, phrase: str) -> Q:
        """In the texts that are open to the reader, in an indicator, in the name of an owner that is not hidden."""
        measured = NeedIndicator.objects.filter(holds("name", phrase) | holds("text", phrase), body=OuterRef("pk"))
        named = ~Q(visibility=Visibility.HIDDEN_OWNER) & holds("body__owner__name", phrase)
        beyond = Q(Exists(measured)) | named
        if not self._reads_bodies:
            beyond &= Q(visibility=Visibility.PUBLIC)
        return super().holding(phrase) | beyond

    def one_of_each(self, found: QuerySet[TechNeed], narrow: Narrow) -> QuerySet[TechNeed]:
        return selectors.one_of_each(found, narrow(selectors.pool(self.request.user))) if self.lists_pool else found

    def stands_for(self) -> Expression | None:
        return selectors.stands_for() if self.lists_pool else None

    def merit(self, order: str) -> Expression | None:
        if order == CLOSING:
            return Value(_LONG_AGO) - Coalesce(F("open_until"), Value(_NEVER))
        if order == WAITING:
            return Now() - F("state_since")
        return self._completeness() if order == COMPLETE else None

    def _completeness(self) -> Expression:
        """How many of the optional texts are filled in, three more for indicators; nought where the body is closed."""
        filled: Any = Value(0)
        for name in _WORTH_FILLING:
            filled += Case(When(**{f"body__{name}": ""}, then=Value(0)), default=Value(1))
        filled += Case(When(target_trl=None, then=Value(0)), default=Value(1))
        measured = Exists(NeedIndicator.objects.filter(body=OuterRef("pk")))
        return self._where_body_is_open(filled + Cast(measured, IntegerField()) * 3, Value(0), IntegerField())

    def by_open_competition(self, queryset: QuerySet[TechNeed], name: str, value: Any) -> QuerySet[TechNeed]:
        return queryset.filter(open_competition=True) if value else queryset

    def ordered(self, queryset: QuerySet[TechNeed], name: str, value: str) -> QuerySet[TechNeed]:
        """The order is set once for all filters, in `filter_queryset`."""
        return queryset


class OwnFilter(NeedFilter):
    """Filters of an enterprise over its own needs, in every state."""

    lists_pool: ClassVar[bool] = False
    state = django_filters.ChoiceFilter(label=_("State"), choices=NeedState.choices, empty_label=_ANY)
    # None drops an inherited filter: django-filter's way, which its types do not know.
    need_kind = tech_field = industry = region = budget_band = coop_mode = None  # type: ignore[assignment]
    deadline = qualification = None  # type: ignore[assignment]
    target_trl = open_until = open_competition = None  # type: ignore[assignment]


class QueueFilter(NeedFilter):
    """Filters of the queue of a park or an officer, which comes by due day."""

    lists_pool: ClassVar[bool] = False
    sort = django_filters.ChoiceFilter(
        label=_("Order"), method="ordered", empty_label=_("nearest due day first"),
        choices=[(WAITING, _("longest waiting first")), (NEWEST, _("newest first"))],
    )  # fmt: skip
    need_kind = OneCodeFilter(label=_("Kind of need"), options=codes_of("NEED_KIND"), column="need_kind")
    tech_field = OneCodeFilter(label=_("Technical field"), options=codes_of("HNTE8"), column="tech_field")
    region = OneCodeFilter(label=_("Region"), options=regions, column="region_id")
    budget_band = OneCodeFilter(
        label=_("Budget band (10,000 yuan)"), options=codes_of("PRICE_BAND"), column="budget_band"
    )
    industry = coop_mode = deadline = qualification = None  # type: ignore[assignment]  # as above
    target_trl = state = open_competition = open_until = None  # type: ignore[assignment]
    orders: ClassVar[tuple[str, ...]] = (WAITING, NEWEST)
    default_order = NEWEST  # asked for by name only; else the queue's own order stays
