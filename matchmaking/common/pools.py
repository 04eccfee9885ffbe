"""What the pools' lists have in common: one FilterSet for the page, its facets, the export, the API and saved searches.

A list is read in two steps, so that it costs the same at a million rows as at ten thousand: first the keys of the
newest `settings.COUNT_CAP` hits, ranked among themselves; then the rows of one page. The address is the
query: whoever opens it sees what he may see of the same search.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

import django_filters
from django.conf import settings
from django.contrib.postgres.search import SearchRank
from django.core.paginator import Page, Paginator
from django.db import connection, transaction
from django.db.models import BigIntegerField, Case, Expression, F, Lookup, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.functional import cached_property

from matchmaking.common import facets
from matchmaking.common.htmx import is_fragment
from matchmaking.common.search import Joined, fold, has_terms, holds, phrases, search_query

Narrow = Callable[[QuerySet[Any]], QuerySet[Any]]
RELEVANCE, NEWEST, COMPLETE = "relevance", "newest", "complete"
# How many of the newest keys a search looks at first. With fewer hits than FEW in a range, all the rest comes next.
FIRST_RANGE = 40_000
FEW = 200


class PoolFilter(django_filters.FilterSet):
    """Filters of one pool over what `visible_to` left.

    A subclass declares `q` and `sort`, its facets and other filters, and says: the pattern of its public numbers, the
    columns of text that a quoted phrase is looked for in, and the orders beside relevance with what is behind them.
    """

    number: ClassVar[re.Pattern[str]]
    texts: ClassVar[tuple[Any, ...]] = ()
    vector: str = "search_vector"
    orders: ClassVar[tuple[str, ...]] = (NEWEST,)
    default_order: ClassVar[str] = NEWEST

    # -- text ----------------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """What is searched for; empty when the field is empty or wrong."""
        return self._cleaned.get("q") or ""

    @property
    def has_words(self) -> bool:
        """Whether the text is something to rank by; a record's number is not."""
        return has_terms(self.text) and not self._number_in(self.text)

    def by_text(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """A public number means that record; otherwise all words must stand in the texts the reader may search."""
        if number := self._number_in(value):
            return queryset.filter(public_no=number)
        return self.matching(queryset, value) if has_terms(value) else queryset.none()

    def matching(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Narrow to the records that hold all words of the text and its quoted phrases as they are written."""
        found = queryset.filter(**{self.vector: search_query(text)})
        if wanted := phrases(text):
            found = found.alias(whole=self.whole_text())
            for phrase in wanted:
                found = found.filter(self.holding(phrase))
        return found

    def whole_text(self) -> Expression:
        """All texts of a record in which the reader may look for a phrase."""
        return Joined(*self.texts)

    def holding(self, phrase: str) -> Q:
        """Where a quoted phrase may stand."""
        return holds("whole", phrase)

    def _number_in(self, text: str) -> str:
        number = fold(text).strip().upper()
        return number if self.number.fullmatch(number) else ""

    # -- order ---------------------------------------------------------------------------------------------------

    @property
    def order(self) -> str:
        """The order asked for, where it means something; else by relevance if words are searched for."""
        asked = self._cleaned.get("sort") or ""
        if asked in ("", RELEVANCE) and self.has_words:
            return RELEVANCE
        return asked if asked in self.orders else self.default_order

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filter, then order: see `keys`."""
        narrow = super().filter_queryset
        found = self.one_of_each(narrow(queryset), narrow)
        merit = self._merit()
        if merit is None:  # the caller's own order, if he has one and no other is asked for
            return found if found.query.order_by and not self._cleaned.get("sort") else found.order_by("-pk")
        newest = found.order_by("-pk").values("pk")[: settings.COUNT_CAP + 1]
        ranked = Case(When(pk__in=newest, then=merit), default=None)
        return found.alias(merit=ranked).order_by(F("merit").desc(nulls_last=True), "-pk")

    def _merit(self) -> Expression | None:
        """What the results are ordered by, the greatest first; None for the newest first."""
        if self.order == RELEVANCE:
            return SearchRank(F(self.vector), search_query(self.text))
        return self.merit(self.order)

    def merit(self, order: str) -> Expression | None:
        """The expression behind one of `orders`, never null; None for the newest first."""
        return None

    @cached_property
    def keys(self) -> list[int]:
        """The primary keys of the results in their order, at most one more than the cap.

        Of more hits than that the newest are taken and put in order among themselves.
        """
        return self._put_in_order(self._newest(self.narrowed(), settings.COUNT_CAP + 1))

    def keys_for_export(self) -> list[int]:
        """The keys as `keys` has them, then the older ones by age: at most one more than an export may hold."""
        most = settings.EXPORT_MAX_ROWS + 1
        if len(self.keys) <= settings.COUNT_CAP:
            return self.keys[:most]
        older = self.narrowed().filter(pk__lt=min(self.keys))
        return [*self.keys, *self._newest(older, most - len(self.keys))]

    def _put_in_order(self, keys: list[int]) -> list[int]:
        merit = self._merit()
        if merit is None or not keys:
            return keys
        hits = self._records().filter(AnyOf(F("pk"), keys))
        ranked = hits.annotate(merit=merit).order_by().values_list("merit", "pk")
        return [key for _merit, key in sorted(ranked, reverse=True)]

    def _newest(self, found: QuerySet[Any], most: int) -> list[int]:
        """The keys of the newest hits, newest first.

        A text is searched for in ranges of keys, beginning with the newest: the search index then has to be followed
        into the table only as far back as hits are wanted, which makes frequent words cheap.
        """
        if not self.has_words:
            return list(found.order_by("-pk").values_list("pk", flat=True)[:most])
        keys: list[int] = []
        upper = self._records().order_by("-pk").values_list("pk", flat=True).first() or 0
        width = FIRST_RANGE
        with only_by_search_index():
            while upper > 0 and len(keys) < most:
                part = found.filter(pk__lte=upper, **({"pk__gt": upper - width} if width < upper else {}))
                hits = list(part.order_by("-pk").values_list("pk", flat=True)[: most - len(keys)])
                keys += hits
                upper -= width
                width = _next_range(width, len(hits), most - len(keys))
        return keys

    def _records(self) -> QuerySet[Any]:
        """All records there are: only for keys that were found among the visible ones."""
        return self.queryset.model._default_manager.all()  # noqa: SLF001 (Django documents it)

    def narrowed(self, *, but: str = "") -> QuerySet[Any]:
        """What the list shows of what all filters (`but` one) leave, in no order."""
        narrow = partial(self._narrow, but=but)
        return self.one_of_each(narrow(self.queryset.all()), narrow).order_by()

    def _narrow(self, rows: QuerySet[Any], *, but: str) -> QuerySet[Any]:
        for name, value in self._cleaned.items():
            if name != but:
                rows = self.filters[name].filter(rows, value)
        return rows

    # -- records that stand for others -----------------------------------------------------------------------------

    def one_of_each(self, found: QuerySet[Any], narrow: Narrow) -> QuerySet[Any]:
        """Leave out the records for which another one stands that is found as well; `narrow` filters as `found` was."""
        return found

    def stands_for(self) -> Expression | None:
        """The key of the record that stands for this one where both are found; None where every record is listed."""
        return None

    # -- facets --------------------------------------------------------------------------------------------------

    @property
    def facet_filters(self) -> dict[str, facets.FacetFilter]:
        return {
            name: one
            for name, one in self.filters.items()
            if isinstance(one, facets.FacetFilter) and not isinstance(one, facets.OneCodeFilter)
        }

    @property
    def plain_fields(self) -> list[str]:
        """The fields that are no facets, for the form beside them."""
        return [name for name in self.filters if name not in self.facet_filters and name not in ("q", "sort")]

    def facet_list(self, *, count: bool) -> list[facets.Facet]:
        """The facets with the values ticked; with `count`, one query, and one more for each facet that has ticks."""
        if not count:
            return [facets.without_counts(name, one, self._ticked(name)) for name, one in self.facet_filters.items()]
        free = {name: one for name, one in self.facet_filters.items() if not self._ticked(name)}
        carried = self._carried(free)
        for name, one in self.facet_filters.items():
            if name not in free:
                carried |= self._carried({name: one}, but=name)
        return [
            facets.counted(name, one, self._ticked(name), carried[name]) for name, one in self.facet_filters.items()
        ]

    def _ticked(self, name: str) -> Sequence[str]:
        return self._cleaned.get(name) or ()

    def _carried(self, wanted: dict[str, facets.FacetFilter], *, but: str = "") -> dict[str, list[tuple[Any, Any]]]:
        """{facet: what each of the newest hits carries, with what the record carries that is listed instead of it}.

        Under a value for which that other record does not stand, the list shows this one: so it is counted there.
        """
        if not wanted:
            return {}
        keys = self._newest(self._narrow(self.queryset.all(), but=but).order_by(), settings.COUNT_CAP)
        hits = self._records().filter(AnyOf(F("pk"), keys)).order_by()
        head = self.stands_for() or Value(None, output_field=BigIntegerField())
        reads = {f"carried_{name}": one.reads() for name, one in wanted.items()}
        rows = {key: (head, carried) for key, head, *carried in hits.annotate(head=head, **reads).values_list(
            "pk", "head", *reads)}  # fmt: skip
        pairs = [(carried, rows[head][1] if head in rows else None) for head, carried in rows.values()]
        return {name: [(own[place], other and other[place]) for own, other in pairs]
                for place, name in enumerate(wanted)}  # fmt: skip

    # -- what to loosen ------------------------------------------------------------------------------------------

    def loosened(self) -> list[dict[str, Any]]:
        """For an empty result: {label, query, count} of every filter without which there would be something."""
        found = []
        for name, value in self._cleaned.items():
            if not value or name == "sort":
                continue
            if count := len(self._newest(self.narrowed(but=name), settings.COUNT_CAP)):
                found.append({"label": self.form[name].label, "query": self._query_without(name), "count": count})
        return found

    def _query_without(self, name: str) -> str:
        query = self.data.copy() if isinstance(self.data, QueryDict) else QueryDict(mutable=True)
        for dropped in (name, "page"):
            query.pop(dropped, None)
        return query.urlencode()

    @property
    def _cleaned(self) -> dict[str, Any]:
        """The values that are right; the wrong ones are errors at their fields and filter nothing."""
        if not self.is_bound:
            return {}
        self.form.is_valid()  # looks at the values; those that are right stand in `cleaned_data` either way
        return self.form.cleaned_data


def _next_range(width: int, found: int, wanted: int) -> int:
    """How many keys to look at next: about as many as hold the hits still wanted, by how many there were just now."""
    if found < FEW:
        return sys.maxsize
    return max(width, int(1.3 * wanted * width / found))


class AnyOf(Lookup):
    """`expression = ANY(keys)`: thousands of keys as one value instead of as many."""

    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, params = self.process_lhs(compiler, connection)
        keys = "{" + ",".join(str(int(key)) for key in self.rhs) + "}"
        return f"{left} = ANY(%s::bigint[])", (*params, keys)


@contextmanager
def only_by_search_index() -> Iterator[None]:
    """Let the planner find rows by bitmaps of indexes only.

    It counts a look into a search vector like a look at a number, though it is some thousand times dearer, and would
    rather read the newest rows one by one (docs/benchmarks.md has both plans).
    """
    surrounded = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_seqscan = off")
        yield
        if surrounded:  # else the end of the transaction takes the settings away
            cursor.execute("RESET enable_indexscan; RESET enable_seqscan")


class KeysPaginator(Paginator):
    """Pages over keys that are known; the rows of the page that is asked for are loaded by `load`."""

    def __init__(self, keys: Sequence[int], per_page: int, *, load: Callable[[Sequence[int]], list[Any]]) -> None:
        self.is_capped = len(keys) > settings.COUNT_CAP
        self._load = load
        super().__init__(keys[: settings.COUNT_CAP], per_page)

    def page(self, number: int | str) -> Page:
        page = super().page(number)
        page.object_list = self._load(page.object_list)  # type: ignore[arg-type]  # keys, as given above
        return page


def pool_page(request: HttpRequest, filter: PoolFilter, rows: QuerySet[Any], *, per_page: int | None = None) -> Page:
    """The page of a pool's list that the request asks for; `rows` says what to load with each row."""

    def load(keys: Sequence[int]) -> list[Any]:
        return in_order(rows, keys)

    paginator = KeysPaginator(filter.keys, per_page or settings.PAGE_SIZE, load=load)
    return paginator.get_page(request.GET.get("page"))


def pool_context(request: HttpRequest, filter: PoolFilter, page: Page, *, pool: str, facets_url: str) -> dict[str, Any]:
    """What the templates of a pool's list need beside the rows; `pool` is the noun of its records."""
    query = request.GET.copy()
    query.pop("page", None)
    return {
        "filter": filter,
        "page": page,
        "pool": pool,
        "query": query.urlencode(),
        "facets": [] if is_fragment(request) else filter.facet_list(count=False),
        "facets_url": facets_url,
        "loosened": [] if page.object_list else filter.loosened(),
    }


def facets_response(request: HttpRequest, filter: PoolFilter) -> HttpResponse:
    """The facets with their counts, as a fragment that the page asks for when it stands."""
    return render(request, "components/facets.html", {"facets": filter.facet_list(count=True)})


def in_order(rows: QuerySet[Any], keys: Iterable[int]) -> list[Any]:
    """The rows with these keys, in this order; what has left meanwhile is left out."""
    wanted = list(keys)
    found = {row.pk: row for row in rows.order_by().filter(pk__in=wanted)} if wanted else {}
    return [found[key] for key in wanted if key in found]


def in_batches(rows: QuerySet[Any], keys: Sequence[int], size: int) -> Iterator[Any]:
    """The rows with these keys in this order, a few queries for every `size`."""
    for start in range(0, len(keys), size):
        yield from in_order(rows, keys[start : start + size])
