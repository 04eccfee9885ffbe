"""The read-only API of the expert pool: the public row alone."""

from django.db.models import QuerySet
from rest_framework import serializers, viewsets

from experts.filters import ExpertFilter
from experts.models import Expert, ExpertWork
from experts.selectors import for_page, pool
from matchmaking.common.access import PUBLIC


class WorkSerializer(serializers.ModelSerializer[ExpertWork]):
    class Meta:
        model = ExpertWork
        fields = ("title", "kind", "year")
        read_only_fields = fields


class ExpertSerializer(serializers.ModelSerializer[Expert]):
    """Contact, gender, year of birth, conflicts and the unit's opinion have no place here."""

    programme = serializers.CharField(source="programme.code")
    region = serializers.CharField(source="region_id")
    organisation = serializers.CharField(source="organisation.name", default=None)
    url = serializers.CharField(source="get_absolute_url")
    works = WorkSerializer(many=True)

    class Meta:
        model = Expert
        fields = ("uuid", "public_no", "programme", "region", "state", "name", "organisation", "title", "position",
                  "education", "disciplines", "industries", "expert_kinds", "directions", "services",
                  "regions", "term_from", "term_to", "works", "url")  # fmt: skip
        read_only_fields = fields

    # A field named `fields` would hide the property of the serializer; it is added here instead.
    def to_representation(self, instance: Expert) -> dict[str, object]:
        return {**super().to_representation(instance), "fields": instance.fields}


class ExpertViewSet(viewsets.ReadOnlyModelViewSet[Expert]):
    """Experts in the pool, over the same visibility and filters as the pages."""

    access = (PUBLIC,)
    lookup_field = "uuid"
    lookup_value_converter = "uuid"
    filterset_class = ExpertFilter
    serializer_class = ExpertSerializer

    def get_queryset(self) -> QuerySet[Expert]:
        return for_page(pool(self.request.user)).order_by("-id")
