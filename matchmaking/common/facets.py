"""Facets: filters by codes of which several may be ticked, with how many results each would leave.

A facet's counts follow every other filter but not its own ticks, so that they say what one more tick would bring. They
are taken over the newest `settings.COUNT_CAP` results, of which a page shows no more either.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import django_filters
from django import forms
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Option:
    """A code that may be ticked; `parent` is the code above it in the same facet.

    A retired code is offered only where a record still carries it.
    """

    code: str
    label: str
    parent: str = ""
    retired: bool = False


Options = Callable[[], Sequence[Option]]


def flat(choices: Callable[[], Iterable[tuple[Any, Any]]]) -> Options:
    """The options of a list without levels."""
    return lambda: [Option(str(code), str(label)) for code, label in choices()]


class CodesField(forms.MultipleChoiceField):
    """Codes given once or several times in an address; a plain mapping may hold a single one as it is."""

    def to_python(self, value: Any) -> list[str]:
        return super().to_python([value] if isinstance(value, str) and value else value)

    def validate(self, value: Any) -> None:
        """An empty value among others is a field left alone, not a wrong code."""
        super().validate([code for code in value if code])

    def clean(self, value: Any) -> list[str]:
        return [code for code in super().clean(value) if code]


class FacetFilter(django_filters.Filter):
    """Records that carry one of the ticked codes, or one below it.

    `column` is a lookup path; `many` says that it is an array. `shown` is how many values a page lists at first;
    `in_order` keeps the order of the list (a scale) instead of putting the frequent values first.
    """

    field_class: type[forms.ChoiceField] = CodesField

    def __init__(
        self,
        *,
        label: Any,
        options: Options,
        column: str,
        many: bool = False,
        shown: int = 6,
        in_order: bool = False,
        **kwargs: Any,
    ) -> None:
        self.options = options
        self.column = column
        self.many = many
        self.shown = shown
        self.in_order = in_order
        # Not a method: a form copies its fields, and must not copy the request behind the filter with them.
        super().__init__(label=label, field_name=column, choices=partial(self.choices_of, options), **kwargs)

    @staticmethod
    def choices_of(options: Options) -> list[tuple[str, Any]]:
        return [(option.code, option.label) for option in options()]

    def filter(self, qs: QuerySet[Any], value: Sequence[str]) -> QuerySet[Any]:
        if not value:
            return qs
        return qs.filter(**{f"{self.column}__{'overlap' if self.many else 'in'}": self.with_below(value)})

    def reads(self) -> Any:
        """The expression by which a result tells what it carries."""
        return F(self.column)

    def with_below(self, codes: Sequence[str]) -> list[str]:
        """The codes and everything below them."""
        wanted = set(codes)
        options = self.options()
        for _level in range(2):  # no list here has more than three levels
            wanted |= {option.code for option in options if option.parent in wanted}
        return sorted(wanted)


class OneCodeFilter(FacetFilter):
    """The same as a drop-down for one code, for queues and own lists, which need no counts."""

    field_class = forms.ChoiceField

    @staticmethod
    def choices_of(options: Options) -> list[tuple[str, Any]]:
        valid = [option for option in options() if not option.retired]
        return [("", _("any")), *((one.code, ("　" if one.parent else "") + one.label) for one in valid)]

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return super().filter(qs, [value] if value else [])


@dataclass
class Value:
    """One line of a facet."""

    code: str
    label: str
    count: int | None
    chosen: bool
    below: list["Value"] = field(default_factory=list)


@dataclass
class Facet:
    """A facet as a page shows it: the values worth showing at first, and the rest."""

    name: str
    label: Any
    first: list[Value]
    more: list[Value]
    chosen: int


def without_counts(name: str, filter: FacetFilter, chosen: Sequence[str]) -> Facet:
    """The facet before anything has been counted: every value, in the order of its list."""
    return _facet(name, filter, chosen, None)


def counted(name: str, filter: FacetFilter, chosen: Sequence[str], carried: Iterable[tuple[Any, Any]]) -> Facet:
    """The facet with its counts. `carried` holds what each result carries: a code, or a list of codes.

    Beside it stands what the record carries that is listed instead of it, else None: under those codes it is not
    counted a second time.
    """
    above = {option.code: option.parent for option in filter.options()}
    counts: Counter[str] = Counter()
    for (own, other), number in Counter((_codes(own), _codes(other)) for own, other in carried).items():
        for code in _reached(own, above) - _reached(other, above):
            counts[code] += number
    return _facet(name, filter, chosen, counts)


def _codes(carried: Any) -> tuple[Any, ...]:
    return tuple(carried) if isinstance(carried, list) else (carried,)


def _reached(codes: Iterable[Any], above: dict[str, str]) -> set[str]:
    return {reached for code in codes for reached in _upwards(code, above)}


def _upwards(code: Any, above: dict[str, str]) -> Iterator[str]:
    """The code and those above it."""
    while code:
        yield code
        code = above.get(code, "")


def _facet(name: str, filter: FacetFilter, chosen: Sequence[str], counts: Counter[str] | None) -> Facet:
    ticked = set(chosen)
    options = filter.options()
    open_tops = ticked | {option.parent for option in options if option.code in ticked}
    values: dict[str, Value] = {}
    for option in options:
        number = None if counts is None else counts[option.code]
        value = Value(option.code, option.label, number, option.code in ticked)
        if not value.chosen and (option.retired if counts is None else not number):
            continue
        if not option.parent:
            values[option.code] = value
        elif option.parent in open_tops and option.parent in values:
            values[option.parent].below.append(value)
    tops = list(values.values())
    if counts is not None and not filter.in_order:
        tops.sort(key=lambda value: -(value.count or 0))
    first = [value for place, value in enumerate(tops) if place < filter.shown or value.chosen or _holds(value)]
    return Facet(name, filter.label, first, [value for value in tops if value not in first], len(ticked))


def _holds(value: Value) -> bool:
    return any(below.chosen for below in value.below)
