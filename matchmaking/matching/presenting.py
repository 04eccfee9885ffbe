"""Values for the pages of matching: the two texts side by side, the target's row, labels of the funnel."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Achievement
from experts.models import Expert
from matchmaking.accounts.models import User
from matchmaking.matching import whatif
from matchmaking.matching.disclosing import NOTHING, TEXT, opened
from matchmaking.matching.enums import Origin, Step
from matchmaking.matching.explain import AGAINST, CAUTION, FOR, NEUTRAL, Line, lines
from matchmaking.matching.models import Candidate, Match, Target
from matchmaking.matching.nouns import NOUNS
from matchmaking.matching.points import points
from matchmaking.matching.selectors import ShownNeed, insiders, shown_needs
from matchmaking.matching.steps import field_of, need_sections, target_sections
from matchmaking.programmes.models import Visibility
from matchmaking.vocabularies.selectors import label, region_label
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


@dataclass(frozen=True)
class ShownTarget:
    """What a reader of a match may see of its target; `is_open` says whether he may read its text."""

    kind: str
    icon: str
    title: str
    unit: str
    number: str
    url: str
    is_open: bool
    steps: frozenset[str] = frozenset()


def shown_targets(matches: Iterable[Match], user: User) -> dict[int, ShownTarget]:
    """Return what the person may see of the targets of these matches, by match id, in a few queries.

    The reviewer sees everything he decides on; the sides see what the pool shows them, and who is behind it once
    contact is open. Anything else is masked in words.
    """
    matches = list(matches)
    inside = insiders(matches, user)
    seen = _visible([match for match in matches if match.pk not in inside], user)
    ladder = opened(matches, user)
    found = {}
    for match in matches:
        insider = match.pk in inside
        named = insider or match.contact_opened_at is not None
        steps = ladder.get(match.pk, NOTHING).target
        found[match.pk] = shown_target(match, insider or match.target.pk in seen[match.target_kind], named, steps)
    return found


def open_targets(rows: Iterable[Target], user: User, *, inside: bool = False) -> dict[tuple[str, int], ShownTarget]:
    """Return what the person may see of the targets of any rows, by kind and id, as the pool shows them; whoever
    decides on the pair (`inside`) reads all of it, with a link as far as the pool gives one."""
    rows = list(rows)
    seen = _visible(rows, user)
    found = {}
    for row in rows:
        is_visible = row.target.pk in seen[row.target_kind]
        shown = shown_target(row, inside or is_visible, named=inside)
        found[row.target_kind, row.target.pk] = shown if is_visible else replace(shown, url="")
    return found


def _visible(rows: Collection[Target], user: User) -> dict[str, set[int]]:
    """The ids of those targets of the rows that the pools show the person, by kind."""
    found: dict[str, set[int]] = {kind: set() for kind in NOUNS.values()}
    for model, kind in NOUNS.items():
        if wanted := {getattr(row, f"{kind}_id") for row in rows} - {None}:
            shown = model.objects.visible_to(user).filter(pk__in=wanted)
            found[kind] = set(shown.values_list("pk", flat=True))
    return found


def shown_target(row: Target, is_open: bool, named: bool, steps: frozenset[str] = frozenset()) -> ShownTarget:
    """The target of a match, candidate or place as a reader sees it: text open or not, unit named or not; `steps` is
    what its side has opened to him in the match."""
    target = row.target
    hidden = target.visibility == Visibility.HIDDEN_OWNER and not named
    names = (is_open and not hidden) or Step.IDENTITY in steps
    reads = is_open or steps >= TEXT
    url = target.get_absolute_url() if is_open else ""
    if isinstance(target, Achievement):
        units = [unit.organisation.name for unit in target.completing_units.all()]
        if Step.IDENTITY in steps and not units:
            units = [target.body.owner.name]
        unit = "、".join(units[:2]) if names else _("unit not shown")
        title = target.title if is_open or Step.PROBLEM in steps else _("A confidential achievement")
        return ShownTarget(_("achievement"), "flask", title, unit, target.public_no, url, reads, steps)
    if isinstance(target, Expert):
        unit = target.organisation.name if target.organisation and names else ""
        name = target.name if is_open or Step.IDENTITY in steps else _("An expert not shown")
        return ShownTarget(_("expert"), "user-check", name, unit, target.public_no, url, reads, steps)
    name = target.name if is_open else _("A team not shown")
    return ShownTarget(_("team"), "users-group", name, "", target.public_no, url, reads, steps)


GROUPS = (
    (FOR, gettext_lazy("What speaks for it"), (FOR,)),
    (AGAINST, gettext_lazy("What speaks against it, or should be checked"), (AGAINST, CAUTION)),
    (NEUTRAL, gettext_lazy("How the points are counted"), (NEUTRAL,)),
)


def explanation(
    reasons: Iterable[Mapping[str, Any]],
    score: float | None,
    need: ShownNeed,
    target: ShownTarget,
    *,
    strong: bool,
    among: Iterable[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return an explanation as far as it is open to a reader: its lines by what they speak for, and points. `strong`,
    `among`: see `lines`.

    Without both texts there is no number: one that moves with a word would tell whether it stands in the closed text.
    """
    whole = need.body is not None and target.is_open
    # Of a need known from the ladder only, the public row is closed: its facts belong to the step of the indicators.
    row_open = bool(need.title) and not (need.steps and not need.url)
    found = lines(reasons, body_open=need.body is not None, target_open=target.is_open, need_open=row_open,
                  strong=strong, among=among)  # fmt: skip
    groups = [
        {"key": key, "title": title, "lines": sorted(kept, key=_weaker)}
        for key, title, stances in GROUPS
        if (kept := [line for line in found if line.stance in stances])
    ]
    bars = points(found, score) if whole else None
    return {
        "lines": found,
        "groups": groups,
        "short": in_short(found),
        "whole": whole,
        "score": score if whole else None,
        "points": bars,
        "worths": bars.of_lines if bars else {},
    }


