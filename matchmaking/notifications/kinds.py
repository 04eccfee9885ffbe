"""What each kind of notification says. The sending app registers its kinds at start, in source English."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _


class UnknownKind(Exception):
    """No app registered this kind."""


class WrongParams(Exception):
    """The parameters are not those the kind declares."""


@dataclass(frozen=True)
class Personal:
    """A link of each recipient's own, which stands in his mail only: `sentence` with %(link)s, and who gets one.

    `links` is asked with the address of the notice and its recipients, and answers {id of a recipient: address}.
    """

    sentence: str | Promise
    links: Callable[[str, Sequence[Any]], dict[int, str]]


@dataclass(frozen=True)
class Kind:
    """`subject` and `body` are lazy translations with %(name)s for each of `params`.

    `many_url` is the list where many records of such notices are found; without it they are never told together.
    """

    name: str
    subject: str | Promise
    body: str | Promise
    params: frozenset[str]
    many_url: str | Promise = ""
    personal: Personal | None = None


@dataclass(frozen=True)
class Many:
    """What is said of many records at once, with %(count)s, and the (lazy) address of the list that shows them."""

    subject: str | Promise
    body: str | Promise
    url: str | Promise


_kinds: dict[str, Kind] = {}


def register_kind(
    name: str,
    *,
    subject: str | Promise,
    body: str | Promise,
    params: tuple[str, ...] | list[str] = (),
    many: "Many | None" = None,
    personal: Personal | None = None,
) -> None:
    """Register what a kind says. Its parameters go into mail: public titles, numbers and dates, nothing protected.

    With `many`, an act on many records tells each person once, in these words (`services.telling_once`). With
    `personal`, a mail about one record carries a link that is its reader's alone.
    """
    _kinds[name] = Kind(name, subject, body, frozenset(params), many.url if many else "", personal)
    if many:
        _kinds[many_of(name)] = Kind(many_of(name), many.subject, many.body, frozenset({"count"}))


def many_of(name: str) -> str:
    """The kind that stands for many notices of a kind."""
    return f"{name}_many"


def find(name: str) -> Kind:
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownKind(name) from None


def check_params(kind: Kind, params: dict[str, Any]) -> None:
    """Refuse parameters that the kind does not declare, lacks, or that are not plain text or numbers."""
    if params.keys() != kind.params:
        raise WrongParams(f"{kind.name}: wants {sorted(kind.params)}, got {sorted(params)}")
    for name, value in params.items():
        if not isinstance(value, str | int | float):
            raise WrongParams(f"{kind.name}: {name} is a {type(value).__name__}")


def say(name: str, params: dict[str, Any]) -> tuple[str, str]:
    """Subject and body in the language that is active now. An old row of a forgotten kind still gets a line."""
    kind = _kinds.get(name)
    if kind is None or not kind.params <= params.keys():
        return _("Message"), ""
    subject = " ".join((str(kind.subject) % params).split())  # one line: it becomes a mail header
    return subject, str(kind.body) % params
