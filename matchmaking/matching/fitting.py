"""The other direction of a run: which open needs fit what a person answers for, read from the stored lists.

A candidate says that a record of the reader's own comes close to a need he may see. Both texts are open to him, so he
may know it before any officer has decided; what officers have decided is never part of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from catalog.models import Achievement, Completer
from experts.models import Expert
from matchmaking.accounts.models import User
from matchmaking.matching.enums import RunScope
from matchmaking.matching.explain import Line, lines
from matchmaking.matching.models import Candidate, Match, MatchRun, RunNeed
from matchmaking.matching.presenting import brief
from matchmaking.matching.selectors import ShownNeed, shown_needs
from matchmaking.programmes.models import Visibility
from needs.models import NeedBody, TechNeed

WINDOWS = ("day", "week", "look")
_UNSHOWN = ("need__search_vector", "need__body__search_vector", "need__body__contact", "achievement__search_vector",
            "expert__search_vector")  # fmt: skip


@dataclass(frozen=True)
class FittingNeed:
    """A need with the best own record for it, why it fits, and their match as far as the person sees one."""

    candidate: Candidate
    need: ShownNeed
    lines: list[Line]
    match: Match | None

    @property
    def ours(self) -> str:
        """What the own record is called."""
        target = self.candidate.target
        return target.title if isinstance(target, Achievement) else target.name


def own_achievements(user: User, *, of_park: bool = True) -> QuerySet[Achievement]:
    """Achievements in the pool that the person answers for, and those of organisations of his park."""
    keeps = Q(body__owner__in=user.organisations_with("achievement.unit_review"))
    keeps |= Q(body__created_by=user, body__owner__in=user.organisations_with("achievement.edit"))
    keeps |= Q(pk__in=Completer.objects.filter(user=user).values("achievement"))
    if of_park:
        keeps |= Q(body__owner__park__in=user.organisations_with("need.check_park"))
    return Achievement.objects.visible_to(user).matched().filter(keeps)


def own_experts(user: User) -> QuerySet[Expert]:
    """Experts in the pool for whom the person answers, himself among them, or of organisations of his park."""
    keeps = Q(body__owner__in=user.organisations_with("expert.nominate")) | Q(body__user=user)
    keeps |= Q(body__owner__park__in=user.organisations_with("need.check_park"))
    return Expert.objects.visible_to(user).matched().filter(keeps)


def fitting(user: User) -> QuerySet[Candidate]:
    """The best own candidate, above the floor, of every open need that the person sees, by the newest list of the need.

    Set-based: the rows of the person's own records are found by their index, whatever the runs hold besides.
    """
    ours = [
        Candidate.objects.filter(achievement__in=own_achievements(user).values("pk")),
        Candidate.objects.filter(expert__in=own_experts(user).values("pk")),
    ]
    # A union, because each part has an index of its own.
    keys = ours[0].values("pk").union(ours[1].values("pk"), all=True)
    best = (
        standing(Candidate.objects.filter(pk__in=keys, above_floor=True))
        .filter(need__in=TechNeed.objects.visible_to(user).matched().values("pk"))
        .filter(_told(user))
        .order_by("need", "-score", "-run", "pk")
        .distinct("need")
    )
    return Candidate.objects.filter(pk__in=best.values("pk"))


def standing(found: QuerySet[Candidate]) -> QuerySet[Candidate]:
    """Those that still hold: they stand on the newest list of their need, or were added to it later, and neither the
    need nor the target has been matched by itself since."""
    lists = RunNeed.objects.filter(need=OuterRef("need"), run__finished_at__isnull=False).order_by("-run")
    of_kind = {kind: Subquery(lists.standing(kind).values("stands")[:1]) for kind in ("achievement", "expert")}
    dated = found.filter(run__finished_at__isnull=False).annotate(
        newest=Coalesce(Subquery(lists.values("run")[:1]), 0),
        stands=Case(When(expert=None, then=of_kind["achievement"]), default=of_kind["expert"]),
    )
    held = dated.filter(Q(run=F("stands")) | Q(run__gt=F("newest"))).annotate(since=Greatest("run", "newest"))
    for scope in (RunScope.NEED, RunScope.ACHIEVEMENT, RunScope.EXPERT):
        later = MatchRun.objects.filter(scope=scope, pk__gt=OuterRef("since"), finished_at__isnull=False)
        held = held.filter(~Exists(later.filter(**{scope.value: OuterRef(scope.value)})))
    return held


def _told(user: User) -> Q:
    """The engine leaves out pairs of one owner and declared conflicts. Whoever changes those of his own record would
    find out who stands behind a need, so of a hidden owner only matches are told that he sees anyway."""
    known = NeedBody.objects.owner_known_to(user).filter(pk=OuterRef("need"))
    seen = Match.objects.visible_to(user).filter(need=OuterRef("need"))
    pair = Q(achievement=OuterRef("achievement")) | Q(expert=OuterRef("expert"))
    return ~Q(need__visibility=Visibility.HIDDEN_OWNER) | Exists(known) | Exists(seen.filter(pair))


def arrived_since(window: str, looked_before: datetime | None) -> Q:
    """A filter for needs published since yesterday, within seven days, or since the person's last look."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    since = {"day": today - timedelta(days=1), "week": today - timedelta(days=7), "look": looked_before}[window]
    return Q() if since is None else Q(need__published_at__gte=since)


def counts_by_window(found: QuerySet[Candidate], looked_before: datetime | None) -> dict[str, int]:
    """How many needs fit in "all" and how many arrived within each window; one query."""
    asked: dict[str, Any] = {"all": Count("pk")}
    asked |= {name: Count("pk", filter=arrived_since(name, looked_before) or None) for name in WINDOWS}
    return found.aggregate(**asked)


def with_records(found: QuerySet[Candidate]) -> QuerySet[Candidate]:
    """Load what a row shows."""
    return found.select_related("need__region", "need__body__owner", "achievement", "expert").defer(*_UNSHOWN)


def fitting_rows(found: Iterable[Candidate], user: User) -> list[FittingNeed]:
    """Return the rows of a page, in a fixed number of queries."""
    candidates = list(found)
    needs = shown_needs(candidates, user)
    matches = _matches(candidates, user)
    return [
        FittingNeed(
            one,
            needs[one.need_id],
            brief(lines(one.reasons, body_open=needs[one.need_id].body is not None, strong=one.above_floor)),
            matches.get((one.need_id, one.achievement_id, one.expert_id)),
        )
        for one in candidates
    ]


def _matches(candidates: Iterable[Candidate], user: User) -> dict[tuple[int, int | None, int | None], Match]:
    """The matches of these pairs that the person sees: of the engine's own proposals none before their release."""
    seen = Match.objects.visible_to(user).filter(need__in=[one.need_id for one in candidates], team=None)
    return {(one.need_id, one.achievement_id, one.expert_id): one for one in seen}
