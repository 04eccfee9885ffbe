"""Reads of the catalogue: what lists, pages and exports need, in a fixed number of queries."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404

from catalog.enums import IN_POOL, AchievementState
from catalog.models import (
    Achievement,
    AchievementBody,
    AchievementIndicator,
    Completer,
    CompletingUnit,
    Honour,
    IPItem,
)
from matchmaking.accounts.models import Membership, Organisation, OrganisationAlias, User
from matchmaking.accounts.rules import is_member
from matchmaking.accounts.services import fold_name
from matchmaking.programmes.models import Visibility

S = AchievementState
# The tabs of a person's own records: what waits for somebody first.
OWN_GROUPS: dict[str, tuple[str, ...]] = {
    "returned": (S.RETURNED,),
    "draft": (S.DRAFT,),
    "unit_review": (S.UNIT_REVIEW,),
    "submitted": (S.SUBMITTED,),
    "pool": IN_POOL,
    "closed": (S.REJECTED, S.SUSPENDED, S.WITHDRAWN, S.ARCHIVED),
}
SUGGESTIONS = 12


def _units() -> Prefetch:
    return Prefetch("completing_units", CompletingUnit.objects.select_related("organisation").order_by("position"))


def for_list(achievements: QuerySet[Achievement], *, texts: bool = False) -> QuerySet[Achievement]:
    """With what a row of a list shows; with `texts` also those in which a search may have found its words."""
    long_texts = ["needs_from_partner", "references", "awards", "benefit", "search_vector"]
    return (
        achievements.select_related("region")
        .defer(*long_texts, *([] if texts else ["key_points"]))
        .prefetch_related(_units())
    )


def for_page(achievements: QuerySet[Achievement]) -> QuerySet[Achievement]:
    """With everything that a page about one record shows."""
    return (
        achievements.select_related("body__owner", "body__created_by", "region", "programme")
        .defer("search_vector")
        .prefetch_related(
            _units(),
            Prefetch("completers", Completer.objects.select_related("organisation").order_by("position")),
            Prefetch("indicators", AchievementIndicator.objects.order_by("position", "pk")),
            Prefetch("ip_items", IPItem.objects.order_by("pk")),
            Prefetch("honours", Honour.objects.order_by("position", "pk")),
        )
    )


def for_checking(achievements: QuerySet[Achievement]) -> QuerySet[Achievement]:
    """As `for_page`, with the names of the owner, which nothing may tell when he is hidden (`missing_fields`)."""
    return for_page(achievements).select_related("body__owner__region").prefetch_related("body__owner__aliases")


def visible_or_404(user: Any, uuid: UUID) -> Achievement:
    """The record with its rows, if the person may see it; a hidden one is as missing as none."""
    return get_object_or_404(for_page(Achievement.objects.visible_to(user)), uuid=uuid)


def pool_for(user: Any) -> QuerySet[Achievement]:
    """The catalogue as a person sees it: what stands in the pool.

    The same rows as `visible_to` leaves in the pool. Said in this way, what is open to all members needs no look at
    owners and completers, which at a million records decides between milliseconds and seconds.
    """
    open_to = (
        [Visibility.PUBLIC, Visibility.MEMBERS, Visibility.HIDDEN_OWNER] if is_member(user) else [Visibility.PUBLIC]
    )
    closed = [value for value in Visibility.values if value not in open_to]
    also = Achievement.objects.visible_to(user).filter(state__in=IN_POOL, visibility__in=closed)
    seen = Q(visibility__in=open_to)
    if is_member(user):
        seen |= Q(pk__in=also.values("pk"))
    return Achievement.objects.filter(seen, state__in=IN_POOL)


def own_records(user: User) -> QuerySet[Achievement]:
    """What a person keeps: the organisation's records for its officers; for others what they entered or completed."""
    officer_of = user.organisations_with("achievement.unit_review")
    bodies = AchievementBody.objects.all()
    # A union, because each part has an index of its own; with OR the database would read every record there is.
    mine = (
        bodies.filter(owner__in=officer_of)
        .values("pk")
        .union(bodies.filter(created_by=user).values("pk"), Completer.objects.filter(user=user).values("achievement"))
    )
    return Achievement.objects.visible_to(user).filter(pk__in=mine)


def own_counts(user: User) -> dict[str, int]:
    """{group of OWN_GROUPS: how many}, in one query."""
    return group_counts(own_records(user))


def group_counts(records: QuerySet[Achievement]) -> dict[str, int]:
    """The same of those own records that a search has left."""
    sums = {name: Count("pk", filter=Q(state__in=states)) for name, states in OWN_GROUPS.items()}
    return records.order_by().aggregate(**sums)


def lead_unit(achievement: Achievement) -> Organisation | None:
    """The first completing unit, from the prefetched rows."""
    units = achievement.completing_units.all()
    return units[0].organisation if units else None


def organisation_names(text: str) -> list[str]:
    """Names of registered organisations of whose names one holds the text, or its first letters of pinyin do."""
    folded = fold_name(text)
    if len(folded) < 2:
        return []
    named = OrganisationAlias.objects.called(text).values("organisation")
    found = Organisation.objects.active().filter(pk__in=named)
    return list(found.order_by("name").values_list("name", flat=True)[:SUGGESTIONS])


def people_by_name(names: list[str], owner: Organisation) -> dict[str, User]:
    """{name: account} for those names that mean exactly one person who works for the owner now."""
    found: dict[str, list[User]] = {}
    working = Membership.objects.current().filter(organisation=owner)
    staff = User.objects.filter(full_name__in=names, pk__in=working.values("user"))
    for person in staff:
        found.setdefault(person.full_name, []).append(person)
    return {name: people[0] for name, people in found.items() if len(people) == 1}
