"""Use cases of lists: hand one in, send it, note that a link was opened."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from matchmaking.accounts.invitations.models import token_hash
from matchmaking.accounts.invitations.services import LASTS
from matchmaking.accounts.membership import KIND, NotAllowed
from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.outreach.models import InvitationList, ListedEnterprise
from matchmaking.activity.services import record
from matchmaking.jobs.services import enqueue
from matchmaking.notifications.services import absolute, queue_mail

JOB = "invite_enterprises"


@transaction.atomic
def hand_in_list(*, by: User, organisation: Organisation, rows: Iterable[Mapping[str, Any]]) -> InvitationList:
    """Keep a checked list and the job that sends it. Rows hold number, name, uscc, email. Raises NotAllowed."""
    if organisation.pk not in {one.pk for one in by.organisations_with("enterprise.invite")}:
        raise NotAllowed
    made = InvitationList.objects.create(organisation=organisation, made_by=by)
    kept = ListedEnterprise.objects.bulk_create(ListedEnterprise(list=made, **row) for row in rows)
    made.job = enqueue(kind=JOB, args={"list": made.pk}, by=by, dedupe_key=f"{JOB}:{made.uuid}", total=len(kept))
    made.save(update_fields=["job"])
    record(by=by, verb="enterprises.invited", about=organisation, kind=KIND, organisation=organisation,
           detail={"list": str(made.uuid), "count": len(kept)})  # fmt: skip
    return made


def send_rows(rows: Iterable[ListedEnterprise]) -> int:
    """Send the mails of rows that were not sent yet, in the caller's transaction; return how many."""
    sent, now = 0, timezone.now()
    for row in rows:
        token = secrets.token_urlsafe(32)
        door = ListedEnterprise.objects.filter(pk=row.pk, sent_at=None)
        if door.update(sent_at=now, token_hash=token_hash(token)):
            _mail(row, token)
            sent += 1
    return sent


def open_row(*, token: str) -> ListedEnterprise | None:
    """The row of a link that still works; the first opening is noted. Who opens it is nobody yet, so no entry."""
    row = ListedEnterprise.objects.filter(token_hash=token_hash(token), sent_at__gt=timezone.now() - LASTS).first()
    if row is not None:
        ListedEnterprise.objects.filter(pk=row.pk, opened_at=None).update(opened_at=timezone.now())
    return row


def _mail(row: ListedEnterprise, token: str) -> None:
    with translation.override(settings.LANGUAGE_CODE):
        values = {"body": row.list.organisation.name, "enterprise": row.name,
                  "link": absolute(reverse("accounts:outreach_open", args=[token]))}  # fmt: skip
        lines = [
            _("%(body)s invites %(enterprise)s to this portal: enterprises set the question, universities answer it.")
            % values,
            "",
            _("Make an account and hand in the application of your enterprise here: %(link)s") % values,
            "",
            _("The link works for 14 days. If you did not expect it, do nothing."),
        ]
        queue_mail(to=[row.email], subject=_("Invitation from %(body)s") % values, body="\n".join(lines))
