"""Who may do what with an expert's entry: the person, the nominating unit, the officers; and its state. No writes."""

from typing import Any

from experts.completeness import missing_of
from experts.enums import EDITABLE, LEAVABLE, ExpertState
from experts.models import Expert
from matchmaking.accounts.models import Organisation, User
from matchmaking.programmes.reviewing import reaches, reviewing_organisation

S = ExpertState
CAPABILITY = "expert.review"
KIND = "expert"
# What the person may change alone while the entry stands in the pool: fields, availability, how to be reached.
PERSON_FIELDS = ("position", "fields", "directions", "services", "regions", "capacity", "contact")


def owners_for_new(user: User) -> list[Organisation]:
    """The organisations for which a person may nominate experts."""
    held = user.organisations_with("expert.nominate")
    return list({one.pk: one for one in held if one.region_id}.values())


def can_nominate_for(user: User, owner: Organisation) -> bool:
    return any(one.pk == owner.pk for one in owners_for_new(user))


def is_person(user: Any, expert: Expert) -> bool:
    return user.is_authenticated and expert.body.user_id == user.pk


def is_unit(user: Any, expert: Expert) -> bool:
    """An officer of the unit that nominated the expert."""
    if not user.is_authenticated:
        return False
    return any(one.pk == expert.body.owner_id for one in user.organisations_with("expert.nominate"))


def needs_unit(expert: Expert) -> bool:
    """Retired and independent experts have no organisation whose agreement would be needed."""
    return expert.organisation_id is not None


def can_edit(user: Any, expert: Expert) -> bool:
    """Unit and person before the decision; in the pool the person alone (see PERSON_FIELDS)."""
    if expert.state in EDITABLE:
        return is_person(user, expert) or is_unit(user, expert)
    return expert.state == S.IN_POOL and is_person(user, expert)


def can_attach(user: Any, expert: Expert) -> bool:
    """The person alone adds and removes his certificates, at any time until he leaves: the text of the consent names
    none, so nobody else brings them here.
    """
    return expert.state != S.LEFT and is_person(user, expert)


def can_hand_in(user: Any, expert: Expert) -> bool:
    """A returned entry goes on again; a refused one may be nominated anew by the unit."""
    if expert.state == S.RETURNED:
        return is_person(user, expert) or is_unit(user, expert)
    return expert.state == S.REFUSED and is_unit(user, expert)


def can_consent(user: Any, expert: Expert) -> bool:
    """The person, to an entry that is complete: an uploaded nomination may still have gaps."""
    return expert.state == S.NOMINATED and is_person(user, expert) and not missing_of(expert, expert.body)


def can_agree(user: Any, expert: Expert) -> bool:
    return expert.state == S.CONSENTED and needs_unit(expert) and is_unit(user, expert)


def reviewer(user: Any, expert: Expert) -> Organisation | None:
    """The department or secretariat for which the person reviews this expert, in any state."""
    return reviewing_organisation(user, expert, CAPABILITY, KIND)


def waits_for_region(expert: Expert) -> bool:
    return expert.state == S.UNIT_AGREED or (expert.state == S.CONSENTED and not needs_unit(expert))


def can_review(user: Any, expert: Expert) -> bool:
    return waits_for_region(expert) and reviewer(user, expert) is not None


def can_appeal(user: Any, expert: Expert) -> bool:
    """Person or unit object to a refusal; whether one appeal was made before is the service's business."""
    return expert.state == S.REFUSED and (is_person(user, expert) or is_unit(user, expert))


def waits_at(expert: Expert) -> str:
    """The step at which an entry waits for a decision; empty when it waits for nobody, or for the person."""
    if waits_for_region(expert):
        return "region"
    return "unit" if expert.state == S.CONSENTED else ""


def can_suspend(user: Any, expert: Expert) -> bool:
    return expert.state == S.IN_POOL and reviewer(user, expert) is not None


def can_resume(user: Any, expert: Expert) -> bool:
    return expert.state == S.SUSPENDED and reviewer(user, expert) is not None


def can_renew(user: Any, expert: Expert) -> bool:
    return expert.state == S.EXPIRED and reviewer(user, expert) is not None


def can_leave(user: Any, expert: Expert) -> bool:
    """Only the person, at any time."""
    return expert.state in LEAVABLE and is_person(user, expert)


def sees_contact(user: Any, expert: Expert) -> bool:
    return is_person(user, expert) or is_unit(user, expert)


def sees_file(user: Any, expert: Expert) -> bool:
    """Review notes, history, conflicts, the unit's opinion, certificates: the person, the unit, and the officers who
    decide on experts. A department whose track does not review them reads what members read."""
    if not user.is_authenticated:
        return False
    if sees_contact(user, expert):
        return True
    return expert.state != S.NOMINATED and reviewer(user, expert) is not None


def sees_matches(user: Any, expert: Expert) -> bool:
    if expert.state != S.IN_POOL or not user.is_authenticated:
        return False
    officers = user.memberships_with("match.review")
    return sees_contact(user, expert) or any(reaches(held, expert) for held in officers)
