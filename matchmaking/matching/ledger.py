"""Reads of the disclosure ledger of a record: steps opened and taken back, agreements, contact data shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from catalog.models import Achievement
from experts.models import Expert
from matchmaking.accounts.models import User
from matchmaking.matching.enums import Side
from matchmaking.matching.models import ContactReveal, Disclosure, Match, NdaAcceptance
from matchmaking.matching.presenting import shown_targets
from matchmaking.matching.selectors import shown_needs, with_records
from needs.models import TechNeed


@dataclass(frozen=True)
class Shown:
    """A line of the ledger: what was shown to whom, from when until when; or who accepted the agreement. The other side
    is named as far as the reader may know it, its people never."""

    at: datetime
    what: Any
    to: str
    by: str
    until: datetime | None
    match: Match


def ledger_of(record: TechNeed | Achievement | Expert, user: User) -> list[Shown]:
    """Return the ledger of a record that the person edits, the newest first."""
    side = Side.ENTERPRISE if isinstance(record, TechNeed) else Side.PROVIDER
    kind = {TechNeed: "need", Achievement: "achievement", Expert: "expert"}[type(record)]
    matches = {match.pk: match for match in with_records(Match.objects.filter(**{kind: record}), sides=False)}
    others = _others(matches, side, user)
    steps = Disclosure.objects.filter(match__in=matches, side=side).select_related("opened_by")
    contacts = ContactReveal.objects.filter(match__in=matches, side=side)
    found = [
        Shown(row.opened_at, row.get_step_display(), others[row.match_id], row.opened_by.get_full_name(),
              row.revoked_at, matches[row.match_id])
        for row in steps
    ]  # fmt: skip
    found += [Shown(row.at, _("contact data"), others[row.match_id], "", None, matches[row.match_id])
              for row in contacts]  # fmt: skip
    for row in NdaAcceptance.objects.filter(match__in=matches).select_related("by"):
        mine = row.side == side
        said = _("agreement accepted, text %(version)s") if mine else _("the other side accepted, text %(version)s")
        by = row.by.get_full_name() if mine else ""
        found.append(Shown(row.at, said % {"version": row.text_version}, others[row.match_id], by, row.withdrawn_at,
                           matches[row.match_id]))  # fmt: skip
    return sorted(found, key=lambda line: line.at, reverse=True)


def _others(matches: dict[int, Match], side: Side, user: User) -> dict[int, str]:
    """The other side of each match, named as the match itself names it to this reader."""
    if side == Side.PROVIDER:
        needs = shown_needs(matches.values(), user)
        masked = _("enterprise not shown")
        return {pk: needs[match.need_id].owner or masked for pk, match in matches.items()}
    targets = shown_targets(matches.values(), user)
    return {pk: targets[pk].unit or targets[pk].title for pk in matches}
