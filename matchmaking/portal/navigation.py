"""The main navigation: what a person may do, in the order he does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Entry:
    """One link; shown to everybody, or to those who hold one of the capabilities. `query` narrows its list."""

    label: Any
    route: str
    icon: str
    capabilities: tuple[str, ...] = ()
    query: tuple[tuple[str, str], ...] = ()


ENTRIES = (
    Entry(_("Start"), "portal:home", "home"),
    Entry(_("Needs"), "needs:need_list", "bulb"),
    Entry(_("Application scenarios"), "needs:need_list", "map-pin", query=(("need_kind", "scenario"),)),
    Entry(_("Achievements"), "catalog:achievement_list", "flask"),
    Entry(_("Experts"), "experts:expert_list", "users"),
    Entry(_("Teams"), "teams:team_list", "users-group"),
    Entry(_("Talent posts"), "talent:talent_post_list", "briefcase"),
    Entry(_("Organisations"), "accounts:organisation_list", "building"),
    Entry(_("My needs"), "needs:need_mine", "clipboard-list", ("need.edit",)),
    Entry(_("Our achievements"), "catalog:achievement_mine", "clipboard-list", ("achievement.edit",)),
    Entry(_("Our experts"), "experts:expert_mine", "users-group", ("expert.nominate",)),
    Entry(_("Bulk import"), "imports:list", "upload", ("import",)),
    Entry(_("My matches"), "matching:match_list", "list-check", ("match.answer_enterprise", "match.answer_provider")),
    Entry(
        _("Review overview"),
        "review:overview",
        "clipboard-check",
        ("need.check_park", "need.publish", "achievement.review", "expert.review"),
    ),
    Entry(_("Needs to check"), "needs:need_review", "clipboard-check", ("need.check_park", "need.publish")),
    Entry(
        _("Talent posts to check"), "talent:talent_post_review", "clipboard-check", ("talent.check", "talent.publish")
    ),
    Entry(_("Achievements to check"), "catalog:achievement_review", "clipboard-check", ("achievement.review",)),
    Entry(_("Experts to check"), "experts:expert_review", "clipboard-check", ("expert.review",)),
    Entry(_("Matches to review"), "matching:review_queue", "checks", ("match.review",)),
    Entry(_("Progress board"), "matching:board", "chart-bar", ("board.read",)),
    Entry(_("Code tables"), "portal:vocabulary_list", "list", ("vocabulary.manage",)),
    Entry(_("Jobs"), "jobs:list", "settings", ("jobs.operate",)),
)


def entries_for(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the links this person sees, with the present one marked."""
    user = request.user
    found = []
    for entry in ENTRIES:
        if entry.capabilities and not (user.is_authenticated and any(map(user.can, entry.capabilities))):
            continue
        url = f"{reverse(entry.route)}?{urlencode(entry.query)}" if entry.query else reverse(entry.route)
        found.append({"label": entry.label, "url": url, "icon": entry.icon, "active": _is_here(request, entry),
                      "count": None})  # fmt: skip
    return found


def _is_here(request: HttpRequest, entry: Entry) -> bool:
    """Whether the page lies under the entry and no other entry names it better."""
    url = reverse(entry.route)
    narrowed = [other for other in ENTRIES if other.query and reverse(other.route) == request.path]
    if entry.query:
        return entry in narrowed and _asked(request, entry)
    if request.path == url:
        return not any(_asked(request, other) for other in narrowed)
    return url != "/" and request.path.startswith(url) and not _closer(request.path, url)


def _asked(request: HttpRequest, entry: Entry) -> bool:
    return all(request.GET.get(name) == value for name, value in entry.query)


def _closer(path: str, url: str) -> bool:
    """Whether another entry names the page better, such as /needs/mine/ against /needs/."""
    others = (reverse(entry.route) for entry in ENTRIES)
    return any(len(other) > len(url) and path.startswith(other) for other in others)
