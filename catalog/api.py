"""The API of the catalogue: the list's queryset and FilterSet, public fields only; the unit writes and hands in."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import rules
from catalog.filters import AchievementFilter
from catalog.forms import ROW_FORMS, AchievementForm
from catalog.models import Achievement, AchievementIndicator, Honour, IPItem
from catalog.selectors import for_page, pool_for
from catalog.services import (
    Incomplete,
    NotAllowed,
    create_achievement,
    revise_achievement,
    submit_achievement,
    update_achievement,
)
from catalog.services.rows import HONOUR_FIELDS
from catalog.sheet import all_valid, bound, rows_of
from matchmaking.accounts.models import Organisation
from matchmaking.common.access import PUBLIC
from matchmaking.common.api.sheets import form_data, input_serializer, only_given, problems, row_data
from matchmaking.intake.api.idempotency import idempotent
from matchmaking.intake.api.writing import PLACE, VERSION, VersionInput, WritingMixin
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


class HonourSerializer(serializers.ModelSerializer):
    class Meta:
        model = Honour
        fields = HONOUR_FIELDS
        read_only_fields = fields


class AchievementSerializer(serializers.ModelSerializer):
    """The public row. What would name a hidden owner is left out for everybody (see `rules.can_see_owner`)."""

    programme = serializers.CharField(source="programme.code")
    region = serializers.CharField(source="region_id")
    url = serializers.CharField(source="get_absolute_url")
    indicators = IndicatorSerializer(many=True)
    ip_items = serializers.SerializerMethodField()
    honours = serializers.SerializerMethodField()
    completing_units = serializers.SerializerMethodField()
    completers = serializers.SerializerMethodField()

    class Meta:
        model = Achievement
        fields = (
            "uuid", "public_no", "programme", "region", "state", "state_since", "title", "summary", "problem_solved",
            "key_points", "indicators", "applications", "application_text", "tech_field", "sei", "discipline",
            "keywords", "trl", "maturity", "source", "grant_no", "ownership", "rights_pilot", "separate_mgmt",
            "coop_modes", "price_band", "needs_from_partner", "references", "awards", "benefit", "ip_items",
            "honours", "completing_units", "completers", "confirmed_at", "version", "url",
        )  # fmt: skip
        read_only_fields = fields

    def to_representation(self, achievement: Achievement) -> dict[str, Any]:
        shown = super().to_representation(achievement)
        if not _hides_owner(achievement):
            return shown
        for row in shown["indicators"]:
            row["evidence"] = ""
        return shown | dict.fromkeys(NAMING_TEXTS, "")

    def get_ip_items(self, achievement: Achievement) -> list[dict[str, Any]]:
        if _hides_owner(achievement):
            return []
        return list(IPItemSerializer(achievement.ip_items.all(), many=True).data)

    @extend_schema_field(HonourSerializer(many=True))
    def get_honours(self, achievement: Achievement) -> list[dict[str, Any]]:
        if _hides_owner(achievement):
            return []
        return list(HonourSerializer(achievement.honours.all(), many=True).data)

    def get_completing_units(self, achievement: Achievement) -> list[str]:
        return (
            [] if _hides_owner(achievement) else [str(row.organisation) for row in achievement.completing_units.all()]
        )

    def get_completers(self, achievement: Achievement) -> list[str]:
        return [] if _hides_owner(achievement) else [row.name for row in achievement.completers.all()]


def _hides_owner(achievement: Achievement) -> bool:
    return achievement.visibility == Visibility.HIDDEN_OWNER


INPUT = {"rows": ROW_FORMS, "leave_out": ("programme",)}
AchievementInput = input_serializer("Achievement", AchievementForm, **INPUT, **PLACE)
AchievementChange = input_serializer("AchievementChange", AchievementForm, **INPUT, version=VERSION)


class SubmitInput(VersionInput):
    """What the unit says when it hands a record to the region; an author leaves both out."""

    opinion = serializers.CharField(required=False, max_length=500)
    secrecy_declared = serializers.BooleanField(
        required=False, help_text="The unit declares that the record holds no state secret."
    )


class AchievementViewSet(WritingMixin, viewsets.ReadOnlyModelViewSet[Achievement]):
    """Achievements in the pool, as the catalogue shows them; own ones in every state."""

    access = (PUBLIC,)
    serializer_class = AchievementSerializer
    filterset_class = AchievementFilter
    lookup_field = "uuid"
    lookup_value_converter = "uuid"
    capability = "achievement.edit"
    not_allowed, incomplete = NotAllowed, Incomplete

    def owns(self, record: Achievement) -> bool:
        return rules.is_unit_officer(self.writer(), record) or rules.is_author(self.writer(), record)

    def get_queryset(self) -> QuerySet[Achievement]:
        user = self.request.user
        return for_page(pool_for(user) if self.action == "list" else Achievement.objects.visible_to(user))

    @action(detail=False, filterset_class=None)
    def mine(self, request: Request) -> Response:
        """The records of your unit that you may edit, drafts included."""
        return self.listed(for_page(Achievement.objects.editable_by(self.writer())).order_by("-id"))

    @extend_schema(request=AchievementInput, responses={201: AchievementSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """File a draft; anything that can be read is taken, what is missing is asked for when it is handed in."""
        user, given = self.writer(), self.given(request, AchievementInput)
        owner, programme = self.owner_of(given, rules.owners_for_new(user)), self.programme_of(given)
        data, rows = self._checked(given | {"programme": programme.pk}, owner)
        achievement = create_achievement(by=user, owner=owner, programme=programme, data=data, **rows)
        return self.answer(achievement, 201)

    @extend_schema(request=AchievementChange, responses={200: AchievementSerializer, 202: AchievementSerializer})
    def partial_update(self, request: Request, uuid: Any = None) -> Response:
        """Change the fields that are given; a list of rows replaces all rows.

        Of a record in the pool some fields go live only after a check: then 202, naming them.
        """
        user, given = self.writer(), self.given(request, AchievementChange)
        achievement = self.get_object()
        if not self.owns(achievement):  # before anything that he typed is compared with what stands there
            raise NotAllowed
        data, rows = self._checked(given, achievement.body.owner, achievement)
        change = {"by": user, "achievement": achievement, "version": given["version"], "data": data, **rows}
        if rules.can_revise(user, achievement):
            return self.revised(revise_achievement(**change))
        return self.answer(update_achievement(**change))

    @extend_schema(request=SubmitInput, responses={200: AchievementSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def submit(self, request: Request, uuid: Any = None) -> Response:
        """Hand a record on: the author to the unit, the unit's officer to the region. 422 says what is missing."""
        user, given = self.writer(), self.given(request, SubmitInput)
        achievement = self.get_object()
        return self.answer(submit_achievement(by=user, achievement=achievement, **given))

    def _checked(
        self, given: Mapping[str, Any], owner: Organisation, achievement: Achievement | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The page's own forms over the given values: (data, rows) for the services, or a Problem with pointers."""
        form, sets = bound(None, achievement, owner)
        posted = form_data(form, {name: value for name, value in given.items() if name in form.fields})
        for name, row_form in ROW_FORMS.items():
            posted.update(row_data(name, row_form, given.get(name, ())))
        form, sets = bound(posted, achievement, owner)
        if not all_valid(form, sets):
            raise self.refuse(problems(form, sets))
        rows, data = rows_of(sets, owner), form.data_for_service()
        if achievement is None:
            return data, rows
        return only_given(data, given), {name: rows[name] for name in rows if name in given}
