"""Use cases of technical needs: writing, the way into the pool, and what happens later."""

from needs.services.moving import expire_need, move_need, prolong_need, reopen_need, withdraw_need
from needs.services.refusals import Incomplete, NotAllowed, ReasonMissing, Refused, TooLate
from needs.services.review import check_need, pass_needs, publish_need, reject_need, return_need, submit_need
from needs.services.revising import REVISING, revise_need, undo_revision
from needs.services.rewriting import NothingProposed, NotNow, TextChanged, answer_sentence, propose_rewrite
from needs.services.writing import bulk_create_needs, create_need, update_need

__all__ = [
    "REVISING",
    "Incomplete",
    "NotAllowed",
    "NotNow",
    "NothingProposed",
    "ReasonMissing",
    "Refused",
    "TextChanged",
    "TooLate",
    "answer_sentence",
    "bulk_create_needs",
    "check_need",
    "create_need",
    "expire_need",
    "move_need",
    "pass_needs",
    "prolong_need",
    "propose_rewrite",
    "publish_need",
    "reject_need",
    "reopen_need",
    "return_need",
    "revise_need",
    "submit_need",
    "undo_revision",
    "update_need",
    "withdraw_need",
]
