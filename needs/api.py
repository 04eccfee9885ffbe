"""The read-only API of needs: the public row, and the body where its reader may read it."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from needs import selectors
from needs.completeness import SCENARIO_FIELDS
from needs.filters import NeedFilter
from needs.models import NeedBody, NeedIndicator, TechNeed
from needs.selectors import Shown


class IndicatorSerializer(serializers.ModelSerializer[NeedIndicator]):
    class Meta:
        model = NeedIndicator
        fields = ("position", "name", "operator", "value", "value_high", "unit", "text", "now", "must")
        read_only_fields = fields


class BodySerializer(serializers.ModelSerializer[NeedBody]):
    """What a reader of the need reads. Contact, exact budget and the restricted fields have no place here."""

    class Meta:
        model = NeedBody
        fields = ("background", "problem", "goal", "tried", "basis", "chain_link", "eligibility", "ip_terms",
                  "ip_terms_note", "national_project", *SCENARIO_FIELDS)  # fmt: skip
        read_only_fields = fields


class NeedSerializer(serializers.ModelSerializer[TechNeed]):
    class Meta:
        model = TechNeed
        fields = ("uuid", "public_no", "state", "title", "need_kind", "tech_field", "industry", "region", "target_trl",
                  "coop_modes", "budget_band", "open_competition", "due_months", "open_until", "visibility",
                  "published_at")  # fmt: skip
        read_only_fields = fields


def as_data(row: Shown) -> dict[str, Any]:
    """Return a need as this reader sees it: `enterprise` and `body` are null where they are closed to him."""
    body = None
    if row.body is not None:
        body = {**BodySerializer(row.body).data, "indicators": IndicatorSerializer(row.indicators, many=True).data}
    return {
        **NeedSerializer(row.need).data,
        "programme": row.need.programme.code,
        "enterprise": row.enterprise.name if row.enterprise else None,
        "body": body,
    }


class NeedViewSet(viewsets.ReadOnlyModelViewSet[TechNeed]):
    """Needs in the pool, over the same visibility and filters as the pages."""

    access = ("public",)
    lookup_field = "uuid"
    lookup_value_converter = "uuid"
    filterset_class = NeedFilter
    serializer_class = NeedSerializer

    def get_queryset(self) -> QuerySet[TechNeed]:
        return selectors.pool(self.request.user)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        shown = selectors.shown(request.user, rows or [], bodies=True)
        return self.get_paginated_response([as_data(row) for row in shown])

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        [row] = selectors.shown(request.user, [self.get_object()], bodies=True)
        return Response(as_data(row))
