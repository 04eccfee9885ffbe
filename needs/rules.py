"""Who may do what with a need: capability, relation to the need, and its state. No writes here."""

from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import Organisation, User
from matchmaking.programmes.reviewing import reaches, reviewing_organisation
from needs.enums import EDITABLE, IN_POOL, MATCHED, NeedState
from needs.models import NeedBody, TechNeed
from needs.workflow import TECH_NEED

PROLONGABLE = (NeedState.PUBLISHED, NeedState.MATCHING, NeedState.EXPIRED)
REVISABLE = (NeedState.PUBLISHED, NeedState.MATCHING, NeedState.DOCKING)
DAY_HAS_PASSED = _("This date has passed; please give a day after today.")


def can_create_for(user: User, owner: Organisation) -> bool:
    """An editor of the enterprise."""
    return owner.pk in [organisation.pk for organisation in user.organisations_with("need.edit")]


def owns(user: User, need: TechNeed) -> bool:
    """An editor of the enterprise that asks."""
    return TechNeed.objects.editable_by(user).filter(pk=need.pk).exists()


def drafts(user: User, need: TechNeed) -> bool:
    """Whoever may change the words of a need that is not handed in: its owner, and for a draft the owner's broker."""
    return owns(user, need) or drafts_for_client(user, need)


def drafts_for_client(user: User, need: TechNeed) -> bool:
    """Writes a draft under a mandate: hands nothing in, decides nothing, and neither reads nor sets contact data."""
    if need.state != NeedState.DRAFT or not user.is_authenticated or owns(user, need):
        return False
    return TechNeed.objects.filter(pk=need.pk, body__owner__in=user.client_ids).exists()


def can_edit(user: User, need: TechNeed) -> bool:
    return need.state in EDITABLE and owns(user, need)


def can_revise(user: User, need: TechNeed) -> bool:
    """An editor changes a need that is published; what the programme checks waits for the region."""
    return need.state in REVISABLE and owns(user, need)


def can_appeal(user: User, need: TechNeed) -> bool:
    """An editor objects to the rejection; whether one appeal was made before is the service's business."""
    return need.state == NeedState.REJECTED and owns(user, need)


def waits_at(need: TechNeed) -> str:
    """The step at which a need waits for a decision; empty when it waits for nobody."""
    if need.state == NeedState.SUBMITTED:
        return "park" if need.body.owner.park_id else "region"
    return "region" if need.state == NeedState.CHECKED else ""


def can_withdraw(user: User, need: TechNeed) -> bool:
    return TECH_NEED.allows(need.state, NeedState.WITHDRAWN) and owns(user, need)


def can_reopen(user: User, need: TechNeed) -> bool:
    return need.state in (NeedState.WITHDRAWN, NeedState.REJECTED) and owns(user, need)


def can_prolong(user: User, need: TechNeed) -> bool:
    return need.state in PROLONGABLE and owns(user, need)


def can_check(user: User, need: TechNeed) -> bool:
    """An administrator of the park in which the owner is a tenant, while the need waits for the park."""
    return TechNeed.objects.waiting_for_park(user).filter(pk=need.pk).exists()


def can_publish(user: User, need: TechNeed) -> bool:
    """An officer of the reviewing track of the region, or the secretary, once the park (if any) has passed it."""
    return TechNeed.objects.waiting_for_region(user).filter(pk=need.pk).exists()


def is_checker(user: User, need: TechNeed) -> bool:
    """Whether the person checks such needs, whatever the state of this one."""
    checked = TechNeed.objects.checked_by_parks_of(user) | TechNeed.objects.reviewed_by(user)
    return checked.filter(pk=need.pk).exists()


def came_late(user: User, need: TechNeed) -> bool:
    """Whether the person checks such needs but this one has gone past his desk, in the database and not only here."""
    mine = TechNeed.objects.filter(pk=need.pk)
    past_the_park = mine.checked_by_parks_of(user).exclude(state=NeedState.SUBMITTED)
    past_the_region = mine.reviewed_by(user).exclude(state__in=[NeedState.SUBMITTED, NeedState.CHECKED])
    return past_the_park.exists() or past_the_region.exists()


def sees_file(user: User, need: TechNeed) -> bool:
    """Whether the person sees review notes and history: the owner's people, the park, the officers who decide."""
    return user.is_authenticated and TechNeed.objects.with_file_open_to(user).filter(pk=need.pk).exists()


def park_acting(user: User, need: TechNeed) -> Organisation | None:
    """The park for which the person checks this need now."""
    if not can_check(user, need):
        return None
    park = need.body.owner.park_id
    return next(held for held in user.organisations_with("need.check_park") if held.pk == park)


def region_acting(user: User, need: TechNeed) -> Organisation | None:
    """The department (or the secretariat) for which the person decides on this need now."""
    return reviewing_organisation(user, need, "need.publish", "need") if can_publish(user, need) else None


def sees_matches(user: User, need: TechNeed) -> bool:
    """The people of its file and the officers who review matches in its region, once it is in the pool."""
    if need.state not in IN_POOL or not user.is_authenticated:
        return False
    return sees_file(user, need) or any(reaches(held, need) for held in user.memberships_with("match.review"))


def rewriting_for(user: User, need: TechNeed) -> Organisation | None:
    """The organisation for which the person may propose another wording: the park or the department that checks the
    need, or a broker's once the need is in the pool and its text open to him. Nobody for his own need."""
    if not user.is_authenticated or not user.can("need.rewrite") or owns(user, need):
        return None
    checking = is_checker(user, need) and need.state != NeedState.DRAFT
    reading = need.state in MATCHED and NeedBody.objects.readable_by(user).filter(need=need).exists()
    for held in user.memberships_with("need.rewrite"):
        if checking if held.role != Role.BROKER else reading:
            return held.organisation
    return None


def can_propose_rewrite(user: User, need: TechNeed) -> bool:
    return rewriting_for(user, need) is not None
