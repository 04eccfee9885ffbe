"""What the figures of an assignment come to, in sentences: what limits it, what it brings, what it costs."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import F
from django.utils.translation import gettext as _

from matchmaking.matching.fairness import LIST_LABELS, Seen


def verdict(seen: Seen) -> list[tuple[str, str]]:
    """What limited the assignment, what it brings against the best lists and what it costs: a heading and a sentence
    each, from the stored figures."""
    before, after = (seen.plan.figures[seen.kind][name] for name in ("best", "assigned"))
    crowded = seen.loads().filter(most__lt=F("best") + F("elsewhere")).count()
    empty, same_unit = int(before["places"] - after["places"]), int(after.get("empty_unit", 0))
    if crowded:
        limit = _("%(n)s are asked for by more needs than they can take.") % {"n": crowded}
    else:
        limit = _("Load limits nothing in this run: nobody is asked for by more needs than he can take.")
    if same_unit:
        limit += " " + _("%(n)s places stay empty because of the rule that a unit stands on a list once.") % {
            "n": same_unit
        }
    if after.get("empty_load"):
        limit += " " + _("%(n)s places stay empty because everybody left for them is full.") % {
            "n": int(after["empty_load"])
        }
    lost = 100 * (1 - after["total"] / before["total"]) if before["total"] else 0.0
    cost = _("%(share)s %% of the total score") % {"share": f"{max(0.0, lost):.1f}"}
    if empty > 0:
        cost = _("%(share)s %% of the total score, %(n)s places") % {"share": f"{max(0.0, lost):.1f}", "n": empty}
    return [
        (_("What limits it"), limit),
        (_("What it brings"), "；".join(_gains(before, after, same_unit)) or _("nothing in this run")),
        (_("What it costs"), cost),
        *_beside_fair(after, seen.plan.figures[seen.kind]["fair"]),
    ]


def _beside_fair(assigned: Mapping[str, float], fair: Mapping[str, float]) -> list[tuple[str, str]]:
    """Why the fair variant has the greater total, where it has: the other one gives more their least load first."""
    more = int(fair.get("idle", 0) - assigned.get("idle", 0))
    if more <= 0 or fair["total"] <= assigned["total"]:
        return []
    said = _("Its total is a little greater, because it leaves %(n)s more below their least load.")
    return [(str(LIST_LABELS["fair"]), said % {"n": more})]


def _gains(before: Mapping[str, float], after: Mapping[str, float], same_unit: int) -> list[str]:
    found = []
    if after["busiest"] < before["busiest"]:
        said = _("the busiest stands on %(after)s lists instead of %(before)s")
        found.append(said % {"after": int(after["busiest"]), "before": int(before["busiest"])})
    if after["used"] > before["used"]:
        found.append(_("%(n)s more stand on at least one list") % {"n": int(after["used"] - before["used"])})
    if after["covered"] > before["covered"]:
        found.append(_("%(n)s more needs have somebody") % {"n": int(after["covered"] - before["covered"])})
    if same_unit:
        found.append(_("no unit stands on a list twice"))
    return found


def same_in_both(seen: Seen) -> bool:
    """Both variants give every need and every target the same, as far as the rows are kept."""
    differing = (
        seen.outcomes().exclude(assigned=F("fair")).exists() or seen.loads().exclude(assigned=F("fair")).exists()
    )
    return seen.outcomes().exists() and not differing
