"""Reads about needs for pages, exports and the API: which half of a need a reader is shown, and what waits for him."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, QuerySet, When

from matchmaking.accounts.models import Organisation, User
from matchmaking.programmes.models import Visibility
from needs import rules
from needs.completeness import indicator_values, missing, names_owner, values_of
from needs.enums import EDITABLE, IN_POOL, NeedState
from needs.models import NeedBody, NeedIndicator, NeedInvitation, NeedRewriteSentence, TechNeed

KIND = "need"
ACTIONS = ("edit", "submit", "withdraw", "reopen", "prolong", "decide")
_BATCH = 500


@dataclass(frozen=True)
class Shown:
    """A need as one reader sees it. `enterprise` is None where he may not know it, `body` where he may not read it."""

    need: TechNeed
    enterprise: Organisation | None
    body: NeedBody | None = None
    indicators: list[NeedIndicator] = field(default_factory=list)
    file_open: bool = False


def pool(user: Any) -> QuerySet[TechNeed]:
    """Return the needs in the pool that the reader sees; of one challenge filed twice both (see `one_of_each`)."""
    return _listed(TechNeed.objects.visible_to(user).filter(state__in=IN_POOL))


def one_of_each(found: QuerySet[TechNeed], among: QuerySet[TechNeed]) -> QuerySet[TechNeed]:
    """Leave out the needs whose challenge is listed already: the one that stands for it is `among` those found.

    Asked after all filters, so that a need is not missing where the one that stands for it does not belong.
    """
    # A need whose owner is hidden stands alone: that two are one would tell who files the other.
    for_it = among.filter(pk=OuterRef("same_as")).exclude(visibility=Visibility.HIDDEN_OWNER)
    filed_again = Q(same_as__isnull=False) & ~Q(visibility=Visibility.HIDDEN_OWNER) & Exists(for_it)
    return found.exclude(filed_again)


def stands_for() -> Case:
    """The key of the need that stands for one in `one_of_each`, if both are found; null where it stands alone."""
    hidden = Visibility.HIDDEN_OWNER
    return Case(When(~Q(visibility=hidden) & ~Q(same_as__visibility=hidden), then=F("same_as_id")), default=None)


def own(user: User) -> QuerySet[TechNeed]:
    """Return all needs of the person's enterprises, in every state."""
    return _listed(TechNeed.objects.visible_to(user).filter(body__owner__in=user.organisations_with("need.edit")))


def waiting(user: User) -> QuerySet[TechNeed]:
    """Return the needs that wait for a decision of this person, as park or as region."""
    return _listed(TechNeed.objects.waiting_for_park(user) | TechNeed.objects.waiting_for_region(user))


def _listed(needs: QuerySet[TechNeed]) -> QuerySet[TechNeed]:
    return needs.select_related("region", "programme").order_by("-id")


def shown(user: Any, needs: Iterable[TechNeed], *, bodies: bool = False) -> list[Shown]:
    """Return the needs as this reader sees them, with bodies and indicators if asked; four queries at most."""
    rows = list(needs)
    keys = [need.pk for need in rows]
    known = NeedBody.objects.owner_known_to(user).filter(pk__in=keys).select_related("owner").only("need_id", "owner")
    owners = {body.pk: body.owner for body in known}
    if not bodies:
        return [Shown(need, owners.get(need.pk)) for need in rows]
    rows_of = Prefetch("indicators", NeedIndicator.objects.order_by("position"))
    # Contact data stay encrypted where they are until somebody entitled asks for them.
    read = NeedBody.objects.readable_by(user).filter(pk__in=keys).defer("contact").prefetch_related(rows_of)
    found = {body.pk: body for body in read}
    files = set()
    if user.is_authenticated:
        files = set(TechNeed.objects.with_file_open_to(user).filter(pk__in=keys).values_list("pk", flat=True))
    return [
        Shown(
            need,
            owners.get(need.pk),
            found.get(need.pk),
            list(found[need.pk].indicators.all()) if need.pk in found else [],
            need.pk in files,
        )
        for need in rows
    ]


def shown_in_batches(user: Any, keys: Sequence[int]) -> Iterator[Shown]:
    """Yield the needs with these keys in their order, with their bodies, a few queries for every 500."""
    for start in range(0, len(keys), _BATCH):
        batch = TechNeed.objects.visible_to(user).select_related("region", "programme").in_bulk(
            keys[start : start + _BATCH])  # fmt: skip
        yield from shown(user, [batch[key] for key in keys[start : start + _BATCH] if key in batch], bodies=True)


def actions(user: Any, need: TechNeed) -> set[str]:
    """Return the names of the steps this person may take with the need now."""
    if not user.is_authenticated:
        return set()
    found = set()
    if user.can("need.edit") and rules.owns(user, need):
        found |= {"edit", "submit"} if need.state in EDITABLE else set()
        found |= {"withdraw"} if rules.can_withdraw(user, need) else set()
        found |= {"reopen"} if rules.can_reopen(user, need) else set()
        found |= {"prolong"} if need.state in rules.PROLONGABLE else set()
        found |= {"edit"} if need.state in rules.REVISABLE else set()
    elif user.can("mandate.act") and rules.drafts_for_client(user, need):
        found.add("edit")
    if need.state in (NeedState.SUBMITTED, NeedState.CHECKED):
        checks = user.can("need.check_park") and rules.can_check(user, need)
        if checks or (user.can("need.publish") and rules.can_publish(user, need)):
            found.add("decide")
    return found


def problems_of(view: Shown) -> dict[str, Any]:
    """Return {field: sentence} of what keeps the owner's need from being handed in."""
    if view.body is None or view.enterprise is None:
        return {}
    values, rows = values_of(view.need, view.body), indicator_values(view.indicators)
    return missing(values, rows) | names_owner(values, rows, view.enterprise)


def open_sentences(need: TechNeed) -> int:
    """Return how many proposed sentences of a need wait for its owner's answer."""
    return NeedRewriteSentence.objects.filter(rewrite__need=need, answer="").count()


def invited(need: TechNeed) -> list[Organisation]:
    """Return the organisations that may see a need published to invited ones; for those to whom its file is open."""
    guests = NeedInvitation.objects.filter(need=need).select_related("organisation").order_by("pk")
    return [guest.organisation for guest in guests]
