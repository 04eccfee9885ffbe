"""The API of needs: the public row, and the body where its reader may read it; the owner writes and hands in."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from matchmaking.accounts.models import Organisation
from matchmaking.common.access import PUBLIC
from matchmaking.common.api.sheets import form_data, input_serializer, only_given, problems, row_data
from matchmaking.intake.api.idempotency import idempotent
from matchmaking.intake.api.writing import PLACE, VERSION, VersionInput, WritingMixin
from needs import rules, selectors
from needs.completeness import SCENARIO_FIELDS
from needs.filters import NeedFilter, OwnFilter
from needs.forms import IndicatorForm, InvitedForm, NeedForm, NeedSheet
from needs.models import NeedBody, NeedIndicator, TechNeed
from needs.selectors import Shown
from needs.services import NotAllowed, Refused, create_need, revise_need, submit_need, update_need


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
                  "published_at", "version")  # fmt: skip
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


INPUT = {"rows": {"indicators": IndicatorForm}, "leave_out": ("programme",)}
INVITED = serializers.ListField(
    child=serializers.CharField(max_length=200), required=False, max_length=50,
    help_text="Names of the organisations that may see a need for invited ones.",
)  # fmt: skip
NeedInput = input_serializer("Need", NeedForm, **INPUT, **PLACE, invited=INVITED)
NeedChange = input_serializer("NeedChange", NeedForm, **INPUT, version=VERSION, invited=INVITED)


class NeedViewSet(WritingMixin, viewsets.ReadOnlyModelViewSet[TechNeed]):
    """Needs in the pool, over the same visibility and filters as the pages; own ones in every state."""

    access = (PUBLIC,)
    lookup_field = "uuid"
    lookup_value_converter = "uuid"
    filterset_class = NeedFilter
    serializer_class = NeedSerializer
    capability = "need.edit"
    not_allowed, incomplete = NotAllowed, Refused

    def owns(self, record: TechNeed) -> bool:
        return rules.owns(self.writer(), record)

    def get_queryset(self) -> QuerySet[TechNeed]:
        if self.action == "list":
            return selectors.pool(self.request.user)
        return TechNeed.objects.visible_to(self.request.user).select_related("region", "programme")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The needs in the pool that you may see."""
        return self._page(self.filter_queryset(self.get_queryset()))

    @action(detail=False, filterset_class=OwnFilter)
    def mine(self, request: Request) -> Response:
        """The needs of your enterprises, drafts included."""
        return self._page(self.filter_queryset(selectors.own(self.writer())))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        [row] = selectors.shown(request.user, [self.get_object()], bodies=True)
        return Response(as_data(row))

    @extend_schema(request=NeedInput, responses={201: NeedSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """File a draft; anything that can be read is taken, what is missing is asked for when it is handed in."""
        user, given = self.writer(), self.given(request, NeedInput)
        owner = self.owner_of(given, user.organisations_with(self.capability))
        programme = self.programme_of(given)
        sheet = self._checked(given, owner, None, {"programme": programme})
        values = sheet.values() | {"programme": programme}
        need = create_need(by=user, owner=owner, programme=values.pop("programme"), data=values,
                           indicators=sheet.rows(), invited=sheet.guests())  # fmt: skip
        return self.answer(need, 201)

    @extend_schema(request=NeedChange, responses={200: NeedSerializer})
    def partial_update(self, request: Request, uuid: Any = None) -> Response:
        """Change the fields that are given; a list of rows replaces all rows.

        Of a published need some fields go live only after a check: then 202, naming them.
        """
        user, given = self.writer(), self.given(request, NeedChange)
        need = self.get_object()
        if not self.owns(need):  # before anything that he typed is compared with what stands there
            raise NotAllowed
        body = NeedBody.objects.readable_by(user).select_related("owner").get(need=need)
        sheet = self._checked(given, body.owner, need, {})
        data = only_given(sheet.values(), given)
        change: dict[str, Any] = {
            "by": user, "need": need, "version": given["version"], "data": data,
            "indicators": sheet.rows() if "indicators" in given else None,
            "invited": sheet.guests() if "invited" in given else None,
        }  # fmt: skip
        if rules.can_revise(user, need):
            return self.revised(revise_need(**change))
        update_need(**change)
        return self.answer(need)

    @extend_schema(request=VersionInput, responses={200: NeedSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def submit(self, request: Request, uuid: Any = None) -> Response:
        """Hand a draft or returned need in; 422 says what is missing."""
        user, given = self.writer(), self.given(request, VersionInput)
        need = self.get_object()
        submit_need(by=user, need=need, version=given["version"])
        return self.answer(need)

    def _page(self, needs: QuerySet[TechNeed]) -> Response:
        rows = self.paginate_queryset(needs)
        shown = selectors.shown(self.request.user, rows or [], bodies=True)
        return self.get_paginated_response([as_data(row) for row in shown])

    def _checked(
        self, given: Mapping[str, Any], owner: Organisation, need: TechNeed | None, initial: dict[str, Any]
    ) -> NeedSheet:
        """The page's own form over the given values; a Problem with a pointer to everything that is wrong."""
        stored = {"need": need, "body": need.body} if need else {}
        blank = NeedSheet(owner=owner, initial=initial, **stored)
        data = form_data(blank.form, {name: value for name, value in given.items() if name in blank.form.fields})
        data.update(row_data("indicators", IndicatorForm, given.get("indicators", ())))
        data.update(row_data("invited", InvitedForm, [{"name": name} for name in given.get("invited", ())]))
        sheet = NeedSheet(data, owner=owner, **stored)
        if not sheet.is_valid():
            raise self.refuse(problems(sheet.form, {"indicators": sheet.indicators, "invited": sheet.invited}))
        return sheet
