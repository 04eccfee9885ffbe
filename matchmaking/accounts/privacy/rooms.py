"""What the rooms of the portal hold of a person: each room says it once, at start; the pages here read the list.

Arrows point down, so nothing is imported from a room. A room gives its lines lazily: a page shows the first ones, the
copy for the person holds them all.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from matchmaking.accounts.models import Consent, Organisation, User


@dataclass(frozen=True)
class Origin:
    """Where one field comes from: `label` as on the form, `said` in words (from whom, by which way), `at` when."""

    field: str
    label: str
    said: str
    at: datetime


@dataclass(frozen=True)
class Held:
    """One thing that is held of a person.

    `data` is everything of it that is about him, as JSON. `correct_url` is where he corrects it himself; without it he
    may ask its `owner`. `origins` where its fields come from, as far as they come from several.
    """

    title: str
    data: dict[str, Any]
    source: Any = ""
    since: datetime | None = None
    kind: str = ""
    object_id: UUID | None = None
    object_no: str = ""
    url: str = ""
    correct_url: str = ""
    owner: Organisation | None = None
    origins: Sequence[Origin] = ()

    @property
    def by_origin(self) -> list[tuple[str, date, str]]:
        """(from whom, on which day, which fields), for a page: most fields come together."""
        found: dict[tuple[str, date], list[str]] = {}
        for one in self.origins:
            found.setdefault((one.said, timezone.localdate(one.at)), []).append(one.label)
        return [(said, day, "、".join(labels)) for (said, day), labels in found.items()]


def _nothing(_user: User) -> None:
    """A room that has nothing to do."""


def _no_part(_consent: Consent) -> str:
    """A consent that is given or withdrawn as a whole."""
    return ""


def _no_narrowing(_user: User, _consent: Consent) -> None:
    """Nothing of it can be taken back alone."""


@dataclass(frozen=True)
class Room:
    """A room: why it holds what (purpose, basis), for how long (a code of `retention.py`), and what it does when the
    account is closed: `leave` at once and in that transaction, `erase` afterwards in a job that may run twice. The
    ledger does not read rooms whose lines name no record (`about_records` False): acts, messages, sessions.
    """

    code: str
    label: Any
    purpose: Any
    basis: Any
    retention: str
    held: Callable[[User], Iterable[Held]]
    leave: Callable[[User], None] = _nothing
    erase: Callable[[User], None] = _nothing
    stays: Any = ""
    about_records: bool = True


@dataclass(frozen=True)
class ConsentKind:
    """Consents whose scope begins with `scope`: what they are called, their text, and what a withdrawal does.

    `narrow` takes back a part of it, where a consent has one that is called `part(consent)`.
    """

    scope: str
    label: Callable[[Consent], str]
    text: Callable[[Consent], str]
    withdraw: Callable[[User, Consent], None]
    part: Callable[[Consent], str] = _no_part
    narrow: Callable[[User, Consent], None] = _no_narrowing


@dataclass
class _Registry:
    rooms: dict[str, Room] = field(default_factory=dict)
    consents: list[ConsentKind] = field(default_factory=list)
    keepers: list[Callable[[str, UUID], str]] = field(default_factory=list)
    opted_out: list[Callable[[User | None, Organisation | None], None]] = field(default_factory=list)


_registry = _Registry()


def register_room(room: Room) -> None:
    _registry.rooms[room.code] = room


def rooms() -> list[Room]:
    """All rooms in the order of their registration."""
    return list(_registry.rooms.values())


def register_consent(kind: ConsentKind) -> None:
    _registry.consents = [one for one in _registry.consents if one.scope != kind.scope] + [kind]


def consent_kind(consent: Consent) -> ConsentKind | None:
    """How a consent is shown and withdrawn; None for one of a room that is not there."""
    return next((one for one in _registry.consents if consent.scope.startswith(one.scope)), None)


def register_keeper(keeper: Callable[[str, UUID], str]) -> None:
    """`keeper(kind, uuid)` says why a record must be kept although its person leaves; empty where nothing holds it."""
    if keeper not in _registry.keepers:
        _registry.keepers.append(keeper)


def kept_because(kind: str, object_id: UUID) -> str:
    """Why a record must stay stored, in one sentence; empty when it may be erased."""
    return next((said for keeper in _registry.keepers if (said := keeper(kind, object_id))), "")


def on_opt_out(act: Callable[[User | None, Organisation | None], None]) -> None:
    """`act(user, organisation)` runs in the transaction in which one of both is left alone by the engine."""
    if act not in _registry.opted_out:
        _registry.opted_out.append(act)


def tell_opted_out(user: User | None, organisation: Organisation | None) -> None:
    for act in _registry.opted_out:
        act(user, organisation)
