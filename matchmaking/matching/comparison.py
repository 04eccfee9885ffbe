"""Values for the page that compares two runs: rows as far as the reader may see them, tabs and reasons as links."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from matchmaking.accounts.models import User
from matchmaking.matching.enums import Change, Why
from matchmaking.matching.explain import lines
from matchmaking.matching.models import Candidate
from matchmaking.matching.presenting import open_targets
from matchmaking.matching.selectors import ShownNeed, shown_needs
from matchmaking.matching.services.comparing import Comparison, Pair, candidates_of

TONES = {Change.NEW: "green", Change.GONE: "grey", Change.MOVED: "azure"}
LEAST_SHOWN = 0.005  # of the score: half a point
MOST_SHOWN = 3
_AT_ONCE = 500


def compared_rows(pairs: Sequence[Pair], user: User) -> list[dict[str, Any]]:
    """Return one row per pair: need and target as the reader may see them, and, if he reads both texts, both
    places and what moved the score."""
    known = candidates_of(list(pairs))
    needs, targets = shown_needs(known.values(), user), open_targets(known.values(), user, inside=True)
    rows = []
    for pair in pairs:
        old, new = known.get(pair.old or 0), known.get(pair.new or 0)
        shown = new or old
        if shown is None:  # pruned this very moment
            continue
        target = targets[shown.target_kind, shown.target.pk]
        rows.append({
            "pair": pair,
            "change": Change(pair.change).label,
            "tone": TONES[Change(pair.change)],
            "why": Why(pair.why).label,
            "number": shown.need.public_no,
            "need": needs[pair.need],
            "target": target,
            "old": old,
            "new": new,
            "climbed": old.rank - new.rank if old and new else 0,
            "fallen": new.rank - old.rank if old and new else 0,
            "crossed": bool(new and new.above_floor) - bool(old and old.above_floor),
            "whole": needs[pair.need].body is not None and target.is_open,
            "moved": _moved(old, new, needs[pair.need], is_open=target.is_open),
        })  # fmt: skip
    return rows


def _moved(old: Candidate | None, new: Candidate | None, need: ShownNeed, *, is_open: bool) -> list[dict[str, Any]]:
    """The lines of the explanation that changed most, with the change of their contribution; none where the reader may
    not see contributions."""
    if old is None or new is None:
        return []
    before, after = (
        {
            line.name: line.contribution
            for line in lines(one.reasons, body_open=need.body is not None, target_open=is_open)
        }
        for one in (old, new)
    )
    names = dict.fromkeys([*after, *before])
    apart = {name: (after.get(name) or 0.0) - (before.get(name) or 0.0) for name in names}
    largest = sorted(apart, key=lambda name: -abs(apart[name]))[:MOST_SHOWN]
    return [
        {"name": name, "change": f"{apart[name] * 100:+.1f}"} for name in largest if abs(apart[name]) >= LEAST_SHOWN
    ]


def comparison_links(found: Comparison) -> dict[str, Any]:
    """Return the tabs (all, new, gone, moved), the reasons and the kinds, each a link that keeps the other choices."""
    by_change = found.by_change()

    def link(**changed: str) -> str:
        chosen = {"with": str(found.old.uuid), "kind": found.kind, "change": found.change, "why": found.why,
                  "span": found.span} | changed  # fmt: skip
        return "?" + urlencode({name: value for name, value in chosen.items() if value})

    tabs = [
        {
            "label": _("All"),
            "url": link(change="", why=""),
            "active": not found.change,
            "count": sum(by_change.values()),
        }
    ]
    tabs += [
        {"label": Change(change).label, "url": link(change=change, why=""), "active": found.change == change,
         "count": number}
        for change, number in by_change.items()
    ]  # fmt: skip
    reasons = [
        {"label": Why(why).label, "count": number, "active": found.why == why,
         "url": link(why="" if found.why == why else why)}
        for why, number in found.by_why().items()
    ]  # fmt: skip
    names = {"": _("Achievements and experts"), "achievement": _("Achievements"), "expert": _("Experts")}
    kinds = [
        {"label": label, "url": link(kind=kind), "active": found.kind == kind, "count": None}
        for kind, label in names.items()
    ]
    spans = [
        {"label": label, "url": link(span=span, why="", change=""), "active": found.span == span}
        for span, label in span_labels().items()
    ]
    return {"tabs": tabs, "whys": reasons, "kinds": kinds, "spans": spans, "export_query": link()}


def span_labels() -> dict[str, str]:
    """What the pairs on the page are: by default those that matter to a decision."""
    return {
        "crossed": _("Crossed the line of a proposal"),
        "above": _("All changes above the line, then or now"),
        "all": _("Also what lies below the line"),
    }


def heads() -> list[tuple[str, int]]:
    """The columns of the workbook, with their widths."""
    return [(_("Need"), 40), (_("Number of the need"), 18), (_("Answer"), 40), (_("Number of the answer"), 18),
            (_("Unit"), 30), (_("Kind of change"), 14), (_("Place before"), 10), (_("Place now"), 10),
            (_("Fit before"), 10), (_("Fit now"), 10), (_("Reason"), 30)]  # fmt: skip


def cells(found: Comparison, user: User, most: int) -> Iterator[list[Any]]:
    """The rows of the workbook, some hundred at a time; at most one more than may be exported."""
    for start in range(0, min(found.count(), most + 1), _AT_ONCE):
        for row in compared_rows(found[start : min(start + _AT_ONCE, most + 1)], user):
            old, new = (one if row["whole"] else None for one in (row["old"], row["new"]))
            ranks = [one.rank if one else None for one in (old, new)]
            scores = [round(100 * one.score, 1) if one else None for one in (old, new)]
            need, target = row["need"], row["target"]
            yield [need.title or _("A confidential need"), row["number"], target.title, target.number, target.unit,
                   str(row["change"]), *ranks, *scores, str(row["why"])]  # fmt: skip
