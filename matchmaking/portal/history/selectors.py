"""The whole history for those who audit it: one page behind a place in it, and the state of its chain."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import Organisation
from matchmaking.activity import verifying
from matchmaking.activity.models import Anchor, Entry, Seal, Unsealed
from matchmaking.activity.people import names_of
from matchmaking.activity.selectors import changes_of, what
from matchmaking.portal.history.withheld import withheld
from matchmaking.portal.history.words import noun

PAGE = 50
PIECE = 1_000  # entries turned into words at a time
COUNTED = 1_000  # waiting entries are counted up to here


@dataclass(frozen=True)
class Line:
    """One entry in words, in the language of the page. `place` is its place in the chain, None while it waits."""

    entry: Entry
    who: str
    role: str
    organisation: str
    noun: str
    title: str
    text: str
    changes: list[str]
    place: int | None
    digest: str


@dataclass(frozen=True)
class Page:
    """Entries newest first, and the entry behind which the next page begins."""

    lines: list[Line]
    older: int | None


@dataclass(frozen=True)
class ChainState:
    """How far the history is sealed, anchored and verified."""

    places: int
    sealed_at: datetime | None
    waiting: int
    waiting_capped: bool
    waiting_since: datetime | None
    anchor: Anchor | None
    verified: Entry | None
    broken: bool
    finding: str


def chain_state() -> ChainState:
    """Read in five small queries, whatever the length of the history."""
    last = Seal.objects.order_by("-position").first()
    waiting = list(Unsealed.objects.order_by("entry_id").values_list("entry_id", flat=True)[: COUNTED + 1])
    since = Entry.objects.filter(pk__in=waiting[:1]).values_list("at", flat=True).first()
    looks = Entry.objects.filter(verb__in=[verifying.VERIFIED, verifying.BROKEN], object_kind=verifying.KIND)
    look = looks.order_by("-at", "-pk").first()
    broken = bool(look and look.verb == verifying.BROKEN)
    return ChainState(
        places=last.position if last else 0,
        sealed_at=last.sealed_at if last else None,
        waiting=min(len(waiting), COUNTED),
        waiting_capped=len(waiting) > COUNTED,
        waiting_since=since,
        anchor=Anchor.objects.order_by("-number").first(),
        verified=look,
        broken=broken,
        finding=verifying.said_of(look.detail) if look and broken else "",
    )


def page_of(rows: QuerySet[Entry], *, behind: str) -> Page:
    """The newest entries, or those older than the entry with the number `behind`; a wrong number gives the newest.

    By keyset: the thousandth page costs what the first one does, and nothing shifts while entries are added.
    """
    after = Entry.objects.filter(pk=int(behind)).first() if behind.isdecimal() and len(behind) < 19 else None
    if after is not None:
        rows = rows.filter(Q(at__lt=after.at) | Q(pk__lt=after.pk), at__lte=after.at)
    found = list(rows.order_by("-at", "-pk")[: PAGE + 1])
    shown = found[:PAGE]
    return Page(in_words(shown), shown[-1].pk if len(found) > PAGE else None)


def every_line(rows: QuerySet[Entry], *, most: int) -> Iterator[Line]:
    """All of it up to `most` entries, newest first, a piece at a time."""
    piece: list[Entry] = []
    for entry in rows.order_by("-at", "-pk")[:most].iterator(chunk_size=PIECE):
        piece.append(entry)
        if len(piece) == PIECE:
            yield from in_words(piece)
            piece = []
    yield from in_words(piece)


def in_words(entries: Collection[Entry]) -> list[Line]:
    """Entries as an auditor reads them; three queries for names and the places in the chain, and one for each kind of
    record whose owner may be hidden."""
    names = _names(entry.as_organisation_id for entry in entries)
    seals = {
        entry: (place, digest)
        for entry, place, digest in Seal.objects.filter(entry_id__in=[one.pk for one in entries]).values_list(
            "entry_id", "position", "digest"
        )
    }
    secret, untold = withheld(entries), _("not told: the owner is hidden")
    people = names_of(entries)
    return [
        _line(
            entry,
            people.get(entry.actor_id or 0, entry.actor_name),
            untold if entry.pk in secret else names.get(entry.as_organisation_id or 0, entry.organisation_name),
            seals.get(entry.pk, (None, "")),
        )
        for entry in entries
    ]


def _line(entry: Entry, who: str, house: str, seal: tuple[int | None, str]) -> Line:
    title, text = what(entry)
    return Line(
        entry=entry,
        who=who,
        role=str(Role(entry.as_role).label) if entry.as_role in Role.values else entry.as_role,
        organisation=house,
        noun=noun(entry.object_kind),
        title=title,
        text=text,
        changes=changes_of(entry),
        place=seal[0],
        digest=seal[1],
    )


def _names(keys: Iterable[int | None]) -> dict[int, str]:
    wanted: set[Any] = {key for key in keys if key}
    return dict(Organisation.objects.filter(pk__in=wanted).values_list("pk", "name"))
