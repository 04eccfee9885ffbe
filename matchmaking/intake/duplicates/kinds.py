"""Which kinds of record are searched for duplicates, and what a decision about a pair does. Each app above says it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from matchmaking.intake.comparing import Difference
from matchmaking.intake.duplicates.enums import PairState
from matchmaking.intake.duplicates.finding import Compared

Fills = Sequence[tuple[str, Any]]  # (name, label) of texts that one record could give to the other


def _no_fills(user: Any, pair: Any) -> tuple[Fills, Fills]:
    return (), ()


def _nobody(user: Any, pair: Any) -> Sequence[Any]:
    return ()


def _none(pair: Any) -> Any:
    return None


@dataclass(frozen=True)
class Choice:
    """A decision that the person may take now. `main` is the one that is expected."""

    value: str
    label: Any
    done: Any  # the sentence afterwards
    main: bool = False


@dataclass(frozen=True)
class Side:
    """One record of a pair as the officer sees it, with its facts as (label, text)."""

    record: Any
    title: str
    owner: str
    facts: Sequence[tuple[Any, Any]] = ()


@dataclass(frozen=True)
class Decision:
    """What the officer decided, with the versions of both records that he looked at."""

    value: str
    version: int
    seen: tuple[int, int]
    reason: str
    fill: Sequence[str] = ()


@dataclass(frozen=True)
class DuplicateKind:
    """`pairs` are those that a person may see (a queryset that knows those `waiting()` to be looked at), `side` shows
    one of their records; `lines` are the fields that differ and the names of those that are alike. `decide` takes
    (by, pair, decision) and raises NotAllowed, ReasonMissing, StaleState.

    `read_all` reads what the nightly search compares, `edition` is raised when its rules change, so that every record
    is compared again. `merged` is what the last state of a pair is called where nothing is merged. `closed` says why
    nobody can decide any more, `hindered` why the person cannot keep the one or the other; `ended` are pairs that the
    next search forgets for good.
    """

    kind: str
    name: Any
    icon: str
    capabilities: tuple[str, ...]
    model: Any
    pairs: Callable[[Any], Any]
    side: Callable[[Any], Side]
    lines: Callable[[Any, Any], tuple[list[Difference], list[Any]]]
    choices: Callable[[Any, Any], list[Choice]]
    decide: Callable[[Any, Any, Decision], None]
    read_all: Callable[[], Compared]
    explanation: Any
    workflow: Any
    edition: int = 1
    merged: Any = PairState.MERGED.label
    fills: Callable[[Any, Any], tuple[Fills, Fills]] = _no_fills
    answers: Callable[[Any, Any], Sequence[Any]] = _nobody
    gone: Callable[[Any], Any] = _none
    closed: Callable[[Any], Any] = _none
    hindered: Callable[[Any, Any], Sequence[Any]] = _nobody
    ended: Callable[[], QuerySet[Any]] | None = None

    def sides(self, pair: Any) -> tuple[Side, Side]:
        return self.side(pair.first), self.side(pair.second)

    def label_of(self, state: str) -> Any:
        return self.merged if state == PairState.MERGED else PairState(state).label


class UnknownKind(Exception):
    """No app registered this kind of record."""


_kinds: dict[str, DuplicateKind] = {}


def register(kind: str, **how: Any) -> None:
    """Say how pairs of a kind are found and decided; see `DuplicateKind`."""
    _kinds[kind] = DuplicateKind(kind=kind, **how)


def find(kind: str) -> DuplicateKind:
    try:
        return _kinds[kind]
    except KeyError:
        raise UnknownKind(kind) from None


def kinds_of(user: Any) -> list[DuplicateKind]:
    """The kinds of which the person decides pairs, in the order of their registration."""
    return [one for one in _kinds.values() if any(user.can(name) for name in one.capabilities)]
