"""What the fairness page of a run counts: loads, coverage and what needs get, on three lists side by side.

`best` is what every need would get if everybody had time for everything, `assigned` and `fair` are the two variants of
the assignment. Every figure is one aggregate over the stored rows, and names the filter that gives the rows behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Case, Count, Exists, F, OuterRef, Q, QuerySet, Sum, When
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from matchmaking.accounts.enums import Size
from matchmaking.accounts.models import User
from matchmaking.matching.enums import Kind, Uncovered
from matchmaking.matching.models import Assignment, AssignmentPlan, MatchRun, NeedOutcome, TargetLoad
from matchmaking.matching.selectors import decided_needs
from matchmaking.matching.services.assigning import LIST_NAMES
from matchmaking.vocabularies.selectors import region_label
from needs.models import NeedBody

LIST_LABELS = {
    "best": gettext_lazy("Best for each need"),
    "assigned": gettext_lazy("Assigned under load"),
    "fair": gettext_lazy("Fair variant"),
}
LISTS = tuple(LIST_NAMES)
WHY_OF = {"assigned": "why_uncovered", "fair": "why_uncovered_fair"}
# Numbers of lists a target stands on, from and to; scores a place of a need gets on average, above and up to.
LOAD_BINS = ((0, 0), (1, 1), (2, 2), (3, 4), (5, 8), (9, 16), (17, 32), (33, 1_000_000))
SCORE_BINS = ((-1.0, 0.0), (0.0, 0.2), (0.2, 0.4), (0.4, 0.5), (0.5, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 1_000.0))


@dataclass(frozen=True)
class Seen:
    """One kind of target of one run, as a page asks for it."""

    run: MatchRun
    plan: AssignmentPlan
    kind: str

    @property
    def places(self) -> int:
        return int(self.plan.limits["places"][self.kind])

    def loads(self) -> QuerySet[TargetLoad]:
        return TargetLoad.objects.filter(run=self.run, **{f"{self.kind}__isnull": False})

    def outcomes(self) -> QuerySet[NeedOutcome]:
        return NeedOutcome.objects.filter(run=self.run, kind=self.kind)

    def link(self, route: str, **query: Any) -> str:
        values = QueryDict(mutable=True)
        values.update({"kind": self.kind, **query})
        return f"{reverse(f'matching:{route}', args=[self.run.uuid])}?{values.urlencode()}"


def kinds_of(plan: AssignmentPlan) -> list[str]:
    """The kinds of target a plan has given away, in the order of the pages."""
    return [kind for kind in Kind.values if kind in plan.figures]


# --- Figures ------------------------------------------------------------------------------------------------------


def congestion(seen: Seen) -> list[dict[str, Any]]:
    """How many targets stand on how many lists, in one query."""
    counts = {
        f"{name}_{at}": Count("pk", filter=load_within(name, at)) for at in range(len(LOAD_BINS)) for name in LISTS
    }
    found = seen.loads().aggregate(**counts)
    rows = [
        {
            "label": load_label(at),
            "cells": [
                (name, found[f"{name}_{at}"], seen.link("fairness_targets", list=name, bin=at)) for name in LISTS
            ],
        }
        for at in range(len(LOAD_BINS))
    ]
    return drawn(rows)


def load_within(name: str, at: int) -> Q:
    least, most = LOAD_BINS[at]
    return Q(**{f"{name}__gte": least, f"{name}__lte": most})


def load_label(at: int) -> str:
    least, most = LOAD_BINS[at]
    if least == most:
        return str(least)
    return _("%(n)s and more") % {"n": least} if most >= LOAD_BINS[-1][1] else f"{least}–{most}"


def satisfaction(seen: Seen) -> list[dict[str, Any]]:
    """How many needs get how much a place, in one query."""
    counts = {
        f"{name}_{at}": Count("pk", filter=score_within(name, at, seen.places))
        for at in range(len(SCORE_BINS))
        for name in LISTS
    }
    found = seen.outcomes().aggregate(**counts)
    rows = [
        {
            "label": score_label(at),
            "cells": [(name, found[f"{name}_{at}"], seen.link("fairness_needs", list=name, bin=at)) for name in LISTS],
        }
        for at in range(len(SCORE_BINS))
    ]
    return drawn(rows)


def score_within(name: str, at: int, places: int) -> Q:
    above, most = SCORE_BINS[at]
    return Q(**{f"{name}__gt": above * places, f"{name}__lte": most * places})


def score_label(at: int) -> str:
    above, most = SCORE_BINS[at]
    if at == 0:
        return "0"
    if at == len(SCORE_BINS) - 1:
        return _("above %(n)s") % {"n": round(100 * above)}
    return f"{round(100 * above)}–{round(100 * most)}"


def coverage(seen: Seen) -> list[dict[str, Any]]:
    """Needs that have somebody, and those that have nobody by reason, in one query. The best list leaves nobody out
    for want of time."""
    found: dict[str, dict[str, int]] = {name: dict.fromkeys(["", *Uncovered.values], 0) for name in LISTS}
    pairs = seen.outcomes().values_list("why_uncovered", "why_uncovered_fair").annotate(n=Count("pk")).order_by()
    for why, why_fair, number in pairs:
        found["best"]["" if why == Uncovered.ALL_FULL else why] += number
        found["assigned"][why] += number
        found["fair"][why_fair] += number
    return drawn(
        [
            {
                "label": Uncovered(why).label if why else _("have somebody"),
                "cells": [
                    (name, found[name][why], seen.link("fairness_needs", list=name, why=why or "covered"))
                    for name in LISTS
                ],
            }
            for why in ["", *Uncovered.values]
        ]
    )


def drawn(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of (list, number, link) with the width of every bar in hundredths of the longest one."""
    largest = max((number for row in rows for _name, number, _url in row["cells"]), default=0) or 1
    return [
        {
            "label": row["label"],
            "cells": [
                {"name": name, "label": LIST_LABELS[name], "value": number, "url": url if number else "",
                 "width": f"{100 * number / largest:.2f}"}
                for name, number, url in row["cells"]
            ],
        }
        for row in rows
    ]  # fmt: skip


