"""Writing the roster: who came, what changed, who left."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.membership import NotAllowed
from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.roster import rules
from matchmaking.accounts.roster.models import RosterEntry
from matchmaking.activity.services import record
from matchmaking.common.workflow import StaleState


class CertificateTaken(Exception):
    """Two people of a roster cannot hold one certificate."""

    message = _("Somebody on this roster holds a certificate of this number already.")


@transaction.atomic
def add_to_roster(*, by: User, organisation: Organisation, **values: Any) -> RosterEntry:
    """Enter somebody. Raises NotAllowed, CertificateTaken. The history names the grade, and not the person."""
    if not rules.can_keep(by, organisation):
        raise NotAllowed
    try:
        with transaction.atomic():
            entry = RosterEntry.objects.create(organisation=organisation, created_by=by, **values)
    except IntegrityError as error:
        raise CertificateTaken from error
    _record(by, entry, "roster.added")
    return entry


@transaction.atomic
def update_roster(*, by: User, entry: RosterEntry, version: int, **values: Any) -> None:
    """Change an entry, or give its last day. Raises NotAllowed, StaleState, CertificateTaken."""
    if not rules.can_keep(by, entry.organisation):
        raise NotAllowed
    try:
        with transaction.atomic():
            stands = RosterEntry.objects.filter(pk=entry.pk, version=version)
            if not stands.update(**values, version=F("version") + 1):
                raise StaleState(entry.name)
    except IntegrityError as error:
        raise CertificateTaken from error
    entry.refresh_from_db()
    _record(by, entry, "roster.left" if entry.left_on else "roster.changed")


def _record(by: User, entry: RosterEntry, verb: str) -> None:
    record(by=by, verb=verb, about=entry.organisation, kind="organisation", detail={"grade": entry.grade})
