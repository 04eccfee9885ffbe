"""The register of intellectual property of a region: filters over the rights behind its achievements."""

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from catalog.filters import code_filter
from catalog.models import IPItem

STANDINGS = [("soon", _("ends within six months")), ("over", _("no longer in force"))]


class RightFilter(django_filters.FilterSet):
    """Narrows the register by words, kind, status, encumbrance (open licence, pledge) and by what ends soon."""

    q = django_filters.CharFilter(label=_("Number, title or owner"), max_length=100, method="by_words")
    kind = code_filter("IP_RIGHT", _("Kind"))
    status = code_filter("IP_STATUS", _("Status"))
    encumbrance = code_filter("IP_ENCUMBRANCE", _("Encumbrance"), method="by_encumbrance")
    standing = django_filters.ChoiceFilter(
        label=_("Standing"), choices=STANDINGS, method="by_standing", empty_label=_("any")
    )

    class Meta:
        model = IPItem
        fields: list[str] = []

    def by_words(self, queryset: QuerySet[IPItem], name: str, value: str) -> QuerySet[IPItem]:
        words = value.strip()
        return queryset.filter(Q(number__icontains=words) | Q(title__icontains=words) | Q(owner__icontains=words))

    def by_encumbrance(self, queryset: QuerySet[IPItem], name: str, value: str) -> QuerySet[IPItem]:
        return queryset.filter(encumbrances__contains=[value])

    def by_standing(self, queryset: QuerySet[IPItem], name: str, value: str) -> QuerySet[IPItem]:
        return queryset.over() if value == "over" else queryset.ending()  # type: ignore[attr-defined]
