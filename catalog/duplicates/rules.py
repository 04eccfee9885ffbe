"""Who may decide on a pair of possible duplicates, and who may object. No writes here."""

from django.utils.translation import gettext as _

from catalog import rules
from catalog.enums import COMPARED, MERGEABLE
from catalog.enums import AchievementState as S
from catalog.models import Achievement, DuplicatePair
from matchmaking.accounts.models import User
from matchmaking.intake.duplicates.enums import PairState


def can_tell_apart(user: User, pair: DuplicatePair) -> bool:
    """An officer who reviews one of both; where one was merged already, an officer who reviews that one."""
    concerned = [merged] if (merged := pair.merged()) else [pair.first, pair.second]
    return pair.state == PairState.FOUND and any(_reviews(user, record) for record in concerned)


def can_merge(user: User, pair: DuplicatePair, dropped: Achievement) -> bool:
    """An officer who reviews the record that leaves, as long as no deal stands on it; or who upholds a merge."""
    if pair.state != PairState.FOUND or not _reviews(user, dropped):
        return False
    if merged := pair.merged():
        return merged.pk == dropped.pk
    kept = pair.second if dropped.pk == pair.first_id else pair.first
    return dropped.state in MERGEABLE and kept.state in COMPARED


def merge_hindrance(user: User, pair: DuplicatePair, dropped: Achievement) -> str:
    """Why an officer who decides on a pair cannot let this record leave; empty when he can, or nothing is to merge."""
    if pair.state != PairState.FOUND or pair.merged() is not None or can_merge(user, pair, dropped):
        return ""
    kept = pair.second if dropped.pk == pair.first_id else pair.first
    words = {"kept": kept.public_no, "dropped": dropped.public_no, "state": kept.get_state_display()}
    if kept.state not in COMPARED:
        return _("%(kept)s cannot be kept: it is in the state “%(state)s”.") % words
    if dropped.state not in MERGEABLE:
        words["state"] = dropped.get_state_display()
        return _("%(kept)s cannot be kept alone: %(dropped)s cannot leave the pool in the state “%(state)s”.") % words
    words["region"] = str(dropped.region)
    return _("%(kept)s cannot be kept by you: %(dropped)s would leave, and the officers of %(region)s, who review it, "
             "decide on that.") % words  # fmt: skip


def can_fill(user: User, kept: Achievement, dropped: Achievement) -> bool:
    """Texts are taken over by an officer who reviews the kept record too, and never into a wider circle of readers."""
    widths = ("public", "members", "hidden_owner", "invited")
    wider = widths.index(kept.visibility) < widths.index(dropped.visibility)
    return kept.state in COMPARED and not wider and _reviews(user, kept)


def can_undo(user: User, pair: DuplicatePair) -> bool:
    """Who could decide so: for a merge an officer who reviews the record that left, as long as it is where it went."""
    if pair.state == PairState.DIFFERENT:
        return any(_reviews(user, record) for record in (pair.first, pair.second))
    merged = pair.merged()
    if pair.state != PairState.MERGED or merged is None:
        return False
    return merged.state == S.WITHDRAWN and _reviews(user, merged)


def can_object(user: User, pair: DuplicatePair) -> bool:
    """The owner's officers of the merged record, once."""
    merged = pair.merged()
    fresh = pair.state == PairState.MERGED and pair.objected_at is None
    return merged is not None and fresh and rules.is_unit_officer(user, merged)


def _reviews(user: User, achievement: Achievement) -> bool:
    return rules.reviewing_organisation(user, achievement) is not None
