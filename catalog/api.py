"""Read-only API of the catalogue: the list's queryset and FilterSet, public fields only."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers, viewsets

from catalog.filters import AchievementFilter
from catalog.models import Achievement, AchievementIndicator, IPItem
from catalog.selectors import for_page, pool_for
from matchmaking.common.access import PUBLIC
from matchmaking.programmes.models import Visibility

NAMING_TEXTS = ("grant_no", "references", "awards")


class IndicatorSerializer(serializers.ModelSerializer):
    class Meta:
        model = AchievementIndicator
        fields = ("name", "operator", "value", "value_high", "unit", "text", "condition", "evidence")
        read_only_fields = fields


class IPItemSerializer(serializers.ModelSerializer):
    class Meta:
        model = IPItem
        fields = ("kind", "number", "title", "status", "encumbrances")
        read_only_fields = fields


class AchievementSerializer(serializers.ModelSerializer):
    """The public row. What would name a hidden owner is left out for everybody (see `rules.can_see_owner`)."""

    programme = serializers.CharField(source="programme.code")
    region = serializers.CharField(source="region_id")
    url = serializers.CharField(source="get_absolute_url")
    indicators = IndicatorSerializer(many=True)
    ip_items = serializers.SerializerMethodField()
    completing_units = serializers.SerializerMethodField()
    completers = serializers.SerializerMethodField()

    class Meta:
        model = Achievement
        fields = (
            "uuid", "public_no", "programme", "region", "state", "state_since", "title", "summary", "problem_solved",
            "key_points", "indicators", "applications", "application_text", "tech_field", "sei", "discipline",
            "keywords", "trl", "maturity", "source", "grant_no", "ownership", "rights_pilot", "separate_mgmt",
            "coop_modes", "price_band", "needs_from_partner", "references", "awards", "benefit", "ip_items",
            "completing_units", "completers", "confirmed_at", "url",
        )  # fmt: skip
        read_only_fields = fields

    def to_representation(self, achievement: Achievement) -> dict[str, Any]:
        shown = super().to_representation(achievement)
        return shown | dict.fromkeys(NAMING_TEXTS, "") if _hides_owner(achievement) else shown

    def get_ip_items(self, achievement: Achievement) -> list[dict[str, Any]]:
        if _hides_owner(achievement):
            return []
        return list(IPItemSerializer(achievement.ip_items.all(), many=True).data)

    def get_completing_units(self, achievement: Achievement) -> list[str]:
        return (
            [] if _hides_owner(achievement) else [str(row.organisation) for row in achievement.completing_units.all()]
        )

    def get_completers(self, achievement: Achievement) -> list[str]:
        return [] if _hides_owner(achievement) else [row.name for row in achievement.completers.all()]


def _hides_owner(achievement: Achievement) -> bool:
    return achievement.visibility == Visibility.HIDDEN_OWNER


class AchievementViewSet(viewsets.ReadOnlyModelViewSet):
    """Achievements in the pool, as the catalogue shows them."""

    access = (PUBLIC,)
    serializer_class = AchievementSerializer
    filterset_class = AchievementFilter
    lookup_field = "uuid"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Achievement]:
        return for_page(pool_for(self.request.user))
