"""What each person sees first (personas.md): what waits for him, and his three actions.

Panels follow capabilities, not roles, so that a person with two roles sees both and a new role needs no new page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Count, QuerySet, Window
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.enums import AchievementState
from catalog.models import Achievement
from catalog.selectors import own_counts, own_records
from experts.enums import ExpertState
from experts.models import Expert
from experts.selectors import own_entry
from matchmaking.accounts.models import User
from matchmaking.accounts.rules import can_apply
from matchmaking.intake import queues, reviewed
from matchmaking.intake.models import ChangeState, ProposedChange
from matchmaking.jobs.models import Job, JobState
from matchmaking.jobs.registry import label_of
from matchmaking.matching import fitting
from matchmaking.matching.enums import MatchState
from matchmaking.matching.presenting import FUNNEL_LABELS, match_rows
from matchmaking.matching.selectors import board, funnel, review_queue, waiting_for, with_records
from matchmaking.portal.organisation_panels import (
    applications,
    history_state,
    holders_of_power,
    invitation_lists,
    mandates_held,
    mandates_to_sign,
)
from matchmaking.portal.panels import SHOWN, Action, Item, Panel
from matchmaking.programmes.models import Programme
from matchmaking.programmes.reviewing import kinds_asked_of
from needs.enums import NeedState
from needs.models import TechNeed
from needs.selectors import own as own_needs

DRAFTS = 20
ICONS = {
    "achievement": "flask",
    "need": "bulb",
    "expert": "user-check",
    "team": "users-group",
    "talent_post": "briefcase",
}


Maker = tuple[str, Callable[[User], Panel | None]]


# Which records a department checks is data of the programme: a button to a queue that stays empty helps nobody.
REVIEWS = {
    "need.publish": "need", "achievement.review": "achievement", "expert.review": "expert",
    "talent.publish": "talent_post",
}  # fmt: skip


def actions_for(user: User) -> list[Action]:
    """Return the person's main actions, at most three; who works nowhere here yet is led to the application."""
    if not user.active_memberships and can_apply(user):
        return [Action(_("Apply for an organisation"), reverse("accounts:organisation_create"), "plus")]
    every = [
        ("need.edit", _("Post a need"), "needs:need_create", "plus"),
        ("match.answer_enterprise", _("Answer matches"), "matching:match_list", "message"),
        ("achievement.import", _("Upload a workbook"), "imports:choose", "upload"),
        ("achievement.edit", _("Enter an achievement"), "catalog:achievement_create", "plus"),
        ("match.answer_provider", _("Answer matches"), "matching:match_list", "message"),
        ("need.check_park", _("Check tenants' needs"), "needs:need_review", "clipboard-check"),
        ("talent.check", _("Check talent posts"), "talent:talent_post_review", "clipboard-check"),
        ("match.review", _("Review matches"), "matching:review_queue", "checks"),
        ("need.publish", _("Check needs"), "needs:need_review", "clipboard-check"),
        ("achievement.review", _("Check achievements"), "catalog:achievement_review", "clipboard-check"),
        ("expert.review", _("Check experts"), "experts:expert_review", "clipboard-check"),
        ("talent.publish", _("Check talent posts"), "talent:talent_post_review", "clipboard-check"),
        ("ip.read", _("Register of rights"), "catalog:right_list", "certificate"),
        ("board.read", _("Open the board"), "matching:board", "chart-bar"),
        ("mandate.act", _("Mandates"), "accounts:mandate_list", "file-text"),
        ("mandate.act", _("Look at the needs"), "needs:need_list", "bulb"),
        ("mandate.act", _("Look at the organisations"), "accounts:organisation_list", "building"),
        ("enterprise.invite", _("Invite enterprises"), "accounts:outreach_list", "mail"),
        ("jobs.operate", _("Look at the jobs"), "jobs:list", "settings"),
        ("security.read", _("Roles and rights"), "accounts:role_list", "lock"),
        ("activity.read", _("Read the history"), "portal:history", "history"),
    ]
    asked = kinds_asked_of(user, REVIEWS)
    found: dict[str, Action] = {}
    for capability, label, route, icon in every:
        if user.can(capability) and (capability not in REVIEWS or REVIEWS[capability] in asked):
            found.setdefault(route, Action(label, reverse(route), icon))
    return list(found.values())[:3] or [
        Action(_("Look at the needs"), reverse("needs:need_list"), "bulb"),
        Action(_("Look at the achievements"), reverse("catalog:achievement_list"), "flask"),
    ]


