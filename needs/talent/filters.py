"""One FilterSet of talent posts for pages, export and API. What a filter finds is what its reader may read."""

import re
from functools import partial
from typing import Any

import django_filters
from django import forms
from django.contrib.postgres.search import SearchRank
from django.db.models import Case, F, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from catalog.filters import code_filter, field_choices
from matchmaking.accounts.rules import is_member
from matchmaking.common.search import has_terms, search_query
from matchmaking.vocabularies.models import Region
from matchmaking.vocabularies.selectors import choices, region_choices
from needs.talent.enums import PostState
from needs.talent.models import TalentPost, TalentPostBody

# Ranking reads the search vector of a hit. Of more hits than this the newest are ranked, the others follow by age.
RANKED_HITS = 2_000
OPEN, ALL = "", "all"
_NUMBER = re.compile(r"RC-\d{4}-\d+")
_ANY = _("any")
_ORDERS: dict[str, tuple[Any, ...]] = {
    "newest": ("-pk",),
    "closing": (F("open_until").asc(nulls_last=True), "-pk"),
    "waiting": ("state_since", "pk"),
}


class TalentPostFilter(django_filters.FilterSet):
    """Posts by text, kind, direction, education, attendance, region and pay; filled ones only when asked for."""

    q = django_filters.CharFilter(
        label=_("Search"), method="by_text", max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Words, or a number such as RC-2026-000123")}),
    )  # fmt: skip
    post_kind = code_filter("POST_KIND", _("Kind of post"))
    tech_field = django_filters.ChoiceFilter(
        label=_("Technical direction"), choices=field_choices, method="by_field", empty_label=_ANY
    )
    education = django_filters.ChoiceFilter(
        label=_("My education"), choices=partial(choices, "EDU"), method="by_education", empty_label=_ANY
    )
    attendance = code_filter("ATTENDANCE", _("Attendance"))
    region = django_filters.ChoiceFilter(
        label=_("Region"), choices=region_choices, method="by_region", empty_label=_ANY
    )
    pay_band = code_filter("PAY_BAND", _("Pay band"))
    state = django_filters.ChoiceFilter(
        label=_("State"), method="by_state", empty_label=_("open posts"),
        choices=[(PostState.FILLED.value, PostState.FILLED.label), (ALL, _("open and filled"))],
    )  # fmt: skip
    sort = django_filters.ChoiceFilter(
        label=_("Order"), method="ordered", empty_label=None,
        choices=[("relevance", _("by relevance")), ("newest", _("newest first")), ("closing", _("closing soon first"))],
    )  # fmt: skip
    default_order = "newest"

    class Meta:
        model = TalentPost
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[TalentPost]) -> QuerySet[TalentPost]:
        """Filter, then order: relevance where words are searched for, else the default of the page."""
        found = self._in_state(super().filter_queryset(queryset))
        text = self.form.cleaned_data.get("q") or ""
        wanted = self.form.cleaned_data.get("sort") or ("relevance" if text else self.default_order)
        if wanted == "relevance" and has_terms(text) and not _NUMBER.fullmatch(text.strip().upper()):
            newest = found.order_by("-pk").values("pk")[:RANKED_HITS]
            vector = F("body__search_vector" if self._reads_bodies else "search_vector")
            rank = Case(When(pk__in=newest, then=SearchRank(vector, search_query(text))), default=Value(0.0))
            return found.alias(rank=rank).order_by("-rank", "-pk")
        return found.order_by(*_ORDERS.get(wanted, _ORDERS[self.default_order]))

    def _in_state(self, posts: QuerySet[TalentPost]) -> QuerySet[TalentPost]:
        """Open posts unless another state is chosen; a number names its post in any state."""
        number = _NUMBER.fullmatch((self.form.cleaned_data.get("q") or "").strip().upper())
        if number or self.form.cleaned_data.get("state"):
            return posts
        return posts.filter(state=PostState.PUBLISHED)

    @property
    def _reads_bodies(self) -> bool:
        return is_member(self.request.user)

    def by_text(self, queryset: QuerySet[TalentPost], name: str, value: str) -> QuerySet[TalentPost]:
        """Visitors search the public rows, members the bodies that they may read. A hidden owner stands in neither."""
        number = value.strip().upper()
        if _NUMBER.fullmatch(number):
            return queryset.filter(public_no=number)
        if not has_terms(value):
            return queryset.none()
        if not self._reads_bodies:
            return queryset.filter(search_vector=search_query(value))
        bodies = TalentPostBody.objects.readable_by(self.request.user).filter(search_vector=search_query(value))
        return queryset.filter(pk__in=bodies.values("pk"))

    def by_field(self, queryset: QuerySet[TalentPost], name: str, value: str) -> QuerySet[TalentPost]:
        below = [code for code, _words in choices("HNTE8", parent=value)]
        return queryset.filter(tech_field__in=[value, *below])

    def by_education(self, queryset: QuerySet[TalentPost], name: str, value: str) -> QuerySet[TalentPost]:
        """Posts that a person of this education may take: asked is the same or less."""
        ladder = [code for code, _words in choices("EDU")]
        return queryset.filter(education__in=ladder[: ladder.index(value) + 1])

    def by_region(self, queryset: QuerySet[TalentPost], name: str, value: str) -> QuerySet[TalentPost]:
        return queryset.filter(region__in=Region.objects.within(value).values("pk"))

    def by_state(self, queryset: QuerySet[TalentPost], name: str, value: str) -> QuerySet[TalentPost]:
        return queryset if value == ALL else queryset.filter(state=value)

    def ordered(self, queryset: QuerySet[TalentPost], name: str, value: str) -> QuerySet[TalentPost]:
        """The order is set once for all filters, in `filter_queryset`."""
        return queryset


class OwnPostFilter(TalentPostFilter):
    """Filters of an enterprise over its own posts, in every state."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=PostState.choices, empty_label=_ANY)
    post_kind = tech_field = education = attendance = region = pay_band = None

    def _in_state(self, posts: QuerySet[TalentPost]) -> QuerySet[TalentPost]:
        return posts


class PostQueueFilter(TalentPostFilter):
    """Filters of the queue of a park or an officer; the longest waiting first."""

    sort = django_filters.ChoiceFilter(
        label=_("Order"), method="ordered", empty_label=None,
        choices=[("waiting", _("longest waiting first")), ("newest", _("newest first"))],
    )  # fmt: skip
    education = attendance = pay_band = state = None
    default_order = "waiting"

    def _in_state(self, posts: QuerySet[TalentPost]) -> QuerySet[TalentPost]:
        return posts