def by_region(seen: Seen) -> list[dict[str, Any]]:
    """What the needs of every region get; regions with the largest loss first."""
    rows = seen.outcomes().values(key=F("need__region"))
    return _groups(seen, rows, "region", region_label)


def by_size(seen: Seen, user: User) -> list[dict[str, Any]]:
    """What the needs of enterprises of every size get, as far as the reader may know the enterprise."""
    known = NeedBody.objects.owner_known_to(user).values("pk")
    rows = seen.outcomes().filter(need__in=known).values(key=F("need__body__owner__size"))
    return _groups(seen, rows, "size", size_label)


def size_label(code: str) -> str:
    return str(Size(code).label) if code in Size.values else _("not stated")


def _groups(seen: Seen, rows: Any, name: str, label: Any) -> list[dict[str, Any]]:
    found = rows.annotate(
        needs=Count("pk"),
        covered=Count("pk", filter=Q(why_uncovered="")),
        covered_fair=Count("pk", filter=Q(why_uncovered_fair="")),
        wished=Sum("best"),
        got=Sum("assigned"),
        got_fairly=Sum("fair"),
        mean=Avg("assigned"),
    ).order_by()
    shown = [
        row
        | {
            "label": label(row["key"]),
            "kept": 100 * row["got"] / row["wished"] if row["wished"] else None,
            "kept_fair": 100 * row["got_fairly"] / row["wished"] if row["wished"] else None,
            "url": seen.link("fairness_needs", **{name: row["key"] or "none"}),
        }
        for row in found
    ]
    return sorted(shown, key=lambda row: (row["kept"] if row["kept"] is not None else 1_000, row["label"]))


def busiest(seen: Seen) -> QuerySet[TargetLoad]:
    """The ten that stand on the most best lists."""
    return with_targets(seen.loads()).order_by("-best", "-assigned", "pk")[:10]


