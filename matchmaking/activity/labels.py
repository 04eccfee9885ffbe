"""What a verb and a state of a noun are called. Each app registers its own nouns at start."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import TextChoices
from django.utils.functional import Promise

_verbs: dict[tuple[str, str], str | Promise] = {}
_states: dict[str, type[TextChoices]] = {}
_tellers: dict[str, Callable[[Mapping[str, Any]], str]] = {}
_fields: dict[str, Callable[[str], Any]] = {}
_values: dict[str, Callable[[str, Any], str]] = {}


def register(
    kind: str,
    *,
    verbs: Mapping[str, str | Promise] | None = None,
    states: type[TextChoices] | None = None,
    tell: Callable[[Mapping[str, Any]], str] | None = None,
) -> None:
    """Name the verbs of a noun (“submitted for review”, as it stands in a list of events) and its states.

    `tell` says in words what a detail holds in codes; without it only a written reason is shown.
    """
    _verbs.update({(kind, verb): label for verb, label in (verbs or {}).items()})
    if states is not None:
        _states[kind] = states
    if tell is not None:
        _tellers[kind] = tell


def register_fields(kind: str, *, name: Callable[[str], Any], value: Callable[[str, Any], str]) -> None:
    """Say what the fields of a noun are called, and their values, for the entries that tell what an edit changed."""
    _fields[kind], _values[kind] = name, value


def known_verbs() -> dict[tuple[str, str], str | Promise]:
    """Every verb that has a name: (noun, verb) → name."""
    return dict(_verbs)


def field_label(kind: str, name: str) -> str:
    """The name of a field in the language of the page; the field itself when nobody named it."""
    known = _fields.get(kind)
    return str(known(name)) if known else name


def value_label(kind: str, name: str, value: Any) -> str:
    known = _values.get(kind)
    return known(name, value) if known else str(value)


def verb_label(kind: str, verb: str) -> str:
    """The name of a verb in the language of the page; the verb itself when nobody named it."""
    return str(_verbs.get((kind, verb), verb))


def state_label(kind: str, state: str) -> str:
    states = _states.get(kind)
    return str(states(state).label) if states and state in states.values else state


def told(kind: str, detail: Mapping[str, Any]) -> str:
    """What the detail of an entry says beside its verb and states."""
    if tell := _tellers.get(kind):
        return tell(detail)
    reason = detail.get("reason", "")
    return reason if isinstance(reason, str) else ""
