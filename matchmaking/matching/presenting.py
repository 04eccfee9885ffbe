"""Values for the pages of matching: the two texts side by side, the target's row, labels of the funnel."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Achievement
from experts.models import Expert
from matchmaking.accounts.models import User
from matchmaking.matching.models import Match
from matchmaking.matching.selectors import ShownNeed, shown_needs
from matchmaking.vocabularies.selectors import label, labels, region_label
from needs.enums import NeedState
from needs.models import TechNeed

STEP_LABELS = {
    "published": gettext_lazy("Published"),
    "released": gettext_lazy("First match released"),
    "contact": gettext_lazy("Contact opened"),
    "docking": gettext_lazy("In talks"),
    "contracted": gettext_lazy("Contract signed"),
    "solved": gettext_lazy("Solved"),
}

FUNNEL_LABELS = {
    "published": gettext_lazy("Needs published"),
    "proposed": gettext_lazy("With a proposed match"),
    "released": gettext_lazy("With a released match"),
    "contact": gettext_lazy("Contact opened"),
    "docking": gettext_lazy("In talks"),
    "signed": gettext_lazy("Signed"),
}


def target_row(match: Match) -> dict[str, str]:
    """Return kind, title, unit, number and address of a match's target for one row of a list."""
    target = match.target
    if isinstance(target, Achievement):
        units = [unit.organisation.name for unit in target.completing_units.all()]
        return {"kind": _("achievement"), "icon": "flask", "title": target.title, "unit": "、".join(units[:2]),
                "number": target.public_no, "url": target.get_absolute_url()}  # fmt: skip
    if isinstance(target, Expert):
        unit = target.organisation.name if target.organisation else ""
        return {"kind": _("expert"), "icon": "user-check", "title": target.name, "unit": unit,
                "number": target.public_no, "url": target.get_absolute_url()}  # fmt: skip
    return {"kind": _("team"), "icon": "users-group", "title": target.name, "unit": "",
            "number": target.public_no, "url": ""}  # fmt: skip


def compared_texts(match: Match, need: ShownNeed, terms: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the two texts for the side-by-side view; sections the reader may not see are left out."""
    left = [
        (_("Technical field"), label("HNTE8", match.need.tech_field)),
        (_("Region"), region_label(match.need.region_id)),
    ]
    if need.body is not None:
        indicators = "\n".join(str(row) for row in need.body.indicators.order_by("position"))
        left += [
            (_("Problem"), need.body.problem),
            (_("Expected goal"), need.body.goal),
            (_("Indicators"), indicators),
            (_("What was tried"), need.body.tried),
            (_("Background"), need.body.background),
        ]
    title = need.title or _("A confidential need")
    return (
        _column(title, need.owner or _("enterprise not shown"), need.url, left, terms),
        _target_column(match, terms),
    )


def _target_column(match: Match, terms: list[str]) -> dict[str, Any]:
    row, target = target_row(match), match.target
    if isinstance(target, Achievement):
        indicators = "\n".join(str(one) for one in target.indicators.order_by("position"))
        sections = [
            (_("Technical field"), label("HNTE8", target.tech_field)),
            (_("Problem solved"), target.problem_solved),
            (_("Summary"), target.summary),
            (_("Indicators"), indicators),
            (_("Key points"), target.key_points),
            (_("Applications"), target.application_text),
            (_("Maturity"), label("TRL", str(target.trl or ""))),
        ]
    elif isinstance(target, Expert):
        works = "\n".join(work.title for work in target.works.order_by("position"))
        sections = [
            (_("Technical fields"), "、".join(labels("HNTE8", target.fields))),
            (_("Research directions"), target.directions),
            (_("Works"), works),
        ]
    else:
        sections = [(_("Summary"), target.summary)]
    return _column(row["title"], row["unit"], row["url"], sections, terms)


def _column(title: str, subtitle: str, url: str, sections: list[tuple[str, str]], terms: list[str]) -> dict[str, Any]:
    return {
        "title": title,
        "subtitle": subtitle,
        "url": url,
        "sections": [{"heading": heading, "text": text, "terms": terms} for heading, text in sections if text],
    }


def match_rows(matches: Iterable[Match], user: User) -> list[dict[str, Any]]:
    """Return one row per match for lists: the match, its need as far as the reader may see it, target, sides."""
    matches = list(matches)
    needs = shown_needs(matches, user)
    return [
        {
            "match": match,
            "need": needs[match.need_id],
            "target": target_row(match),
            "sides": {side.side: side for side in match.sides.all()},
        }
        for match in matches
    ]


def need_steps(need: TechNeed, matches: Iterable[Match]) -> list[dict[str, Any]]:
    """Return the steps of a need from publication to solution, with the date each was first reached."""
    matches = list(matches)
    reached = {
        "published": need.published_at,
        "released": _earliest(match.released_at for match in matches),
        "contact": _earliest(match.contact_opened_at for match in matches),
        "docking": need.state_since if need.state == NeedState.DOCKING else None,
        "contracted": need.state_since if need.state == NeedState.CONTRACTED else None,
        "solved": need.state_since if need.state == NeedState.SOLVED else None,
    }
    order = list(reached)
    last = max((order.index(name) for name in order if reached[name]), default=-1)
    return [
        {
            "label": STEP_LABELS[name],
            "state": "done" if place < last else "current" if place == last else "todo",
            "at": reached[name],
            "note": None,
        }
        for place, name in enumerate(order)
    ]


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment), default=None)
