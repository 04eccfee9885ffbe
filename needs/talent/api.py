"""The read-only API of talent posts: the public row, and the body where its reader may read it."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from needs.talent import selectors
from needs.talent.filters import TalentPostFilter
from needs.talent.models import TalentPost, TalentPostBody
from needs.talent.selectors import Shown

INSIDE = ("pay_details", "mentor")


class TalentPostBodySerializer(serializers.ModelSerializer[TalentPostBody]):
    """What a reader of the post reads. Contact data have no place here."""

    class Meta:
        model = TalentPostBody
        fields = ("duties", "requirements", "expected_output", "housing", "insurance", *INSIDE)
        read_only_fields = fields


class TalentPostSerializer(serializers.ModelSerializer[TalentPost]):
    class Meta:
        model = TalentPost
        fields = ("uuid", "public_no", "state", "title", "post_kind", "headcount", "filled", "tech_field",
                  "disciplines", "education", "professional_title", "attendance", "days_per_week", "term_months",
                  "pay_band", "region", "open_until", "visibility", "published_at")  # fmt: skip
        read_only_fields = fields


def as_data(row: Shown) -> dict[str, Any]:
    """Return a post as this reader sees it: `enterprise`, `body` and `need` are null where they are closed to him."""
    body = None
    if row.body is not None:
        body = dict(TalentPostBodySerializer(row.body).data)
        if not row.inside:
            body |= dict.fromkeys(INSIDE)
    return {
        **TalentPostSerializer(row.post).data,
        "programme": row.post.programme.code,
        "enterprise": row.enterprise.name if row.enterprise else None,
        "body": body,
        "need": row.need.public_no if row.need else None,
    }


class TalentPostViewSet(viewsets.ReadOnlyModelViewSet[TalentPost]):
    """Talent posts in the pool, over the same visibility and filters as the pages."""

    access = ("public",)
    lookup_field = "uuid"
    lookup_value_converter = "uuid"
    filterset_class = TalentPostFilter
    serializer_class = TalentPostSerializer

    def get_queryset(self) -> QuerySet[TalentPost]:
        return selectors.pool(self.request.user)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        shown = selectors.shown(request.user, rows or [], bodies=True)
        return self.get_paginated_response([as_data(row) for row in shown])

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        [row] = selectors.shown(request.user, [self.get_object()], bodies=True)
        return Response(as_data(row))

    def filter_queryset(self, queryset: Any) -> Any:
        """A post that is asked for by its uuid is found in any state of the pool."""
        return queryset if self.action == "retrieve" else super().filter_queryset(queryset)
