"""Who may do what with a talent post: capability, relation to the post, and its state. No writes here."""

from matchmaking.accounts.models import Organisation, User
from matchmaking.programmes.reviewing import reviewing_organisation
from needs.talent.enums import EDITABLE, PostState
from needs.talent.models import TalentPost
from needs.talent.workflow import TALENT_POST

KIND = "talent_post"
S = PostState
PROLONGABLE = (S.PUBLISHED, S.EXPIRED, S.FILLED)
REVISABLE = (S.PUBLISHED,)


def can_create_for(user: User, owner: Organisation) -> bool:
    """An editor of the enterprise."""
    return owner.pk in [organisation.pk for organisation in user.organisations_with("talent.edit")]


def owns(user: User, post: TalentPost) -> bool:
    """An editor of the enterprise that offers the post."""
    return TalentPost.objects.editable_by(user).filter(pk=post.pk).exists()


def can_edit(user: User, post: TalentPost) -> bool:
    return post.state in EDITABLE and owns(user, post)


def can_revise(user: User, post: TalentPost) -> bool:
    """An editor changes a post that is published; what the programme checks waits for who published it."""
    return post.state in REVISABLE and owns(user, post)


def can_appeal(user: User, post: TalentPost) -> bool:
    """An editor objects to the rejection; whether one appeal was made before is the service's business."""
    return post.state == S.REJECTED and owns(user, post)


def can_withdraw(user: User, post: TalentPost) -> bool:
    return TALENT_POST.allows(post.state, S.WITHDRAWN) and owns(user, post)


def can_reopen(user: User, post: TalentPost) -> bool:
    return post.state in (S.WITHDRAWN, S.REJECTED) and owns(user, post)


def can_prolong(user: User, post: TalentPost) -> bool:
    return post.state in PROLONGABLE and owns(user, post)


def can_fill(user: User, post: TalentPost) -> bool:
    return TALENT_POST.allows(post.state, S.FILLED) and owns(user, post)


def can_decide(user: User, post: TalentPost) -> bool:
    """The park of a tenant, else an officer of the region on the track that reviews posts, or the secretary."""
    return TalentPost.objects.waiting_for(user).filter(pk=post.pk).exists()


def decides(user: User, post: TalentPost) -> bool:
    """Whether the person decides on this post once it is handed in, whatever its state now."""
    return TalentPost.objects.decided_by(user).filter(pk=post.pk).exists()


def came_late(user: User, post: TalentPost) -> bool:
    """Whether the person decides on this post but it waits no longer, in the database and not only here."""
    mine = TalentPost.objects.decided_by(user).filter(pk=post.pk)
    return mine.exclude(state=S.SUBMITTED).exists()


def acting(user: User, post: TalentPost) -> Organisation | None:
    """The park, department or secretariat for which the person decides on this post now."""
    return checker(user, post) if can_decide(user, post) else None


def checker(user: User, post: TalentPost) -> Organisation | None:
    """The park, department or secretariat for which the person decides on this post in whatever state."""
    if not user.is_authenticated or not decides(user, post):
        return None
    park = post.body.owner.park_id
    parks = [held for held in user.organisations_with("talent.check") if held.pk == park]
    return parks[0] if parks else reviewing_organisation(user, post, "talent.publish", KIND)


def waits_at(post: TalentPost) -> str:
    """The step at which a post waits for a decision; empty when it waits for nobody."""
    if post.state != S.SUBMITTED:
        return ""
    return "park" if TalentPost.objects.at_a_park().filter(pk=post.pk).exists() else "region"


def sees_file(user: User, post: TalentPost) -> bool:
    """Whether the person sees review notes and history: the owner's people, the park, the officers who decide."""
    return user.is_authenticated and TalentPost.objects.with_file_open_to(user).filter(pk=post.pk).exists()
