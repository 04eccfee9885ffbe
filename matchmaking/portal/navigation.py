"""The main navigation: the same few groups for everybody, each with what this person may do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Entry:
    """One link; shown to everybody, or to those who hold one of the capabilities. `query` narrows its list.

    `pages` are URL names that belong to it although their addresses lie elsewhere.
    """

    label: Any
    route: str
    icon: str
    capabilities: tuple[str, ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    pages: tuple[str, ...] = ()

    @cached_property  # every page asks for all of them
    def path(self) -> str:
        return reverse(self.route)

    @property
    def url(self) -> str:
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


@dataclass(frozen=True)
class Group:
    """Links that open under one word. With one link left for a person, the link stands in its place."""

    label: Any
    icon: str
    entries: tuple[Entry, ...]


NEED_DESK, TALENT_DESK = ("need.check_park", "need.publish"), ("talent.check", "talent.publish")
OFFICERS = ("achievement.review", "expert.review", *NEED_DESK, *TALENT_DESK)
REVIEWERS = ("achievement.review", "need.publish", "expert.review")
TEAM_KEEPERS = ("expert.nominate", "expert.own")
MATCH_SIDES = ("match.answer_enterprise", "match.answer_provider")

GROUPS = (
    Group(_("Start"), "home", (Entry(_("Start"), "portal:home", "home"),)),
    Group(_("Pools"), "archive", (
        Entry(_("Achievements"), "catalog:achievement_list", "flask"),
        Entry(_("Needs"), "needs:need_list", "bulb"),
        Entry(_("Application scenarios"), "needs:need_list", "map-pin", query=(("need_kind", "scenario"),)),
        Entry(_("Experts"), "experts:expert_list", "user-check"),
        Entry(_("Teams"), "teams:team_list", "users-group"),
        Entry(_("Talent posts"), "talent:talent_post_list", "briefcase"),
        Entry(_("Organisations"), "accounts:organisation_list", "building"),
    )),
    Group(_("Our organisation"), "building-community", (
        Entry(_("Our achievements"), "catalog:achievement_mine", "flask", ("achievement.edit",),
              pages=("catalog:achievement_create", "catalog:achievement_edit")),
        Entry(_("Our needs"), "needs:need_mine", "bulb", ("need.edit",),
              pages=("needs:need_create", "needs:need_edit")),
        Entry(_("Our experts"), "experts:expert_mine", "user-check", ("expert.nominate",),
              pages=("experts:expert_create", "experts:expert_edit")),
        Entry(_("Requests not to be listed"), "experts:removal_list", "user-check", ("removal.answer",),
              pages=("experts:removal_detail",)),
        Entry(_("Our teams"), "teams:team_mine", "users-group", TEAM_KEEPERS,
              pages=("teams:team_create", "teams:team_edit")),
        Entry(_("Our talent posts"), "talent:talent_post_mine", "briefcase", ("talent.edit",),
              pages=("talent:talent_post_create", "talent:talent_post_edit")),
        Entry(_("Mandates"), "accounts:mandate_list", "file-text", ("organisation.manage",),
              pages=("accounts:mandate_detail", "accounts:mandate_offer")),
        Entry(_("Invited enterprises"), "accounts:outreach_list", "mail", ("enterprise.invite",),
              pages=("accounts:outreach_detail",)),
        Entry(_("Roles to confirm"), "accounts:role_confirmation", "user-check",
              ("organisation.manage", "office.enter", "organisation.verify", "tenant.verify", "national.verify")),
        Entry(_("Bulk import"), "imports:list", "upload", ("import",)),
    )),
    Group(_("Review"), "clipboard-check", (
        Entry(_("Review overview"), "review:overview", "chart-bar", OFFICERS),
        Entry(_("Achievements to review in our unit"), "catalog:achievement_unit_review", "flask",
              ("achievement.unit_review",), pages=("catalog:achievement_submit", "catalog:achievement_send_back")),
        Entry(_("Achievements to review"), "catalog:achievement_review", "flask", ("achievement.review",),
              pages=("catalog:achievement_decide",)),
        Entry(_("Needs to review"), "needs:need_review", "bulb", NEED_DESK,
              pages=("needs:need_decide", "needs:need_rewrite")),
        Entry(_("Experts to review"), "experts:expert_review", "user-check", ("expert.review",),
              pages=("experts:expert_decide",)),
        Entry(_("Teams to review"), "teams:team_review", "users-group", ("expert.review",),
              pages=("teams:team_decide",)),
        Entry(_("Talent posts to review"), "talent:talent_post_review", "briefcase", TALENT_DESK,
              pages=("talent:talent_post_decide",)),
        Entry(_("Organisations to verify"), "accounts:organisation_review", "building",
              ("organisation.verify", "tenant.verify", "national.verify"),
              pages=("accounts:organisation_verify", "accounts:organisation_enter")),
        Entry(_("Register of rights"), "catalog:right_list", "certificate", ("ip.read",)),
        Entry(_("Records that may be one"), "duplicates:list", "copy", REVIEWERS),
    )),
    Group(_("Matching"), "link", (
        Entry(_("My matches"), "matching:match_list", "list-check", MATCH_SIDES),
        Entry(_("Needs that fit us"), "matching:fitting_needs", "target", ("match.answer_provider", "need.check_park")),
        Entry(_("Matches to review"), "matching:review_queue", "checks", ("match.review",),
              pages=("matching:match_detail",)),
        Entry(_("Disputed lines"), "matching:dispute_list", "flag", ("match.review",)),
        Entry(_("Batch runs"), "matching:run_list", "progress", ("match.run",)),
        Entry(_("Progress board"), "matching:board", "chart-funnel", ("board.read",)),
    )),
    Group(_("Administration"), "settings", (
        Entry(_("Code tables"), "portal:vocabulary_list", "list", ("vocabulary.manage",)),
        Entry(_("Roles and rights"), "accounts:role_list", "lock", ("security.read",), pages=("accounts:role_detail",)),
        Entry(_("Who is signed in"), "accounts:signed_in_list", "users", ("session.end",),
              pages=("accounts:person_sign_out",)),
        Entry(_("Jobs"), "jobs:list", "settings", ("jobs.operate",)),
        Entry(_("Sent mail"), "notifications:mail_list", "mail", ("mail.read",)),
        Entry(_("History"), "portal:history", "history", ("activity.read",)),
    )),
)  # fmt: skip


def entries_for(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the links this person sees, with the present one marked; a group carries its links as `children`."""
    seen = [(group, [entry for entry in group.entries if _open_to(request.user, entry)]) for group in GROUPS]
    here = _here(request, [entry for _group, entries in seen for entry in entries])
    found = []
    for group, entries in seen:
        links = [_link(entry, here) for entry in entries]
        if len(links) > 1:
            found.append({"label": group.label, "icon": group.icon, "url": "", "count": None,
                          "active": any(link["active"] for link in links), "children": links})  # fmt: skip
        else:
            found += links
    return found


def _link(entry: Entry, here: Entry | None) -> dict[str, Any]:
    return {"label": entry.label, "url": entry.url, "icon": entry.icon, "active": entry is here, "count": None,
            "children": []}  # fmt: skip


def _open_to(user: Any, entry: Entry) -> bool:
    return not entry.capabilities or (user.is_authenticated and any(map(user.can, entry.capabilities)))


def _here(request: HttpRequest, entries: list[Entry]) -> Entry | None:
    """The entry that names the page best: one that claims it, else the one whose address is the nearest above it."""
    matched = request.resolver_match
    fits = []
    for entry in entries:
        path = entry.path
        claimed = bool(matched and matched.view_name in entry.pages)
        if entry.query:
            above = request.path == path and all(request.GET.get(name) == value for name, value in entry.query)
        else:
            above = request.path == path or (path != "/" and request.path.startswith(path))
        if claimed or above:
            fits.append((claimed, len(path), bool(entry.query), entry))
    return max(fits, key=lambda fit: fit[:3])[3] if fits else None
