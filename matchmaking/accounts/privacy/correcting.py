"""A person asks the owner of a record to correct what it says of him; the owner answers within a term."""

from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import User
from matchmaking.accounts.privacy import rooms
from matchmaking.accounts.privacy.enums import CorrectionState
from matchmaking.accounts.privacy.models import Correction
from matchmaking.accounts.selectors import current_holders, managers_of
from matchmaking.accounts.workflow import CORRECTION
from matchmaking.activity.services import record
from matchmaking.common.workflow import expect_version, move
from matchmaking.notifications.services import notify
from matchmaking.vocabularies.workdays import workday_after

WORKDAYS = 15
LONGEST = 1_000


class Refused(Exception):
    """The request cannot be made or answered; the message says why."""

    def __init__(self, message: Any) -> None:
        super().__init__(message)
        self.message = message


def find_held(user: User, room: str, object_id: Any) -> rooms.Held | None:
    """The record of a room that holds something of the person, by its uuid: nothing else can be asked about."""
    place = next((one for one in rooms.rooms() if one.code == room), None)
    if place is None:
        return None
    return next((one for one in place.held(user) if one.object_id == object_id and one.owner), None)


@transaction.atomic
def ask_correction(*, by: User, held: rooms.Held, text: str) -> Correction:
    """Ask the owner of a record. Raises Refused without a text, or while an earlier request about it is open."""
    said = text.strip()
    if not said or len(said) > LONGEST:
        raise Refused(_("Please say in a few words what is wrong and how it should read."))
    assert held.owner is not None  # found by `find_held`
    assert held.object_id is not None
    if Correction.objects.filter(person=by, object_id=held.object_id, state=CorrectionState.OPEN).exists():
        raise Refused(_("Your request about this record is still waiting for an answer."))
    asked = Correction.objects.create(
        person=by, owner=held.owner, object_kind=held.kind, object_id=held.object_id, object_no=held.object_no,
        url=held.url, request=said, due_on=workday_after(timezone.localdate(), WORKDAYS),
    )  # fmt: skip
    _written(by, asked, "account.correction_asked")
    _tell(managers_of(held.owner), "correction_to_answer", asked)
    return asked


@transaction.atomic
def answer_correction(*, by: User, correction: Correction, done: bool, answer: str, version: int | None) -> Correction:
    """The owner says that the record was corrected, or why it was not. Raises Refused, StaleState, IllegalMove."""
    if not Correction.objects.asked_of(by).filter(pk=correction.pk).exists():
        raise Refused(_("Only those who manage the owner of the record may answer."))
    expect_version(correction, version)
    if not done and not answer.strip():
        raise Refused(_("Please give a reason."))
    target = CorrectionState.DONE if done else CorrectionState.REFUSED
    move(correction, target, workflow=CORRECTION, answered_by=by, answer=answer.strip()[:500])
    _written(by, correction, f"account.correction_{target}")
    _tell([correction.person], "correction_answered", correction)
    return correction


@transaction.atomic
def remind_late(*, most: int = 100) -> int:
    """Tell owners and the secretariat of requests whose day has passed, once each; return how many."""
    today = timezone.localdate()
    late = Correction.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state=CorrectionState.OPEN, due_on__lt=today, reminded_at=None
    )
    found = list(late.select_related("owner", "person").order_by("pk")[:most])
    for one in found:
        people = [*managers_of(one.owner), *(held.user for held in current_holders(Role.SECRETARY))]
        _tell(people, "correction_late", one)
    Correction.objects.filter(pk__in=[one.pk for one in found]).update(reminded_at=timezone.now())
    return len(found)


def _written(by: User, correction: Correction, verb: str) -> None:
    """In the history of the person, who asked; the text itself stays out of it."""
    record(by=by, verb=verb, about=correction.person, kind="account", organisation=correction.owner,
           detail={"correction": str(correction.uuid)})  # fmt: skip


def _tell(people: Any, kind: str, correction: Correction) -> None:
    notify(
        recipients=people,
        kind=kind,
        params={"number": correction.object_no or "—", "day": correction.due_on.isoformat()},
        url=reverse("privacy:correction_detail", args=[correction.uuid]),
        dedupe_key=f"{kind}:{correction.uuid}:{correction.version}",
    )
