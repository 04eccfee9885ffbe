"""Use cases of the expert pool: nominating, the way into the pool, and what happens later."""

from experts.services.appealing import REVISING
from experts.services.bulk import bulk_create_experts, bulk_nominate_experts
from experts.services.joining import (
    admit_expert,
    admit_experts,
    agree_unit,
    give_consent,
    hand_in_expert,
    refuse_expert,
    return_expert,
)
from experts.services.leaving import expire_expert, leave_pool, renew_expert, resume_expert, suspend_expert
from experts.services.refusals import (
    ConsentMissing,
    Incomplete,
    NotAdmissible,
    NotAllowed,
    OpinionMissing,
    ReasonMissing,
    TextChanged,
)
from experts.services.writing import nominate_expert, update_expert

__all__ = [
    "REVISING",
    "ConsentMissing",
    "Incomplete",
    "NotAdmissible",
    "NotAllowed",
    "OpinionMissing",
    "ReasonMissing",
    "TextChanged",
    "admit_expert",
    "admit_experts",
    "agree_unit",
    "bulk_create_experts",
    "bulk_nominate_experts",
    "expire_expert",
    "give_consent",
    "hand_in_expert",
    "leave_pool",
    "nominate_expert",
    "refuse_expert",
    "renew_expert",
    "resume_expert",
    "return_expert",
    "suspend_expert",
    "update_expert",
]
