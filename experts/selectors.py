"""Reads about experts for pages, exports and the API."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from experts import rules
from experts.enums import ExpertState
from experts.models import Expert, ExpertWork
from matchmaking.accounts.models import User
from matchmaking.intake.selectors import decisions_of

KIND = "expert"
S = ExpertState
# The tabs of the own entries: what waits for somebody first.
OWN_GROUPS: dict[str, tuple[str, ...]] = {
    "returned": (S.RETURNED, S.REFUSED),
    "nominated": (S.NOMINATED,),
    "consented": (S.CONSENTED,),
    "unit_agreed": (S.UNIT_AGREED,),
    "pool": (S.IN_POOL,),
    "out": (S.SUSPENDED, S.EXPIRED, S.LEFT, S.MERGED),
}


def for_list(experts: QuerySet[Expert]) -> QuerySet[Expert]:
    """With what a row of a list shows."""
    return experts.select_related("organisation", "region").defer("search_vector")


def with_works(experts: QuerySet[Expert]) -> QuerySet[Expert]:
    """With the works, in which a search may have found its words."""
    return experts.prefetch_related(Prefetch("works", ExpertWork.objects.order_by("position")))


def for_page(experts: QuerySet[Expert]) -> QuerySet[Expert]:
    """With what a page about one entry shows; contact data are loaded with the body, rules say who reads them."""
    return (
        experts.select_related("organisation", "region", "programme", "body__owner", "body__user", "body__consent")
        .defer("search_vector")
        .prefetch_related(Prefetch("works", ExpertWork.objects.order_by("position")))
    )


def pool(user: Any) -> QuerySet[Expert]:
    """The experts in the pool whom the reader sees."""
    return Expert.objects.visible_to(user).filter(state=S.IN_POOL)


def own(user: User) -> QuerySet[Expert]:
    """The entries a person keeps: of his unit if he nominates, and his own."""
    mine = Q(pk__in=Expert.objects.nominated_by(user).values("pk")) | Q(body__user=user)
    return Expert.objects.visible_to(user).filter(mine)


def own_entry(user: User) -> QuerySet[Expert]:
    """The person's own entries, the newest first; one that was merged is named on the page of the other one."""
    own = Expert.objects.visible_to(user).filter(body__user=user).exclude(state=S.MERGED)
    return for_list(own).order_by("-id")


def waiting(user: User) -> QuerySet[Expert]:
    """The entries that wait for this officer."""
    return for_list(Expert.objects.visible_to(user).waiting_for_region(user))


def actions(user: Any, expert: Expert) -> dict[str, bool]:
    """{step: whether this person may take it now}."""
    return {
        "consent": rules.can_consent(user, expert),
        "agree": rules.can_agree(user, expert),
        "edit": rules.can_edit(user, expert),
        "hand_in": rules.can_hand_in(user, expert),
        "decide": rules.can_review(user, expert),
        "suspend": rules.can_suspend(user, expert),
        "resume": rules.can_resume(user, expert),
        "renew": rules.can_renew(user, expert),
        "leave": rules.can_leave(user, expert),
    }


def decisions(expert: Expert) -> list[dict[str, Any]]:
    """The decisions on an entry, newest first, with their notes; for those to whom its file is open."""
    from experts.presenting import label_of  # presenting reads the form, which reads rules

    return decisions_of(expert, KIND, label_of)
