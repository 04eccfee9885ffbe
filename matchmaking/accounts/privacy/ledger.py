"""The disclosure ledger: one line for each time that data of a person were shown (PIPL 23, 55; kept three years)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.privacy.enums import Shown
from matchmaking.accounts.privacy.models import Showing

BATCH = 1_000
Named = tuple[int | None, UUID, str]  # (account of the person or None, uuid of the record, its number)


def mark_of(user: User) -> str:
    """What stands on the printed pages of a workbook that names people: who took it away, and when."""
    at = timezone.localtime().strftime("%Y-%m-%d %H:%M")
    return _("Taken away by %(name)s (%(account)s) on %(at)s. It holds personal data.") % {
        "name": user.get_full_name(), "account": user.username, "at": at,
    }  # fmt: skip


def note_contact(
    *, subject: User | None, kind: str, object_id: UUID, number: str, shown_to: User, organisation: Organisation | None
) -> Showing:
    """Contact data were opened: every time counts, in the transaction of the opening."""
    return Showing.objects.create(
        subject=subject, what=Shown.CONTACT, object_kind=kind, object_id=object_id, object_no=number,
        shown_to=shown_to, organisation=organisation,
    )  # fmt: skip


@transaction.atomic
def note_export(*, kind: str, rows: Iterable[Named], shown_to: User) -> int:
    """People stood in a workbook that was downloaded."""
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


def affected(
    *, reader: str | None = None, organisation: str | None = None, record: str | None = None,
    since: datetime | None = None, until: datetime | None = None,
) -> QuerySet[Showing]:  # fmt: skip
    """What was shown to an account (by user name), to an organisation (by credit code) or on a record (by number),
    between two times: whom to tell after an incident. Oldest first."""
    asked = {"shown_to__username": reader, "organisation__uscc": organisation, "object_no": record, "at__gte": since,
             "at__lt": until}  # fmt: skip
    found = Showing.objects.filter(**{name: value for name, value in asked.items() if value})
    return found.select_related("subject", "shown_to", "organisation").order_by("at", "pk")
