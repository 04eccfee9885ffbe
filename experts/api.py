"""The API of the expert pool: the public row alone is read; units nominate and change, persons change their own."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from experts import rules
from experts.enums import ExpertState
from experts.filters import ExpertFilter
from experts.forms import ConflictForm, ExpertForm, ExpertSheet, WorkForm
from experts.models import Expert, ExpertBody, ExpertWork
from experts.selectors import for_page, pool
from experts.services import Incomplete, NotAllowed, hand_in_expert, nominate_expert, update_expert
from matchmaking.accounts.privacy.ledger import note_page
from matchmaking.common.access import PUBLIC
from matchmaking.common.api.sheets import form_data, input_serializer, problems, row_data
from matchmaking.intake.api.idempotency import idempotent
from matchmaking.intake.api.writing import PLACE, VERSION, VersionInput, WritingMixin


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
                  "regions", "term_from", "term_to", "works", "url", "version")  # fmt: skip
        read_only_fields = fields

    # A field named `fields` would hide the property of the serializer; it is added here instead.
    def to_representation(self, instance: Expert) -> dict[str, object]:
        return {**super().to_representation(instance), "fields": instance.fields}


INPUT = {"rows": {"works": WorkForm}, "leave_out": ("programme",)}
CONFLICTS = serializers.ListField(
    child=serializers.CharField(max_length=200), required=False, max_length=50,
    help_text="Names of the organisations to be avoided.",
)  # fmt: skip
ExpertInput = input_serializer("Expert", ExpertForm, **INPUT, **PLACE, conflicts=CONFLICTS)
ExpertChange = input_serializer("ExpertChange", ExpertForm, **INPUT, version=VERSION, conflicts=CONFLICTS)


class ExpertViewSet(WritingMixin, viewsets.ReadOnlyModelViewSet[Expert]):
    """Experts in the pool, over the same visibility and filters as the pages."""

    access = (PUBLIC,)
    lookup_field = "uuid"
    lookup_value_converter = "uuid"
    filterset_class = ExpertFilter
    serializer_class = ExpertSerializer
    capability = "expert.nominate"
    not_allowed, incomplete = NotAllowed, Incomplete

    def owns(self, record: Expert) -> bool:
        return rules.is_unit(self.writer(), record) or rules.is_person(self.writer(), record)

    def get_queryset(self) -> QuerySet[Expert]:
        user = self.request.user
        found = pool(user) if self.action == "list" else Expert.objects.visible_to(user)
        return for_page(found).order_by("-id")

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        expert = self.get_object()
        note_page(viewer=request.user, kind=rules.KIND, record=expert, subjects=[expert.body.user_id])
        return Response(self.get_serializer(expert).data)

    @action(detail=False, filterset_class=None)
    def mine(self, request: Request) -> Response:
        """The entries of your units, in every state."""
        return self.listed(for_page(Expert.objects.nominated_by(self.writer())).order_by("-id"))

    @extend_schema(request=ExpertInput, responses={201: ExpertSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Nominate an expert; the person is asked for consent at the account with the given address."""
        user, given = self.writer(), self.given(request, ExpertInput)
        owner, programme = self.owner_of(given, rules.owners_for_new(user)), self.programme_of(given)
        sheet = self._checked(given | {"programme": programme.pk})
        expert = nominate_expert(by=user, owner=owner, programme=programme, data=sheet.form.values(owner),
                                 works=sheet.work_rows(), conflicts=sheet.avoided() or [])  # fmt: skip
        return self.answer(expert, 201)

    @extend_schema(request=ExpertChange, responses={200: ExpertSerializer})
    def partial_update(self, request: Request, uuid: Any = None) -> Response:
        """Change the fields that are given; a list of rows replaces all rows."""
        user, given = self.writer(), self.given(request, ExpertChange)
        expert = self.get_object()
        if not rules.can_edit(user, expert):
            raise NotAllowed
        person_only = expert.state == ExpertState.IN_POOL
        sheet = self._checked(given, expert, person_only=person_only)
        body = ExpertBody.objects.select_related("owner").get(expert=expert)
        update_expert(by=user, expert=expert, version=given["version"],
                      data=sheet.form.values(body.owner, body),
                      works=sheet.work_rows() if "works" in given else None,
                      conflicts=sheet.avoided() if "conflicts" in given else None)  # fmt: skip
        return self.answer(expert)

    @extend_schema(request=VersionInput, responses={200: ExpertSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def submit(self, request: Request, uuid: Any = None) -> Response:
        """Hand a returned entry in again."""
        user, given = self.writer(), self.given(request, VersionInput)
        expert = self.get_object()
        hand_in_expert(by=user, expert=expert, version=given["version"])
        return self.answer(expert)

    def _checked(
        self, given: Mapping[str, Any], expert: Expert | None = None, *, person_only: bool = False
    ) -> ExpertSheet:
        blank = ExpertSheet(expert=expert, person_only=person_only)
        data = form_data(blank.form, {name: value for name, value in given.items() if name in blank.form.fields})
        data.update(row_data("works", WorkForm, given.get("works", ())))
        data.update(row_data("conflicts", ConflictForm, [{"name": name} for name in given.get("conflicts", ())]))
        sheet = ExpertSheet(data, expert=expert, person_only=person_only)
        if not sheet.is_valid():
            sets = {"works": sheet.works} | ({"conflicts": sheet.conflicts} if sheet.conflicts else {})
            raise self.refuse(problems(sheet.form, sets))
        return sheet
