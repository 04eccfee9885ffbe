"""Filters of the operators' list."""

import django_filters
from django.utils.translation import gettext_lazy as _

from matchmaking.jobs import registry
from matchmaking.jobs.models import Job, JobState


def _kinds() -> list[tuple[str, str]]:
    return [(kind, registry.label_of(kind)) for kind in registry.kinds()]


class JobFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(label=_("State"), choices=JobState.choices, empty_label=_("All"))
    kind = django_filters.ChoiceFilter(label=_("Kind of work"), choices=_kinds, empty_label=_("All"))

    class Meta:
        model = Job
        fields = ["state", "kind"]