# Lines without words or facts of their own: they move the score, but say nothing that helps to decide.
_WORDLESS = {"related", "outside", "second", "hub", "chance", "learned"}


def is_strong(said: Candidate | Match, line_of: Callable[[str], float] = whatif.line_of) -> bool:
    """Whether the pair is one that would be proposed: by the run that found it, or, if somebody has proposed it by
    hand, by the line that holds now."""
    if isinstance(said, Candidate):
        return said.above_floor
    if said.origin == Origin.RUN:
        return True
    return said.score is not None and said.score >= line_of(said.target_kind)


def brief_of(
    said: Candidate | Match | None,
    need: ShownNeed,
    target: ShownTarget,
    line_of: Callable[[str], float] = whatif.line_of,
) -> list[Line]:
    """The few lines of what is said of a pair, as far as they are open to a reader."""
    if said is None:
        return []
    return brief(explanation(said.reasons, said.score, need, target, strong=is_strong(said, line_of))["lines"])


def _tells(line: Line) -> bool:
    """It says something for a list; one word that is not repeated says little."""
    return line.signal not in _WORDLESS and (line.signal != "missing_terms" or len(line.terms) > 1)


def brief(found: Iterable[Line], most: int = 3) -> list[Line]:
    """The few lines of an explanation that a list has room for: indicators first, then as the engine orders them, and
    what speaks against the pair if anything does."""
    telling = [line for line in found if _tells(line)]
    against = _against(telling)
    kept = sorted((line for line in telling if line.signal != "missing_terms"), key=_without_indicators)[:most]
    return [*kept[: most - 1], against[0]] if against and against[0] not in kept else kept


