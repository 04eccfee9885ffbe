"""One FilterSet of talent posts for pages, facets, export, API and saved searches: what its reader may read."""

import re
from datetime import date
from functools import partial
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Case, Expression, F, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.rules import is_member
from matchmaking.common.facets import FacetFilter, OneCodeFilter
from matchmaking.common.pools import NEWEST, RELEVANCE, PoolFilter
from matchmaking.common.search import Joined, holds
from matchmaking.programmes.models import Visibility
from matchmaking.vocabularies.facets import codes_of, regions
from matchmaking.vocabularies.selectors import choices
from needs.talent.enums import PostState
from needs.talent.models import TalentPost

CLOSING, WAITING, ALL = "closing", "waiting", "all"
_BODY_TEXTS = ("duties", "requirements", "expected_output")
_LONG_AGO, _NEVER = date(2000, 1, 1), date(9999, 12, 31)
_ANY = _("any")


class StateFilter(django_filters.ChoiceFilter):
    """Open posts unless another state is chosen; a number names its post in any state."""

    def filter(self, qs: QuerySet[TalentPost], value: Any) -> QuerySet[TalentPost]:
        if value == ALL or (not value and self.parent.names_a_post):
            return qs
        return qs.filter(state=value or PostState.PUBLISHED)


class TalentPostFilter(PoolFilter):
    """Posts by text, kind, direction, education, attendance, region and pay; filled ones only when asked for."""

    q = django_filters.CharFilter(
        label=_("Search"), method="by_text", max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Words, or a number such as RC-2026-000123")}),
    )  # fmt: skip
    sort = django_filters.ChoiceFilter(
        label=_("Order"), method="ordered", empty_label=_("automatic"),
        choices=[(RELEVANCE, _("by relevance")), (NEWEST, _("newest first")), (CLOSING, _("closing soon first"))],
    )  # fmt: skip
    post_kind = FacetFilter(label=_("Kind of post"), options=codes_of("POST_KIND"), column="post_kind", shown=9)
    tech_field = FacetFilter(label=_("Technical direction"), options=codes_of("HNTE8"), column="tech_field", shown=8)
    attendance = FacetFilter(label=_("Attendance"), options=codes_of("ATTENDANCE"), column="attendance")
    region = FacetFilter(label=_("Region"), options=regions, column="region_id")
    pay_band = FacetFilter(label=_("Pay band"), options=codes_of("PAY_BAND"), column="pay_band", in_order=True, shown=8)
    education = django_filters.ChoiceFilter(
        label=_("My education"), choices=partial(choices, "EDU"), method="by_education", empty_label=_ANY
    )
    state = StateFilter(
        label=_("State"), empty_label=_("open posts"),
        choices=[(PostState.FILLED.value, PostState.FILLED.label), (ALL, _("open and filled"))],
    )  # fmt: skip

    number = re.compile(r"RC-\d{4}-\d+")
    orders: ClassVar[tuple[str, ...]] = (NEWEST, CLOSING)

    class Meta:
        model = TalentPost
        fields: list[str] = []

    @property
    def names_a_post(self) -> bool:
        """Whether the text is a post's number."""
        return bool(self._number_in(self.text))

    @property
    def vector(self) -> str:  # type: ignore[override]  # visitors search the public rows, members the bodies
        """A hidden owner stands in neither. Whoever sees a post and is a member may read its body (`readable_by`)."""
        return "body__search_vector" if self._reads_bodies else "search_vector"

    @property
    def _reads_bodies(self) -> bool:
        return is_member(self.request.user)

    def whole_text(self) -> Expression:
        whole = Joined("title", *(f"body__{name}" for name in _BODY_TEXTS))
        if self._reads_bodies:
            return whole
        return Case(When(visibility=Visibility.PUBLIC, then=whole), default=F("title"), output_field=TextField())

    def holding(self, phrase: str) -> Q:
        """In the texts that are open to the reader, or in the name of an owner whom everybody may know."""
        named = Q(visibility=Visibility.PUBLIC)
        if self._reads_bodies:
            named = ~Q(visibility=Visibility.HIDDEN_OWNER)
        return super().holding(phrase) | named & holds("body__owner__name", phrase)

    def merit(self, order: str) -> Expression | None:
        if order == CLOSING:
            return Value(_LONG_AGO) - Coalesce(F("open_until"), Value(_NEVER))
        return Now() - F("state_since") if order == WAITING else None

    def by_education(self, queryset: QuerySet[TalentPost], name: str, value: str) -> QuerySet[TalentPost]:
        """Posts that a person of this education may take: asked is the same or less."""
        ladder = [code for code, _words in choices("EDU")]
        return queryset.filter(education__in=ladder[: ladder.index(value) + 1])

    def ordered(self, queryset: QuerySet[TalentPost], name: str, value: str) -> QuerySet[TalentPost]:
        """The order is set once for all filters, in `filter_queryset`."""
        return queryset


class OwnPostFilter(TalentPostFilter):
    """Filters of an enterprise over its own posts, in every state."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=PostState.choices, empty_label=_ANY)
    # None drops an inherited filter: django-filter's way, which its types do not know.
    post_kind = tech_field = attendance = region = pay_band = None  # type: ignore[assignment]
    education = None  # type: ignore[assignment]


class PostQueueFilter(TalentPostFilter):
    """Filters of the queue of a park or an officer, which comes by due day."""

    sort = django_filters.ChoiceFilter(
        label=_("Order"), method="ordered", empty_label=_("nearest due day first"),
        choices=[(WAITING, _("longest waiting first")), (NEWEST, _("newest first"))],
    )  # fmt: skip
    post_kind = OneCodeFilter(label=_("Kind of post"), options=codes_of("POST_KIND"), column="post_kind")
    tech_field = OneCodeFilter(label=_("Technical direction"), options=codes_of("HNTE8"), column="tech_field")
    region = OneCodeFilter(label=_("Region"), options=regions, column="region_id")
    attendance = pay_band = education = state = None  # type: ignore[assignment]  # as above
    orders: ClassVar[tuple[str, ...]] = (WAITING, NEWEST)
    default_order = NEWEST  # asked for by name only; else the queue's own order stays
