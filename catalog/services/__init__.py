"""Use cases of the achievements catalogue: one function each, `by` is the actor, a refusal is an exception."""

from catalog.services.asking import confirm_link, read_confirm_link, remind_to_confirm
from catalog.services.bulk import bulk_create_achievements
from catalog.services.checking import Incomplete, missing_fields
from catalog.services.pool import (
    confirm_achievement,
    confirm_achievements,
    mark_stale_achievements,
    resume_achievement,
    set_negotiation,
    suspend_achievement,
    withdraw_achievement,
)
from catalog.services.records import NotAllowed, create_achievement, reopen_achievement, update_achievement
from catalog.services.review import (
    ReasonMissing,
    accept_achievement,
    accept_achievements,
    reject_achievement,
    return_achievement,
    send_back_achievement,
    submit_achievement,
    submit_achievements,
)
from catalog.services.revising import REVISING, revise_achievement, undo_revision

__all__ = [
    "REVISING",
    "Incomplete",
    "NotAllowed",
    "ReasonMissing",
    "accept_achievement",
    "accept_achievements",
    "bulk_create_achievements",
    "confirm_achievement",
    "confirm_achievements",
    "confirm_link",
    "create_achievement",
    "mark_stale_achievements",
    "missing_fields",
    "read_confirm_link",
    "reject_achievement",
    "remind_to_confirm",
    "reopen_achievement",
    "resume_achievement",
    "return_achievement",
    "revise_achievement",
    "send_back_achievement",
    "set_negotiation",
    "submit_achievement",
    "submit_achievements",
    "suspend_achievement",
    "undo_revision",
    "update_achievement",
    "withdraw_achievement",
]