def panels_for(user: User) -> list[Panel]:
    """Return the panels of a person's first screen, the most pressing first; for whom nothing waits and who keeps
    nothing here, what is new in the pools."""
    own: list[Maker] = [
        ("match.answer_enterprise", _enterprise_matches),
        ("match.answer_provider", _provider_matches),
        ("match.answer_provider", _fitting_needs),
        ("expert.own", _own_entry),
        ("need.edit", _own_needs),
        ("achievement.edit", _own_achievements),
        ("achievement.unit_review", _unit_review),
        ("organisation.manage", mandates_to_sign),
        ("mandate.act", _drafts_of_clients),
        ("mandate.act", mandates_held),
        ("enterprise.invite", invitation_lists),
    ]
    office: list[Maker] = [
        ("match.review", _matches_to_review),
        ("board.read", _board),
        ("jobs.operate", _dead_jobs),
        ("security.read", holders_of_power),
        ("activity.read", history_state),
    ]
    found = [*_made(user, own), *_to_review(user), *applications(user), *_made(user, office)]
    return found or (_newest(user) if user.active_memberships else [])


def _made(user: User, makers: Iterable[Maker]) -> list[Panel]:
    # Researchers hold expert.own too; one who was never nominated has nothing to look at there.
    panels = (maker(user) for capability, maker in makers if user.can(capability))
    return [panel for panel in panels if panel is not None]


def _match_panel(user: User, side: str, title: str) -> Panel:
    waiting = waiting_for(user, side)
    rows = match_rows(with_records(waiting)[:SHOWN], user)
    items = [
        Item(
            title=(row["target"].title if side == "enterprise" else row["need"].title) or _("A confidential need"),
            url=row["match"].get_absolute_url(),
            note=row["need"].title if side == "enterprise" else row["target"].title,
            due=row["match"].due,
        )
        for row in rows
    ]
    empty = _("No match waits for your answer. We write to you when one does.")
    return Panel(title, "list-check", items, empty, reverse("matching:match_list"), waiting.count())


def _enterprise_matches(user: User) -> Panel:
    return _match_panel(user, "enterprise", _("Possible answers waiting for your decision"))


def _provider_matches(user: User) -> Panel:
    return _match_panel(user, "provider", _("Matches waiting for an answer"))


def _fitting_needs(user: User) -> Panel | None:
    found = fitting.with_records(fitting.fitting(user)).order_by("-need__published_at", "-score", "pk")
    rows = fitting.fitting_rows(found[:SHOWN], user)
    if not rows:
        return None
    items = [Item(row.need.title, row.need.url, row.ours) for row in rows]
    return Panel(_("Needs that fit us"), "target", items, "", reverse("matching:fitting_needs"))


def _own_needs(user: User) -> Panel:
    needs = own_needs(user)
    items = [
        Item(need.title, need.get_absolute_url(), _next_step(need), need)
        for need in needs.order_by("-state_since")[:SHOWN]
    ]
    empty = _("No need yet. Describe a problem on your line in your own words; drafts are private.")
    return Panel(_("Our needs"), "bulb", items, empty, reverse("needs:need_mine"), needs.count())


def _drafts_of_clients(user: User) -> Panel | None:
    """The drafts that the person may write at for his clients: no list of the pool shows them."""
    drafts = TechNeed.objects.visible_to(user).filter(state=NeedState.DRAFT, body__owner__in=user.client_ids)
    rows = list(drafts.select_related("body__owner").order_by("-state_since", "-pk")[:DRAFTS])
    if not rows:
        return None
    items = [Item(one.title, one.get_absolute_url(), str(one.body.owner), one) for one in rows]
    return Panel(_("Drafts of our clients' needs"), "bulb", items, "", "", drafts.count())


