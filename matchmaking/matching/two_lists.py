"""The two lists of a need, best and under load, with what stands between them; and the places officers may release."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from matchmaking.accounts.models import User
from matchmaking.matching.enums import AssignedBecause, Kind, Uncovered, Variant
from matchmaking.matching.fairness import with_targets
from matchmaking.matching.models import (
    Assignment,
    AssignmentPlan,
    Candidate,
    Match,
    NeedOutcome,
    RunNeed,
    RunTarget,
    Target,
    TargetLoad,
)
from matchmaking.matching.presenting import ShownTarget, open_targets
from matchmaking.matching.selectors import decided_needs
from matchmaking.matching.services.scarcity import capacity_of, eligible, held_matches, units_of
from matchmaking.matching.workflow import REFUSED
from needs.models import TechNeed


@dataclass(frozen=True)
class Entry:
    """A line of a list: who, how well, the match there is already, and a mark with its tone."""

    target: ShownTarget
    score: float | None
    match: Match | None
    mark: str
    tone: str


@dataclass(frozen=True)
class KindLists:
    """Both lists of one kind, of so many places at most; `why` says why nobody is assigned."""

    label: str
    places: int
    best: list[Entry]
    assigned: list[Entry]
    why: str


@dataclass(frozen=True)
class TwoLists:
    """What the page of a need shows of an assignment, and how many places of it wait for a release."""

    plan: AssignmentPlan
    kinds: list[KindLists]
    releasable: int
    release_url: str


def two_lists_for(user: User, need: TechNeed) -> TwoLists | None:
    """Return both lists for an officer who decides on the need's matches, once it has taken part in an assignment."""
    plan = plan_of(need) if may_see_lists(user, need) else None
    if plan is None:
        return None
    waiting = releasable(user, plan).filter(need=need).count()
    url = f"{reverse('matching:assigned', args=[plan.run.uuid])}?need={need.public_no}"
    return TwoLists(plan, lists_of(need, plan, user), waiting, url)


def may_see_lists(user: User, need: TechNeed) -> bool:
    """Officers who decide on the matches of the need."""
    return decided_needs(user).filter(pk=need.pk).exists()


def plan_of(need: TechNeed) -> AssignmentPlan | None:
    """The newest assignment the need took part in."""
    outcome = NeedOutcome.objects.filter(need=need, run=OuterRef("run"))
    return AssignmentPlan.objects.select_related("run").filter(Exists(outcome)).order_by("-pk").first()


def lists_of(need: TechNeed, plan: AssignmentPlan, user: User) -> list[KindLists]:
    """Both lists of a need for those who decide on its matches, in a fixed number of queries a kind."""
    matches = {_key(match): match for match in Match.objects.filter(need=need)}
    mine = Assignment.objects.filter(run=plan.run_id, variant=plan.variant, need=need)
    places = list(with_targets(mine).order_by("position"))
    outcomes = {one.kind: one for one in NeedOutcome.objects.filter(run=plan.run_id, need=need)}
    found = []
    for kind in Kind.values:
        if kind in outcomes:
            chosen = [place for place in places if place.target_kind == kind]
            quota = int(plan.limits["places"][kind])
            best = list(with_targets(eligible(plan.run, kind).filter(need=need)).defer("reasons").order_by("rank"))
            best = best[:quota]
            found.append(
                _kind_lists(
                    plan,
                    kind,
                    best=best,
                    places=chosen,
                    outcome=outcomes[kind],
                    matches=matches,
                    shown=open_targets([*best, *chosen], user, inside=True),
                )
            )
    return found


def _kind_lists(
    plan: AssignmentPlan,
    kind: str,
    *,
    best: Sequence[Candidate],
    places: Sequence[Assignment],
    outcome: NeedOutcome,
    matches: dict[tuple[str, int], Match],
    shown: dict[tuple[str, int], ShownTarget],
) -> KindLists:
    given = {_key(place) for place in places}
    keys = [one.target.pk for one in best]
    loads = {
        getattr(load, f"{kind}_id"): load
        for load in TargetLoad.objects.filter(run=plan.run_id, **{f"{kind}__in": keys})
    }
    fair = plan.variant == Variant.FAIR
    units = units_of(kind, [place.target.pk for place in places] + keys)
    taken = {units.get(place.target.pk) for place in places} - {None}
    wished = []
    for one in best:
        key = _key(one)
        if key in given:
            mark, tone = _("assigned"), "green"
        else:
            mark, tone = _missing(loads.get(key[1]), fair=fair, same_unit=units.get(key[1]) in taken)
        wished.append(Entry(shown[key], one.score, matches.get(key), mark, tone))
    assigned = [
        Entry(
            shown[_key(place)],
            place.score,
            matches.get(_key(place)),
            "" if place.because == AssignedBecause.BEST else place.get_because_display(),
            "blue" if place.because == AssignedBecause.HELD else "grey",
        )
        for place in places
    ]
    why = outcome.why_uncovered_fair if fair else outcome.why_uncovered
    quota = int(plan.limits["places"][kind])
    return KindLists(str(Kind(kind).label), quota, wished, assigned, str(Uncovered(why).label) if why else "")


