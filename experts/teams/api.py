"""The read-only API of teams: the public row, with the members whom the reader sees."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from experts.models import Team, TeamMember
from experts.teams import rules
from experts.teams.filters import TeamFilter
from experts.teams.selectors import pool, with_members
from matchmaking.accounts.privacy.ledger import note_page
from matchmaking.common.access import PUBLIC


class TeamMemberSerializer(serializers.ModelSerializer[TeamMember]):
    name = serializers.CharField(source="expert.name")
    public_no = serializers.CharField(source="expert.public_no")

    class Meta:
        model = TeamMember
        fields = ("name", "public_no", "role")
        read_only_fields = fields


class TeamSerializer(serializers.ModelSerializer[Team]):
    """A lead or a member whose own entry the reader does not see is left out."""

    programme = serializers.CharField(source="programme.code")
    region = serializers.CharField(source="region_id")
    owner = serializers.CharField(source="owner.name")
    units: serializers.SlugRelatedField = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)
    members = TeamMemberSerializer(source="seen_members", many=True)
    url = serializers.CharField(source="get_absolute_url")

    class Meta:
        model = Team
        fields = ("uuid", "public_no", "programme", "region", "state", "name", "summary", "achievements", "owner",
                  "units", "members", "url")  # fmt: skip
        read_only_fields = fields

    # A field named `fields` would hide the property of the serializer; it is added here instead.
    def to_representation(self, instance: Team) -> dict[str, Any]:
        lead = instance.lead
        shown = {"name": lead.name, "public_no": lead.public_no} if instance.lead_seen else None  # type: ignore[attr-defined]
        return {**super().to_representation(instance), "fields": instance.fields, "lead": shown}


class TeamViewSet(viewsets.ReadOnlyModelViewSet[Team]):
    """Teams in the pool, over the same visibility and filters as the pages."""

    access = (PUBLIC,)
    lookup_field = "uuid"
    lookup_value_converter = "uuid"
    filterset_class = TeamFilter
    serializer_class = TeamSerializer

    def get_queryset(self) -> QuerySet[Team]:
        teams = pool(self.request.user).select_related("owner", "programme", "lead__body")
        return with_members(self.request.user, teams).order_by("-id")

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        team = self.get_object()
        led = [team.lead] if team.lead_seen else []  # type: ignore[attr-defined]
        named = [*led, *(one.expert for one in team.seen_members)]  # type: ignore[attr-defined]
        note_page(viewer=request.user, kind=rules.KIND, record=team, subjects=[one.body.user_id for one in named])
        return Response(self.get_serializer(team).data)
