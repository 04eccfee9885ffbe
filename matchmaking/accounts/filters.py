"""Filters of the directory of organisations."""

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.enums import OrganisationKind
from matchmaking.accounts.models import Organisation, OrganisationAlias, User
from matchmaking.accounts.services import fold_name
from matchmaking.vocabularies.selectors import region_choices


class OrganisationFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label=_("Name or credit code"), max_length=100, method="by_name")
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=OrganisationKind.choices, empty_label=_("any"))
    region = django_filters.ChoiceFilter(
        label=_("Region"), choices=region_choices, method="by_region", empty_label=_("any")
    )

    class Meta:
        model = Organisation
        fields: list[str] = []

    def by_name(self, queryset: QuerySet[Organisation], name: str, value: str) -> QuerySet[Organisation]:
        if not fold_name(value):
            return queryset
        named = OrganisationAlias.objects.called(value).values("organisation")
        return queryset.filter(pk__in=named) | queryset.filter(uscc=value.strip().upper())

    def by_region(self, queryset: QuerySet[Organisation], name: str, value: str) -> QuerySet[Organisation]:
        return queryset.filter(region__path__contains=[value])


class PersonFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label=_("Name or user name"), max_length=100, method="by_name")

    class Meta:
        model = User
        fields: list[str] = []

    def by_name(self, queryset: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return queryset.filter(Q(full_name__icontains=value.strip()) | Q(username__icontains=value.strip()))