def _missing(load: TargetLoad | None, *, fair: bool, same_unit: bool) -> tuple[str, str]:
    """Why somebody of the best list has no place under load."""
    if load is None:
        return _("has left the pool"), "grey"
    borne = load.elsewhere + (load.fair if fair else load.assigned)
    if borne >= load.most:
        return _("full: %(borne)s of %(most)s") % {"borne": borne, "most": load.most}, "orange"
    return (_("its unit is on the list already") if same_unit else _("left to another need")), "grey"


def _key(row: Target) -> tuple[str, int]:
    key = row.achievement_id or row.expert_id or row.team_id
    assert key is not None  # the CHECK constraint
    return row.target_kind, key


# --- What officers may release ------------------------------------------------------------------------------------


def releasable(user: User, plan: AssignmentPlan) -> QuerySet[Assignment]:
    """Places the officer may release: of needs in his reach that no later assignment has, assigned for the texts of
    now, not held by a live match already."""
    reach = user.in_reach("match.review", "need__region", programme="need__programme")
    rows = Assignment.objects.filter(reach, run=plan.run_id, variant=plan.variant)
    rows = rows.exclude(because=AssignedBecause.HELD)
    later = NeedOutcome.objects.filter(need=OuterRef("need"), run__gt=plan.run_id)
    read = RunNeed.objects.filter(run=plan.run_id, need=OuterRef("need"), text_version=OuterRef("need__text_version"))
    rows = rows.filter(~Exists(later), Exists(read))
    for kind in Kind.values:
        unchanged = Q(
            state__in=REFUSED,
            need_text_version=OuterRef("need__text_version"),
            target_text_version=OuterRef(f"{kind}__text_version"),
        )
        read_target = RunTarget.objects.filter(
            run=plan.run_id, kind=kind, target=OuterRef(kind), text_version=OuterRef(f"{kind}__text_version")
        )
        rows = rows.filter(Q(**{kind: None}) | Exists(read_target))
        decided = Match.objects.filter(need=OuterRef("need"), **{kind: OuterRef(kind)})
        rows = rows.filter(~Exists(decided.filter(unchanged | Q(pk__in=held_matches(kind).values("pk")))))
    return rows


def in_order(places: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """The order in which the places are listed and released."""
    return places.order_by(F("score").desc(nulls_last=True), "need__public_no", "pk")


def matches_at(places: Iterable[Assignment]) -> dict[int, Match]:
    """The matches there are of these places, by the id of the place, in one query."""
    rows = list(places)
    found = Match.objects.filter(need__in={place.need_id for place in rows})
    matches = {(one.need_id, *_key(one)): one for one in found.defer("reasons")}
    keys = {place.pk: (place.need_id, *_key(place)) for place in rows}
    return {pk: matches[key] for pk, key in keys.items() if key in matches}


def borne_now(places: Iterable[Target]) -> dict[tuple[str, int], tuple[int, int]]:
    """How many live matches every target of these rows has now and how many it takes, in a few queries."""
    rows = list(places)
    found: dict[tuple[str, int], tuple[int, int]] = {}
    for kind in Kind.values:
        named = {row.target.pk: row.target for row in rows if row.target_kind == kind}
        if not named:
            continue
        counts = Counter(held_matches(kind).filter(**{f"{kind}__in": named}).values_list(f"{kind}_id", flat=True))
        if kind == Kind.EXPERT:
            counts.update(held_matches("team").filter(team__lead__in=named).values_list("team__lead_id", flat=True))
        found |= {(kind, key): (counts[key], capacity_of(kind, target)) for key, target in named.items()}
    return found


def candidates_of(plan: AssignmentPlan, places: Sequence[Assignment]) -> dict[tuple[int, str, int], Candidate]:
    """What the run says of these places, by need, kind and target, in one query."""
    needs = {place.need_id for place in places}
    rows = Candidate.objects.of_run(plan.run).filter(need__in=needs)
    wanted = {(place.need_id, *_key(place)) for place in places}
    keys = Q(pk__in=[])
    for kind in Kind.values:
        keys |= Q(**{f"{kind}__in": [key for _need, one, key in wanted if one == kind]})
    return {(row.need_id, *_key(row)): row for row in rows.filter(keys) if (row.need_id, *_key(row)) in wanted}