def _own_entry(user: User) -> Panel | None:
    entries = list(own_entry(user)[:SHOWN])
    if not entries:
        return None
    steps = {
        ExpertState.NOMINATED: _("Next: read the text and give your consent"),
        ExpertState.CONSENTED: _("Next: your unit gives its opinion"),
        ExpertState.UNIT_AGREED: _("Next: the region checks the entry"),
        ExpertState.RETURNED: _("Next: correct the marked fields and hand in again"),
        ExpertState.IN_POOL: _("In the pool: keep fields and services up to date"),
    }
    items = [
        Item(entry.public_no, entry.get_absolute_url(), steps.get(ExpertState(entry.state), ""), entry)
        for entry in entries
    ]
    return Panel(_("My entry in the expert pool"), "award", items, "", entries[0].get_absolute_url())


def _next_step(need: TechNeed) -> str:
    steps = {
        NeedState.DRAFT: _("Next: complete and submit it"),
        NeedState.SUBMITTED: _("Next: the park or the region checks it"),
        NeedState.CHECKED: _("Next: the region publishes it"),
        NeedState.RETURNED: _("Next: correct the marked fields and submit again"),
        NeedState.PUBLISHED: _("Next: an officer releases matches"),
        NeedState.MATCHING: _("Next: answer the released matches"),
        NeedState.DOCKING: _("Next: record what the talks bring"),
    }
    return steps.get(NeedState(need.state), "")


def _own_achievements(user: User) -> Panel:
    urgent = own_records(user).filter(
        state__in=[AchievementState.RETURNED, AchievementState.STALE, AchievementState.DRAFT]
    )
    items = [
        Item(row.title, row.get_absolute_url(), row.public_no, row) for row in urgent.order_by("-state_since")[:SHOWN]
    ]
    counts = own_counts(user)
    figures = [
        {"label": _("in the pool"), "number": counts["pool"]},
        {"label": _("returned"), "number": counts["returned"]},
        {"label": _("drafts"), "number": counts["draft"]},
    ]
    empty = _("Nothing to correct. New achievements can be entered one by one or uploaded as a workbook.")
    return Panel(_("Our achievements"), "flask", items, empty, reverse("catalog:achievement_mine"), None, figures)


def _unit_review(user: User) -> Panel:
    waiting = Achievement.objects.visible_to(user).in_unit_review_of(user)
    items = _by_due(waiting, "achievement")
    empty = _("No researcher has handed in an achievement for unit review.")
    return Panel(_("Achievements to review in our unit"), "clipboard-check", items, empty,
                 reverse("catalog:achievement_unit_review"), waiting.count())  # fmt: skip


def _to_review(user: User) -> list[Panel]:
    """What waits for an officer, a panel for each kind of record of which something does, as in its queue.

    New records and changes of published ones wait in two lists; either may be the only one that holds something.
    """
    kinds = reviewed.kinds_of(user)
    changing = set(ProposedChange.objects.filter(state=ChangeState.OPEN).values_list("object_kind", flat=True))
    found = []
    for how in kinds:
        icon = ICONS.get(how.kind, "clipboard-check")
        counted = queues.by_due(how.waiting(user), how.kind).annotate(of_all=Window(Count("pk")))
        if rows := list(counted[:SHOWN]):
            found.append(Panel(str(how.queue_name), icon, _lines(rows), "", reverse(how.queue), rows[0].of_all))
        if how.kind in changing:
            found += _changes(user, how, icon)
    if kinds and not found:
        found.append(Panel(_("Review"), "clipboard-check", [], _("Nothing waits for your review."),
                           reverse("review:overview"), 0))  # fmt: skip
    return found


