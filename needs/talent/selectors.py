"""Reads about talent posts for pages, exports and the API: which half of a post a reader is shown, what waits."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.rules import is_member
from matchmaking.programmes.models import Visibility
from needs.models import TechNeed
from needs.talent import rules
from needs.talent.completeness import missing, names_owner, values_of
from needs.talent.enums import EDITABLE, IN_POOL, PostState
from needs.talent.models import TalentInvitation, TalentPost, TalentPostBody

ACTIONS = ("edit", "submit", "withdraw", "reopen", "prolong", "fill", "decide")
_BATCH = 500


@dataclass(frozen=True)
class Shown:
    """A post as one reader sees it. `enterprise` is None where he may not know it, `body` where he may not read it.

    `inside`: the reader works for an organisation; pay in words and the mentor are for such readers only.
    `need`: the related need, where its link gives nobody away.
    """

    post: TalentPost
    enterprise: Organisation | None
    body: TalentPostBody | None = None
    file_open: bool = False
    inside: bool = False
    need: TechNeed | None = None


def pool(user: Any) -> QuerySet[TalentPost]:
    """Return the posts in the pool that the reader sees."""
    return _listed(TalentPost.objects.visible_to(user).filter(state__in=IN_POOL))


def own(user: User) -> QuerySet[TalentPost]:
    """Return all posts of the person's enterprises, in every state."""
    return _listed(TalentPost.objects.visible_to(user).filter(body__owner__in=user.organisations_with("talent.edit")))


def waiting(user: User) -> QuerySet[TalentPost]:
    """Return the posts that wait for a decision of this person, as park or as region."""
    return _listed(TalentPost.objects.waiting_for(user))


def _listed(posts: QuerySet[TalentPost]) -> QuerySet[TalentPost]:
    return posts.select_related("region", "programme").order_by("-id")


def shown(user: Any, posts: Iterable[TalentPost], *, bodies: bool = False) -> list[Shown]:
    """Return the posts as this reader sees them, with bodies if asked; five queries at most."""
    rows = list(posts)
    keys = [post.pk for post in rows]
    known = TalentPostBody.objects.owner_known_to(user).filter(pk__in=keys)
    owners = {body.pk: body.owner for body in known.select_related("owner").only("post_id", "owner")}
    if not bodies:
        return [Shown(post, owners.get(post.pk)) for post in rows]
    # Contact data stay encrypted where they are until somebody entitled asks for them.
    read = {body.pk: body for body in TalentPostBody.objects.readable_by(user).filter(pk__in=keys).defer("contact")}
    files: set[int] = set()
    if user.is_authenticated:
        files = set(TalentPost.objects.with_file_open_to(user).filter(pk__in=keys).values_list("pk", flat=True))
    needs = _needs(user, read.values())
    inside = is_member(user)
    found = []
    for post in rows:
        body = read.get(post.pk)
        need = needs.get(body.tech_need_id or 0) if body else None
        if need is not None and _tells_apart(post, need) and post.pk not in files:
            need = None
        found.append(Shown(post, owners.get(post.pk), body, post.pk in files, inside, need))
    return found


def _needs(user: Any, bodies: Iterable[TalentPostBody]) -> dict[int, TechNeed]:
    wanted = {body.tech_need_id for body in bodies if body.tech_need_id}
    return TechNeed.objects.visible_to(user).in_bulk(wanted) if wanted else {}


def _tells_apart(post: TalentPost, need: TechNeed) -> bool:
    """Whether the link would tell who hides behind one of the two; a need may have been hidden later than its post."""
    return (post.visibility == Visibility.HIDDEN_OWNER) != (need.visibility == Visibility.HIDDEN_OWNER)


def shown_in_batches(user: Any, keys: Sequence[int]) -> Iterator[Shown]:
    """Yield the posts with these keys in their order, with their bodies, a few queries for every 500."""
    for start in range(0, len(keys), _BATCH):
        part = keys[start : start + _BATCH]
        batch = TalentPost.objects.visible_to(user).select_related("region", "programme").in_bulk(part)
        yield from shown(user, [batch[key] for key in part if key in batch], bodies=True)


def actions(user: Any, post: TalentPost) -> set[str]:
    """Return the names of the steps this person may take with the post now."""
    if not user.is_authenticated:
        return set()
    found = set()
    if user.can("talent.edit") and rules.owns(user, post):
        found |= {"edit", "submit"} if post.state in EDITABLE else set()
        found |= {"edit"} if post.state in rules.REVISABLE else set()
        found |= {"withdraw"} if rules.can_withdraw(user, post) else set()
        found |= {"reopen"} if rules.can_reopen(user, post) else set()
        found |= {"prolong"} if post.state in rules.PROLONGABLE else set()
        found |= {"fill"} if rules.can_fill(user, post) else set()
    checks = user.can("talent.check") or user.can("talent.publish")
    if post.state == PostState.SUBMITTED and checks and rules.can_decide(user, post):
        found.add("decide")
    return found


def problems_of(view: Shown) -> dict[str, Any]:
    """Return {field: sentence} of what keeps the owner's post from being handed in."""
    if view.body is None or view.enterprise is None:
        return {}
    values = values_of(view.post, view.body)
    return missing(values) | names_owner(values, view.enterprise)


def own_needs(owner: Organisation) -> QuerySet[TechNeed]:
    """Return the needs of an enterprise that a post of it may name, the newest first."""
    return TechNeed.objects.filter(body__owner=owner).exclude(state="archived").order_by("-id")


def invited(post: TalentPost) -> list[Organisation]:
    """Return the organisations that may see a post published to invited ones; for those to whom its file is open."""
    guests = TalentInvitation.objects.filter(post=post).select_related("organisation").order_by("pk")
    return [guest.organisation for guest in guests]
