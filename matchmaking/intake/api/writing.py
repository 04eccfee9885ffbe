"""Creating, changing and handing in a record through the API: the pool's own form and services behind JSON."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers, status, viewsets
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from matchmaking.accounts.models import Organisation, User
from matchmaking.common import acting
from matchmaking.common.api import sheets
from matchmaking.common.api.problems import Problem
from matchmaking.intake.versions import Unchanged
from matchmaking.programmes.models import Programme
from matchmaking.programmes.selectors import current_programmes

# The fields that every record of a programme has beside those of its form.
PLACE = {
    "programme": serializers.CharField(
        required=False, max_length=20, help_text="Code of a running programme; the newest one if it is left out."
    ),
    "owner": serializers.UUIDField(
        required=False, help_text="The organisation that files the record; needed by whoever acts for several."
    ),
}
VERSION = serializers.IntegerField(
    min_value=1, max_value=2_000_000_000, help_text="The version that was read; 409 when somebody else was faster."
)


class VersionInput(sheets.SheetSerializer):
    """A step without words, on the version that was read."""

    version = VERSION


class WritingMixin(viewsets.GenericViewSet):
    """What the three pools share. A viewset names its capability, its input and its refusals."""

    capability: str
    input_class: type[sheets.SheetSerializer]
    change_class: type[sheets.SheetSerializer]
    not_allowed: type[Exception]
    incomplete: type[Exception]

    def writer(self) -> User:
        """The person who writes; 401 for a visitor, 403 without the capability."""
        user = self.request.user
        if not user.is_authenticated:
            raise NotAuthenticated
        if not user.can(self.capability):
            raise Problem(status.HTTP_403_FORBIDDEN, _("None of your roles may do this."))
        acting.through(self.capability)
        return user

    def owns(self, record: Any) -> bool:
        """Whether the record is still the person's to write, in whatever state."""
        return True

    def still_his(self, uuid: Any) -> None:
        """Before a kept answer is sent again: 403 without the right, 404 for a record that is not shown any more."""
        self.writer()
        self.kwargs = {**self.kwargs, "uuid": uuid}
        if not self.owns(self.get_object()):
            raise Problem(status.HTTP_403_FORBIDDEN, _("None of your roles may do this."))

    def given(self, request: Request, kind: type[sheets.SheetSerializer]) -> dict[str, Any]:
        """The input in its types; 400 with a pointer to every value that has another one."""
        serializer = kind(data=request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def owner_of(self, given: Mapping[str, Any], owners: Iterable[Organisation]) -> Organisation:
        """The organisation the record is filed for, of those the person may file for."""
        held = {str(one.uuid): one for one in owners}
        wanted = str(given["owner"]) if "owner" in given else next(iter(held), "") if len(held) == 1 else ""
        if wanted in held:
            return held[wanted]
        words = _("You do not file for this organisation.") if "owner" in given else _("Name the organisation.")
        raise self.refuse({"/owner": words})

    def programme_of(self, given: Mapping[str, Any]) -> Programme:
        running = current_programmes()
        found = running.filter(code=given["programme"]).first() if "programme" in given else running.first()
        if found is None:
            raise self.refuse({"/programme": _("No such programme is running.")})
        return found

    def refuse(self, errors: Mapping[str, Any]) -> Problem:
        return Problem(400, _("The input has errors."), errors=errors)

    def handle_exception(self, exc: Exception) -> Response:
        """The pool's own refusals as problems: 403 for what is not his to do, 422 for what is missing."""
        if isinstance(exc, self.not_allowed):
            exc = Problem(403, str(exc.message))  # type: ignore[attr-defined]
        elif isinstance(exc, Unchanged):
            exc = Problem(422, str(exc.message), kind="unchanged")
        elif isinstance(exc, self.incomplete):
            words = getattr(exc, "message", None) or _("Something is missing or may not be so.")
            exc = Problem(422, str(words), kind="incomplete", errors=sheets.pointers(exc.fields))  # type: ignore[attr-defined]
        return super().handle_exception(exc)

    def revised(self, outcome: Any) -> Response:
        """A change of a record in the pool: 202 with the fields that wait for a check, 200 when all are live."""
        waiting = list(outcome.change.fields) if outcome.change else []
        return self.answer(outcome.record, 202 if waiting else 200, waiting_for_check=waiting)

    def answer(self, record: Any, code: int = status.HTTP_200_OK, **more: Any) -> Response:
        """The record as it now stands, as `retrieve` shows it."""
        self.kwargs = {**self.kwargs, "uuid": record.uuid}
        response: Response = self.retrieve(self.request, uuid=record.uuid)  # type: ignore[attr-defined]
        response.status_code = code
        response.data = {**response.data, **more}
        if self.action == "create":
            response["Location"] = f"{self.request.path}{record.uuid}/"
        return response

    def listed(self, records: QuerySet[Any]) -> Response:
        """A page of records in the form of the list."""
        page = self.paginate_queryset(records) or []
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
