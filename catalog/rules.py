"""Who may do what with an achievement: capability, relation to the record, and its state. No writes here."""

from catalog.enums import EDITABLE, IN_POOL, AchievementState
from catalog.models import Achievement
from matchmaking.accounts.enums import PROVIDER_KINDS
from matchmaking.accounts.models import Organisation, User
from matchmaking.programmes import reviewing

S = AchievementState
REVISABLE = (S.ACCEPTED, S.STALE, S.UNDER_NEGOTIATION)


def owners_for_new(user: User) -> list[Organisation]:
    """The organisations for which a person may create achievements."""
    held = user.organisations_with("achievement.edit")
    return list(
        {organisation.pk: organisation for organisation in held if organisation.kind in PROVIDER_KINDS}.values()
    )


def can_create_for(user: User, owner: Organisation) -> bool:
    return any(organisation.pk == owner.pk for organisation in owners_for_new(user))


def is_unit_officer(user: User, achievement: Achievement) -> bool:
    """A transfer officer of the organisation that owns the record."""
    return _holds(user, "achievement.unit_review", achievement)


def is_author(user: User, achievement: Achievement) -> bool:
    """The person who entered the record and still works for its owner."""
    return achievement.body.created_by_id == user.pk and _holds(user, "achievement.edit", achievement)


def is_owner_side(user: User, achievement: Achievement) -> bool:
    """Those for whom the owner's protected fields are their own: transfer officers, author, completers."""
    return (
        user.is_authenticated
        and bool(user.active_memberships)
        and (
            is_unit_officer(user, achievement)
            or is_author(user, achievement)
            or any(completer.user_id == user.pk for completer in achievement.completers.all())
        )
    )


def can_edit(user: User, achievement: Achievement) -> bool:
    """Author and unit officers while it is a draft or returned; in unit review the officers alone."""
    if is_unit_officer(user, achievement):
        return achievement.state in (*EDITABLE, S.UNIT_REVIEW)
    return achievement.state in EDITABLE and is_author(user, achievement)


def can_revise(user: User, achievement: Achievement) -> bool:
    """The owner's officers change a record that stands in the pool; what the programme checks waits for the region."""
    return achievement.state in REVISABLE and is_unit_officer(user, achievement)


def can_submit(user: User, achievement: Achievement) -> bool:
    """Whoever may edit hands on: the author to the unit, the unit's officer to the region."""
    return can_edit(user, achievement)


def can_send_back(user: User, achievement: Achievement) -> bool:
    """The unit's officer gives a record in unit review back to its author."""
    return achievement.state == S.UNIT_REVIEW and is_unit_officer(user, achievement)


def can_withdraw(user: User, achievement: Achievement) -> bool:
    """The owner's officers until a deal is committed; the author while the record has not left the unit."""
    before_deal = (S.DRAFT, S.UNIT_REVIEW, S.SUBMITTED, S.RETURNED, S.ACCEPTED, S.STALE, S.UNDER_NEGOTIATION)
    if is_unit_officer(user, achievement):
        return achievement.state in (*before_deal, S.SUSPENDED)
    return achievement.state in (S.DRAFT, S.UNIT_REVIEW, S.RETURNED) and is_author(user, achievement)


def can_reopen(user: User, achievement: Achievement) -> bool:
    """A withdrawn or rejected record becomes a draft again at the owner's wish, unless it was merged into another."""
    in_place = achievement.state in (S.WITHDRAWN, S.REJECTED) and achievement.merged_into_id is None
    return in_place and (is_unit_officer(user, achievement) or is_author(user, achievement))


def can_appeal(user: User, achievement: Achievement) -> bool:
    """The owner's officers object to a rejection; whether one appeal was made before is the service's business."""
    return achievement.state == S.REJECTED and is_unit_officer(user, achievement)


def can_confirm(user: User, achievement: Achievement) -> bool:
    """The owner confirms that a record in the pool still stands."""
    in_place = achievement.state in (S.ACCEPTED, S.STALE)
    return in_place and (is_unit_officer(user, achievement) or is_author(user, achievement))


def reviewing_organisation(user: User, achievement: Achievement) -> Organisation | None:
    """The department for which a person may review this record; the secretariat reviews everything."""
    return reviewing.reviewing_organisation(user, achievement, "achievement.review", "achievement")


def can_review_achievement(user: User, achievement: Achievement) -> bool:
    return achievement.state == S.SUBMITTED and reviewing_organisation(user, achievement) is not None


def waits_at(achievement: Achievement) -> str:
    """The step at which a record waits for a decision; empty when it waits for nobody."""
    return {S.UNIT_REVIEW: "unit", S.SUBMITTED: "region"}.get(AchievementState(achievement.state), "")


def can_suspend(user: User, achievement: Achievement) -> bool:
    in_place = achievement.state in (S.ACCEPTED, S.STALE, S.UNDER_NEGOTIATION)
    return in_place and reviewing_organisation(user, achievement) is not None


def can_resume(user: User, achievement: Achievement) -> bool:
    return achievement.state == S.SUSPENDED and reviewing_organisation(user, achievement) is not None


def can_see_protected(user: User, achievement: Achievement) -> bool:
    """Contact, asking price and the unit's opinion: the owner's side, and its reviewers once submitted."""
    if is_owner_side(user, achievement):
        return True
    if not user.is_authenticated or achievement.state in (S.DRAFT, S.UNIT_REVIEW):
        return False
    return reviewing_organisation(user, achievement) is not None


def can_see_owner(user: User, achievement: Achievement) -> bool:
    """Whether the person may know the owner; a hidden one stays hidden from outsiders.

    Units, people, rights, the note on ownership, the grant number, awards, existing applications and what proves an
    indicator name the owner, each by itself.
    """
    return achievement.visibility != "hidden_owner" or can_see_protected(user, achievement)


def can_see_matches(user: User, achievement: Achievement) -> bool:
    """The owner's side and the officers who review matches in the region of the record, once it is in the pool."""
    if achievement.state not in IN_POOL or not user.is_authenticated:
        return False
    reviews = any(reviewing.reaches(held, achievement) for held in user.memberships_with("match.review"))
    return reviews or is_owner_side(user, achievement)


def _holds(user: User, capability: str, achievement: Achievement) -> bool:
    if not user.is_authenticated:
        return False
    return any(held.organisation_id == achievement.body.owner_id for held in user.memberships_with(capability))
