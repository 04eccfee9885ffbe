"""The disclosure ledger: one line for each time that data of a person were shown (PIPL 23, 55; kept three years)."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.privacy.enums import Shown
from matchmaking.accounts.privacy.models import Showing

BATCH = 1_000


def note_contact(
    *, subject: User | None, kind: str, object_id: UUID, number: str, shown_to: User, organisation: Organisation | None
) -> Showing:
    """Contact data were opened: every time counts, in the transaction of the opening."""
    return Showing.objects.create(
        subject=subject, what=Shown.CONTACT, object_kind=kind, object_id=object_id, object_no=number,
        shown_to=shown_to, organisation=organisation,
    )  # fmt: skip


@transaction.atomic
def note_export(*, kind: str, rows: Iterable[tuple[int | None, UUID, str]], shown_to: User) -> int:
    """People stood in a workbook that was downloaded. `rows`: (account of the person or None, uuid, number)."""
    own = shown_to.active_memberships
    organisation = own[0].organisation if own else None
    lines = [
        Showing(subject_id=subject, what=Shown.EXPORT, object_kind=kind, object_id=uuid, object_no=number,
                shown_to=shown_to, organisation=organisation)
        for subject, uuid, number in rows if subject != shown_to.pk
    ]  # fmt: skip
    Showing.objects.bulk_create(lines, batch_size=BATCH)
    return len(lines)


def note_page(*, viewer: Any, kind: str, record: Any, subjects: Iterable[int | None]) -> None:
    """The page of a record that names people was opened. Once a day and reader; one's own page is no disclosure."""
    reader = viewer if viewer.is_authenticated else None
    own = reader.active_memberships if reader else []
    lines = [
        Showing(subject_id=subject, what=Shown.PAGE, object_kind=kind, object_id=record.uuid,
                object_no=record.public_no, shown_to=reader, organisation=own[0].organisation if own else None)
        for subject in dict.fromkeys(subjects) if reader is None or subject != reader.pk
    ]  # fmt: skip
    if lines:
        Showing.objects.bulk_create(lines, ignore_conflicts=True)


def shown_of(user: User, records: Iterable[UUID]) -> QuerySet[Showing]:
    """What was shown of a person: under his account, or of the records that are about him, newest first."""
    mine = Q(subject=user) | Q(subject=None, object_id__in=list(records))
    found = Showing.objects.filter(mine).exclude(shown_to=user)
    return found.select_related("shown_to", "organisation").order_by("-at", "-pk")
