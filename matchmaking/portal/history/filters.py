"""What the auditor looks for in the history."""

from datetime import datetime, time, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import OrganisationAlias, User
from matchmaking.activity import labels
from matchmaking.activity.models import Entry
from matchmaking.portal.history.withheld import telling
from matchmaking.portal.history.words import noun

MOST_FOUND = 200  # people or organisations that a name may stand for


def _verbs() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every verb that has a name, under its noun."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for (kind, verb), label in labels.known_verbs().items():
        groups.setdefault(noun(kind), []).append((verb, str(label)))
    return sorted((name, sorted(verbs, key=lambda pair: pair[1])) for name, verbs in groups.items())


class HistoryFilter(django_filters.FilterSet):
    """By person, organisation, act, number of the record, and days. Each has an index of its own."""

    person = django_filters.CharFilter(label=_("Person"), method="by_person", max_length=100)
    organisation = django_filters.CharFilter(label=_("Organisation"), method="by_organisation", max_length=200)
    verb = django_filters.ChoiceFilter(label=_("Act"), choices=_verbs, empty_label=_("any"))
    number = django_filters.CharFilter(label=_("Number of the record"), method="by_number", max_length=40)
    begin = django_filters.DateFilter(label=_("From day"), method="from_day", widget=forms.DateInput({"type": "date"}))
    end = django_filters.DateFilter(label=_("To day"), method="to_day", widget=forms.DateInput({"type": "date"}))

    class Meta:
        model = Entry
        fields: list[str] = []

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        self.asked: dict[str, Any] = {}  # what was looked for, as the history may keep it: keys instead of names

    def by_person(self, rows: QuerySet[Entry], name: str, value: str) -> QuerySet[Entry]:
        said = Q(full_name__icontains=value) | Q(username__iexact=value) | Q(email__iexact=value)
        self.asked["persons"] = list(User.objects.filter(said).order_by("pk").values_list("pk", flat=True)[:MOST_FOUND])
        return rows.filter(actor_id__in=self.asked["persons"])

    def by_organisation(self, rows: QuerySet[Entry], name: str, value: str) -> QuerySet[Entry]:
        called = OrganisationAlias.objects.called(value).order_by("organisation")
        self.asked["organisations"] = keys = list(called.values_list("organisation", flat=True).distinct()[:MOST_FOUND])
        return rows.filter(Q(organisation_id__in=keys) | Q(as_organisation_id__in=keys) & telling())

    def by_number(self, rows: QuerySet[Entry], name: str, value: str) -> QuerySet[Entry]:
        self.asked["number"] = value.strip().upper()
        return rows.filter(object_no=self.asked["number"])

    def from_day(self, rows: QuerySet[Entry], name: str, value: Any) -> QuerySet[Entry]:
        self.asked["from"] = value.isoformat()
        return rows.filter(at__gte=_midnight(value))

    def to_day(self, rows: QuerySet[Entry], name: str, value: Any) -> QuerySet[Entry]:
        self.asked["to"] = value.isoformat()
        return rows.filter(at__lt=_midnight(value + timedelta(days=1)))

    def reference(self) -> dict[str, Any]:
        """What was looked for, for the entry that says so: no name that somebody typed."""
        verb = self.form.cleaned_data.get("verb") if self.form.is_valid() else ""
        return self.asked | ({"verb": verb} if verb else {})


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