def in_short(found: Iterable[Line], most: int = 3) -> dict[str, list[Line]]:
    """What an officer reads first: the strongest of what speaks for the pair, and all that speaks against it or should
    be checked, as far as there is room."""
    telling = [line for line in found if _tells(line)]
    speaking = sorted((line for line in telling if line.stance == FOR), key=_without_indicators)
    return {"for": speaking[:most], "against": _against(telling)[:most]}


def _against(found: Iterable[Line]) -> list[Line]:
    return sorted((line for line in found if line.stance in (AGAINST, CAUTION)), key=_weaker)


def _without_indicators(line: Line) -> bool:
    return not line.indicators


def _weaker(line: Line) -> tuple[bool, bool]:
    """Sorts what weighs less behind: doubts behind what is against, words that are only not repeated at the end."""
    return line.signal == "missing_terms", line.stance == CAUTION


def compared_texts(
    pair: Any,
    need: ShownNeed,
    target: ShownTarget,
    terms: list[str],
    carrying: tuple[list[str], list[str]] = ([], []),
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the two texts for the side-by-side view; sections the reader may not see are left out.

    `pair` has a need and a target; `carrying` are the sentences of both that carry the match.
    """
    left = [(_("Technical field"), label("HNTE8", pair.need.tech_field))]
    known_from_the_ladder = need.steps and not need.url
    if need.url:
        left.append((_("Region"), region_label(pair.need.region_id)))
    if known_from_the_ladder:
        left += need_sections(pair.need, need.steps, titled=False)
    elif need.body is not None:
        indicators = "\n".join(str(row) for row in need.body.indicators.order_by("position"))
        left += [
            (_("Problem"), need.body.problem),
            (_("Expected goal"), need.body.goal),
            (_("Indicators"), indicators),
            (_("What was tried"), need.body.tried),
            (_("Background"), need.body.background),
        ]
    if not known_from_the_ladder:
        left += need_sections(pair.need, need.steps & {Step.DATA})
    title = need.title or _("A confidential need")
    return (
        _column(title, need.owner or _("enterprise not shown"), need.url, left, (terms, carrying[0])),
        _target_column(pair, target, (terms, carrying[1])),
    )


def _target_column(pair: Any, shown: ShownTarget, marks: tuple[list[str], list[str]]) -> dict[str, Any]:
    target = pair.target
    sections: list[tuple[str, str]]
    known_from_the_ladder = shown.steps and not shown.url
    if known_from_the_ladder:
        sections = field_of(target) + target_sections(target, shown.steps, titled=False)
    elif not shown.is_open:
        sections = [*field_of(target), (_("Confidential"), _("Its owner shows it to invited ones only."))]
    elif isinstance(target, Achievement):
        indicators = "\n".join(str(one) for one in target.indicators.order_by("position"))
        sections = [
            *field_of(target),
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
            *field_of(target),
            (_("Research directions"), target.directions),
            (_("Works"), works),
        ]
    else:
        sections = [(_("Summary"), target.summary)]
    if not known_from_the_ladder:
        sections = sections + target_sections(target, shown.steps & {Step.DATA})
    return _column(shown.title, shown.unit, shown.url, sections, marks)


def _column(
    title: str, subtitle: str, url: str, sections: list[tuple[str, str]], marks: tuple[list[str], list[str]]
) -> dict[str, Any]:
    terms, sentences = marks
    return {
        "title": title,
        "subtitle": subtitle,
        "url": url,
        "sections": [
            {"heading": heading, "text": text, "terms": terms, "sentences": sentences}
            for heading, text in sections
            if text
        ],
    }


def match_rows(matches: Iterable[Match], user: User) -> list[dict[str, Any]]:
    """Return one row per match for lists: the match, its need as far as the reader may see it, target, sides."""
    matches = list(matches)
    needs, targets = shown_needs(matches, user), shown_targets(matches, user)
    return [
        {
            "match": match,
            "need": needs[match.need_id],
            "target": targets[match.pk],
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
