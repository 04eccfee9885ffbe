"""What of a person the two sides of a match were shown, in the ledger of that person."""

from typing import Any

from experts.models import ExpertBody, Team
from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.privacy.contacts import person_of_contact
from matchmaking.accounts.privacy.ledger import note_contact, note_page
from matchmaking.activity.services import record as record_act
from matchmaking.matching.enums import Side
from matchmaking.matching.models import Match


def note_opened(match: Match, shown: Side, body: Any, *, by: User, organisation: Organisation | None) -> None:
    """Write that the contact data of `body`, on the side `shown`, were opened, in the history of the match and in the
    ledger of the person; a team is reached through its lead."""
    target: Any = match.target
    record, kind = (target.lead, "expert") if isinstance(target, Team) else (target, match.target_kind)
    if shown == Side.ENTERPRISE:
        record, kind = match.need, "need"
    subject = body.user if isinstance(body, ExpertBody) and body.user_id else person_of_contact(body.contact)
    note_contact(subject=subject, kind=kind, object_id=record.uuid, number=record.public_no, shown_to=by,
                 organisation=organisation)  # fmt: skip
    record_act(by=by, verb="match.contact_shown", about=match, kind="match", detail={"side": shown})


def note_read(match: Match, is_open: bool, *, viewer: User) -> None:
    """Write that the page of a match named the expert; not where he is masked."""
    if is_open and match.expert is not None:
        note_page(viewer=viewer, kind="expert", record=match.expert, subjects=[match.expert.body.user_id])
