"""What the pages about one's own data show."""

from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from matchmaking.accounts.enums import OrganisationState
from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.privacy import rooms
from matchmaking.accounts.privacy.opting import is_left_alone
from matchmaking.accounts.privacy.retention import Rule, find_rule
from matchmaking.accounts.selectors import managers_of

LINES = 6  # of a room on the page; the copy holds all


@dataclass(frozen=True)
class RoomView:
    """A room on the page: its first lines, and whether there are more."""

    room: rooms.Room
    rule: Rule
    lines: list[rooms.Held]
    more: bool


def overview(user: User) -> list[RoomView]:
    """Every room with what it holds; the empty ones last, because that they hold nothing is an answer too."""
    found = []
    for room in rooms.rooms():
        lines = list(islice(room.held(user), LINES + 1))
        found.append(RoomView(room, find_rule(room.retention), lines[:LINES], len(lines) > LINES))
    return sorted(found, key=lambda one: not one.lines)


def records_about(user: User) -> set[UUID]:
    """The uuids of the records that are about a person, for the ledger."""
    about = (one.object_id for room in rooms.rooms() if room.about_records for one in room.held(user))
    return {uuid for uuid in about if uuid}


def automatic_for(user: User) -> list[tuple[Organisation | None, bool]]:
    """Whose records the person decides about: his own entries (None), and organisations he manages, with whether the
    engine may use them."""
    managed = {one.pk: one for one in user.organisations_with("organisation.manage")}
    active = [one for one in managed.values() if one.state == OrganisationState.ACTIVE]
    found: list[tuple[Organisation | None, bool]] = [(None, not is_left_alone(user=user))]
    return found + [(one, not is_left_alone(organisation=one)) for one in active]


def managed_alone(user: User) -> list[Organisation]:
    """Organisations that nobody else manages: they are left without, when the person closes the account."""
    managed = {one.pk: one for one in user.organisations_with("organisation.manage")}
    return [one for one in managed.values() if not managers_of(one).exclude(pk=user.pk).exists()]