def _changes(user: User, how: reviewed.ReviewedKind, icon: str) -> list[Panel]:
    """The changes of published records that this person checks, in the order of their queue."""
    rows = queues.rows(how, user, queues.Choice(group=queues.CHANGES))
    if not (total := rows.count()):
        return []
    items = [
        Item(_name(row), reverse("review:change", args=[how.kind, row.uuid]), row.public_no, row, row.due_on)
        for row in rows[:SHOWN]
    ]
    title = _("%(kind)s: changes to check") % {"kind": how.name}
    return [Panel(title, icon, items, "", queues.address(how, group=queues.CHANGES), total)]


def _matches_to_review(user: User) -> Panel:
    waiting = review_queue(user)
    rows = match_rows(with_records(waiting)[:SHOWN], user)
    items = [
        Item(row["need"].title or row["match"].need.public_no, row["match"].get_absolute_url(), row["target"].title)
        for row in rows
    ]
    empty = _("No proposed match waits for you.")
    return Panel(_("Matches to review"), "checks", items, empty, reverse("matching:review_queue"), waiting.count())


def _board(user: User) -> Panel:
    steps = funnel(user, None)
    overdue = sum(row.overdue for row in board(user, None) if row.state == MatchState.RELEASED)
    figures = [{"label": str(FUNNEL_LABELS[name]), "number": value} for name, value in steps.items()]
    figures.append({"label": _("overdue answers"), "number": overdue})
    return Panel(_("Progress in your reach"), "chart-funnel", [], "", reverse("matching:board"), None, figures)


def _dead_jobs(user: User) -> Panel:
    dead = Job.objects.visible_to(user).filter(state=JobState.DEAD).order_by("-pk")
    items = [
        Item(label_of(job.kind), job.get_absolute_url(), job.last_error.partition("\n")[0][:80]) for job in dead[:SHOWN]
    ]
    return Panel(_("Failed jobs"), "alert-triangle", items, _("No job has failed."), reverse("jobs:list"), dead.count())


def _by_due(waiting: QuerySet[Any], kind: str) -> list[Item]:
    """The first lines of a queue: overdue first, then the nearest due day."""
    return _lines(queues.by_due(waiting, kind)[:SHOWN])


def _lines(rows: Iterable[Any]) -> list[Item]:
    return [Item(_name(row), row.get_absolute_url(), row.public_no, row, row.due_on) for row in rows]


def _name(record: Any) -> str:
    return str(getattr(record, "name", "") or record.title)


def _newest(user: User) -> list[Panel]:
    """What came into the pools last, of what the person may read."""
    needs = TechNeed.objects.visible_to(user).matched().order_by("-published_at", "-pk")[:SHOWN]
    offers = Achievement.objects.visible_to(user).matched().order_by("-pk")[:SHOWN]
    return [
        Panel(_("Newest needs"), "bulb", [Item(one.title, one.get_absolute_url(), one.public_no) for one in needs],
              _("No need is open yet."), reverse("needs:need_list")),
        Panel(_("Newest achievements"), "flask",
              [Item(one.title, one.get_absolute_url(), one.public_no) for one in offers],
              _("No achievement is in the pool yet."), reverse("catalog:achievement_list")),
    ]  # fmt: skip


def public_figures() -> list[dict[str, Any]]:
    """How many needs, achievements and experts the public may look at, with the way to them."""
    anonymous: Any = _Anonymous()
    return [
        {"label": _("needs open"), "number": TechNeed.objects.visible_to(anonymous).matched().count(),
         "url": reverse("needs:need_list"), "icon": "bulb"},
        {"label": _("achievements on offer"), "number": Achievement.objects.visible_to(anonymous).count(),
         "url": reverse("catalog:achievement_list"), "icon": "flask"},
        {"label": _("experts in the pool"), "number": Expert.objects.visible_to(anonymous).count(),
         "url": reverse("experts:expert_list"), "icon": "users"},
    ]  # fmt: skip


class _Anonymous:
    is_authenticated = False


def programmes() -> list[Programme]:
    return list(Programme.objects.order_by("-starts_on"))
