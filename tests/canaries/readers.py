"""Who may read which field of which record, in which state and visibility.

Written from the domain (needs, achievements, experts, teams, posts; who checks what), without any import of the
product: this is what the crawl is held against. Everything is a set of names of `cast.SEATS`.
"""

from tests.canaries.cast import EVERYBODY, MEMBERS

Names = frozenset[str]

OWNERS: dict[str, Names] = {
    "enterprise": frozenset({"owner", "editor", "reader"}),
    "hidden": frozenset({"hidden_owner"}),
}
PARK: Names = frozenset({"park"})
NEED_OFFICERS: Names = frozenset({"miit", "secretary"})  # 工信 checks needs
LIST_OFFICERS: Names = frozenset({"edu", "secretary"})  # 教育 checks experts, teams and posts
ACHIEVEMENT_OFFICERS: Names = frozenset({"edu", "sti", "secretary"})
JUDGES: Names = frozenset({"miit", "edu", "sti", "secretary"})  # decide on matches of the region
GUESTS: Names = frozenset({"guest"})
UNIT: Names = frozenset({"transfer"})
AUTHORS: Names = UNIT | {"author", "completer"}
NOBODY: Names = frozenset()

NEED_POOL = {"published", "matching", "docking", "contracted", "solved"}
POST_POOL = {"published", "filled"}
ACHIEVEMENT_POOL = {"accepted", "stale", "under_negotiation", "committed", "transformed"}


def _in_pool(visibility: str, inside: Names, invited: Names) -> Names:
    if visibility in {"public", "hidden_owner"}:
        return EVERYBODY
    return MEMBERS if visibility == "members" else inside | invited


def need_row(state: str, visibility: str, owner: str, *, handed_in: bool) -> Names:
    """Title and public data of a need; withdrawn before it was handed in, it stays with its owner."""
    file = need_file(state, owner, handed_in=handed_in)
    return _in_pool(visibility, file, GUESTS | JUDGES) if state in NEED_POOL else file


def need_body(state: str, visibility: str, owner: str, *, handed_in: bool) -> Names:
    """Problem, indicators and the rest of the text: of a public need for all, else for members who see it."""
    seen = need_row(state, visibility, owner, handed_in=handed_in)
    return seen & MEMBERS if visibility != "public" else seen


def need_file(state: str, owner: str, *, handed_in: bool) -> Names:
    """Exact budget, wished partners, review notes, history, files for officers."""
    if state == "draft" or not handed_in:
        return OWNERS[owner]
    return OWNERS[owner] | PARK | NEED_OFFICERS


def post_file(state: str, owner: str, *, handed_in: bool) -> Names:
    if state == "draft" or not handed_in:
        return OWNERS[owner]
    return OWNERS[owner] | PARK | LIST_OFFICERS


def post_row(state: str, visibility: str, owner: str, *, handed_in: bool) -> Names:
    file = post_file(state, owner, handed_in=handed_in)
    return _in_pool(visibility, file, GUESTS) if state in POST_POOL else file


def post_body(state: str, visibility: str, owner: str, *, handed_in: bool) -> Names:
    seen = post_row(state, visibility, owner, handed_in=handed_in)
    return seen & MEMBERS if visibility != "public" else seen


def owner_name(kind: str, state: str, visibility: str, owner: str, *, handed_in: bool) -> Names:
    """Who may know whose need or post it is."""
    row, file = (need_row, need_file) if kind == "need" else (post_row, post_file)
    seen = row(state, visibility, owner, handed_in=handed_in)
    return file(state, owner, handed_in=handed_in) if visibility == "hidden_owner" else seen


def achievement_file(state: str, *, handed_in: bool) -> Names:
    """Price, contact, opinion, notes, officers' files: the owner's side; the officers once it has left the unit."""
    left = handed_in and state not in {"draft", "unit_review"}
    return AUTHORS | ACHIEVEMENT_OFFICERS if left else AUTHORS


def achievement_row(state: str, visibility: str, *, handed_in: bool) -> Names:
    file = achievement_file(state, handed_in=handed_in)
    if state not in ACHIEVEMENT_POOL or visibility == "invited":
        return file
    return EVERYBODY if visibility == "public" else MEMBERS | file


def achievement_owner(state: str, visibility: str, *, handed_in: bool) -> Names:
    """Units, people, rights, grant number, awards, uses, evidence: each of them names the owner."""
    if visibility == "hidden_owner":
        return achievement_file(state, handed_in=handed_in)
    return achievement_row(state, visibility, handed_in=handed_in)


PERSON: Names = frozenset({"expert"})


def expert_contact(state: str) -> Names:
    return PERSON if state == "left" else PERSON | UNIT


def expert_file(state: str) -> Names:
    """Conflicts, opinion of the unit, notes, certificates: person, unit, and the officers who decide on experts."""
    if state == "left":
        return PERSON
    return PERSON | UNIT if state == "nominated" else PERSON | UNIT | LIST_OFFICERS


def expert_row(state: str, visibility: str) -> Names:
    file = expert_file(state)
    if state != "in_pool" or visibility == "invited":
        return file
    return EVERYBODY if visibility == "public" else MEMBERS | file


def team_file(state: str) -> Names:
    """The lead, his unit, and from the day it is handed in the officers who decide on teams."""
    return PERSON | UNIT if state in {"draft", "left"} else PERSON | UNIT | LIST_OFFICERS


def team_row(state: str, visibility: str) -> Names:
    if state != "in_pool":
        return team_file(state)
    return EVERYBODY if visibility == "public" else MEMBERS


def attachment(choice: str, pool: bool, body: Names, owner_known: Names, file: Names) -> Names:
    """A file: officers' ones with the file of the record; others in the pool, where text and owner are open."""
    if choice == "officers" or not pool:
        return file
    open_to = body & owner_known
    return file | (open_to if choice == "public" else open_to & MEMBERS)
