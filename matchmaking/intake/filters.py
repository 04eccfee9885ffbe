"""Filters of the list of uploads."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.intake.importing import RowKind
from matchmaking.intake.models import BatchState, ImportBatch


class UploadFilter(django_filters.FilterSet):
    """The uploads of one kind, in one state, by one person. Only what the reader's own uploads hold is offered."""

    kind = django_filters.ChoiceFilter(label=_("Kind"), empty_label=_("any"))
    state = django_filters.ChoiceFilter(label=_("State"), choices=BatchState.choices, empty_label=_("any"))
    by = django_filters.ChoiceFilter(label=_("Uploaded by"), field_name="created_by", empty_label=_("any"))
    q = django_filters.CharFilter(label=_("File name"), field_name="file__name", lookup_expr="icontains", max_length=50)

    class Meta:
        model = ImportBatch
        fields: list[str] = []

    def __init__(self, data: Any, queryset: QuerySet[ImportBatch], *, kinds: list[RowKind]) -> None:
        super().__init__(data, queryset=queryset)
        people = User.objects.filter(pk__in=queryset.order_by().values("created_by")).order_by("full_name", "pk")
        self.filters["kind"].extra["choices"] = [(kind.kind, kind.label) for kind in kinds]
        self.filters["by"].extra["choices"] = [(str(one.pk), str(one)) for one in people]
        if len(kinds) < 2:
            del self.filters["kind"]
