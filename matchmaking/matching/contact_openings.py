"""Opened contact data in the ledger of the person whose they are."""

from typing import Any

from experts.models import ExpertBody, Team
from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.privacy.contacts import person_of_contact
from matchmaking.accounts.privacy.ledger import note_contact
from matchmaking.matching.enums import Side
from matchmaking.matching.models import Match


def note_opened(match: Match, shown: Side, body: Any, *, by: User, organisation: Organisation | None) -> None:
    """Write that the contact data of `body`, on the side `shown`, were opened; a team is reached through its lead."""
    target: Any = match.target
    record, kind = (target.lead, "expert") if isinstance(target, Team) else (target, match.target_kind)
    if shown == Side.ENTERPRISE:
        record, kind = match.need, "need"
    subject = body.user if isinstance(body, ExpertBody) and body.user_id else person_of_contact(body.contact)
    note_contact(subject=subject, kind=kind, object_id=record.uuid, number=record.public_no, shown_to=by,
                 organisation=organisation)  # fmt: skip