def with_targets(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Load what a row says of its target, without the long columns."""
    long = [f"{kind}__search_vector" for kind in Kind.values]
    loaded = rows.select_related("achievement", "expert__organisation", "team").defer(*long)
    return loaded.prefetch_related("achievement__completing_units__organisation")


# --- The rows behind the figures ----------------------------------------------------------------------------------


def targets(seen: Seen, asked: Mapping[str, str]) -> QuerySet[TargetLoad]:
    """Targets on as many lists as asked for, the busiest first."""
    name = asked["list"] if asked.get("list") in LISTS else "assigned"
    rows = seen.loads()
    at = number(asked.get("bin"), len(LOAD_BINS))
    if at is not None:
        rows = rows.filter(load_within(name, at))
    if asked.get("full"):
        rows = rows.filter(most__lte=F("elsewhere") + F(name))
    return with_targets(rows).order_by(f"-{name}", "-best", "pk")


def needs(seen: Seen, asked: Mapping[str, str], user: User) -> QuerySet[NeedOutcome]:
    """Needs that got nobody for a reason, or so much a place, of a region or a size; the worst served first."""
    name = asked["list"] if asked.get("list") in LISTS else "assigned"
    rows = seen.outcomes()
    why = asked.get("why", "")
    column = WHY_OF.get(name, "why_uncovered")
    if why == "covered":
        rows = rows.filter(Q(**{column: ""}) | (Q(**{column: Uncovered.ALL_FULL}) if name == "best" else Q(pk=None)))
    elif why == "uncovered":
        rows = rows.exclude(**{column: ""})
    elif why in Uncovered.values:
        rows = rows.none() if (name, why) == ("best", Uncovered.ALL_FULL) else rows.filter(**{column: why})
    at = number(asked.get("bin"), len(SCORE_BINS))
    if at is not None:
        rows = rows.filter(score_within(name, at, seen.places), need__in=decided_needs(user).values("pk"))
    if asked.get("region"):
        rows = rows.filter(need__region=asked["region"])
    if asked.get("size"):
        size = "" if asked["size"] == "none" else asked["size"]
        rows = rows.filter(need__in=NeedBody.objects.owner_known_to(user).values("pk"), need__body__owner__size=size)
    loaded = rows.select_related("need__region", "need__body__owner")
    return _told_first(loaded.defer("need__search_vector", "need__body__search_vector"), name, user).order_by(
        F("told").asc(nulls_last=True), "need__public_no"
    )


def _told_first(rows: QuerySet[Any], column: str, user: User) -> QuerySet[Any]:
    """Annotate the number that the person may be told (`told`): of needs on whose matches he decides (`is_told`)."""
    decided = decided_needs(user).filter(pk=OuterRef("need"))
    return rows.annotate(is_told=Exists(decided)).annotate(told=Case(When(is_told=True, then=F(column))))


def places(seen: Seen, target: Any, name: str, user: User) -> QuerySet[Assignment]:
    """The places of one target on the lists of all needs, the best first."""
    found = Assignment.objects.filter(run=seen.run, variant=LIST_NAMES[name], **{seen.kind: target})
    loaded = found.select_related("need__region", "need__body__owner")
    return _told_first(loaded.defer("need__search_vector", "need__body__search_vector"), "score", user).order_by(
        F("told").desc(nulls_last=True), "need__public_no"
    )


def number(text: str | None, below: int) -> int | None:
    """The whole number a link carries, if it is one of those there are."""
    digits = text or ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 4 and int(digits) < below else None


def figure_rows(figures: Mapping[str, Mapping[str, float]]) -> list[dict[str, Any]]:
    """The summary figures of a kind, one row each with its three values; None where a list has no such figure."""
    wanted: Iterable[tuple[str, Any, str]] = (
        ("covered", gettext_lazy("Needs that have somebody"), "count"),
        ("places", gettext_lazy("Places given"), "count"),
        ("total", gettext_lazy("Total score (up to 100 a place)"), "score"),
        ("price", gettext_lazy("Price against the greatest total (share)"), "share"),
        ("mean", gettext_lazy("A need gets on average"), "score"),
        ("worst", gettext_lazy("The worst-served 5 % of the needs get on average"), "score"),
        ("served", gettext_lazy("Worst-served need: best place against its best candidate"), "percent"),
        ("busiest", gettext_lazy("Lists of the busiest"), "count"),
        ("used", gettext_lazy("On at least one list"), "count"),
        ("idle", gettext_lazy("Below their least load"), "count"),
        ("gini", gettext_lazy("Inequality of loads (Gini, 0 = all the same)"), "ratio"),
        ("empty_unit", gettext_lazy("Places left empty: only units that stand on the list already"), "count"),
        ("empty_load", gettext_lazy("Places left empty: all the others full"), "count"),
        ("moved", gettext_lazy("Places that moved on because of load, unit or balance"), "count"),
    )
    return [
        {
            "label": label,
            "cells": [{"label": LIST_LABELS[name], "value": _said(figures.get(name, {}), key, how)} for name in LISTS],
        }
        for key, label, how in wanted
    ]


def _said(values: Mapping[str, float], key: str, how: str) -> str | None:
    if key not in values:
        return None
    value = values[key]
    if how == "count":
        return f"{int(value):,}"
    if how == "share":
        whole = values["total"] + value
        return f"{100 * value / whole:.2f} %" if whole else "0 %"
    if how == "percent":
        return f"{100 * value:.0f} %"
    return f"{value:,.3f}" if how == "ratio" else f"{100 * value:,.1f}"


def narrowed(asked: Mapping[str, str], label: Callable[[int], str]) -> list[str]:
    """What the list was narrowed to, in words."""
    why = asked.get("why", "")
    said = []
    if why in Uncovered.values:
        said.append(str(Uncovered(why).label))
    elif why in ("covered", "uncovered"):
        said.append(_("have somebody") if why == "covered" else _("have nobody"))
    if (at := number(asked.get("bin"), len(SCORE_BINS))) is not None:
        said.append(label(at))
    if asked.get("region"):
        said.append(region_label(asked["region"]))
    if asked.get("size"):
        said.append(size_label(asked["size"]))
    if asked.get("full"):
        said.append(_("full"))
    return said
