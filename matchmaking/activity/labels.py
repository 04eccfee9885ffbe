"""What a verb and a state of a noun are called. Each app registers its own nouns at start."""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.functional import Promise

_verbs: dict[tuple[str, str], str | Promise] = {}
_states: dict[str, type[TextChoices]] = {}


def register(
    kind: str, *, verbs: Mapping[str, str | Promise] | None = None, states: type[TextChoices] | None = None
) -> None:
    """Name the verbs of a noun (“submitted for review”, as it stands in a list of events) and its states."""
    _verbs.update({(kind, verb): label for verb, label in (verbs or {}).items()})
    if states is not None:
        _states[kind] = states


def verb_label(kind: str, verb: str) -> str:
    """The name of a verb in the language of the page; the verb itself when nobody named it."""
    return str(_verbs.get((kind, verb), verb))


def state_label(kind: str, state: str) -> str:
    states = _states.get(kind)
    return str(states(state).label) if states and state in states.values else state
