"""The colour of every state: one tone per group of states, the same for every noun.

grey: not started or over · blue: waits for somebody · azure: two sides are working · green: reached ·
orange: needs the owner's hand · red: refused or stopped.
"""

TONES = ("grey", "blue", "azure", "green", "orange", "red", "purple")

_GROUPS: dict[str, str] = {
    "grey": "draft uploaded abandoned withdrawn archived left closed closed_unsolved closed_by_source aged_out "
    "cancelled cancelling later planned skipped superseded unchanged "
    "undone different merged left_out noted retired candidate",
    "blue": "submitted unit_review checked applied nominated consented unit_agreed proposed released pending queued "
    "ready open new sending found",
    "azure": "matching docking under_negotiation contact_opened meeting negotiation contracted committing running "
    "undoing",
    "green": "accepted published in_pool active solved transformed signed committed done finished succeeded sent "
    "interested filled live",
    "orange": "returned changed stale expired no_answer retrying mapping missing",
    "red": "rejected refused suspended dropped declined failed frozen dead invalid no",
}
_TONE_OF_STATE = {state: tone for tone, states in _GROUPS.items() for state in states.split()}


def state_tone(state: str) -> str:
    """Return the tone of a state; grey for one that has no group."""
    return _TONE_OF_STATE.get(state, "grey")


def is_grouped(state: str) -> bool:
    """Whether the state has been given a tone on purpose."""
    return state in _TONE_OF_STATE
