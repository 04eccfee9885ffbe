"""Use cases of talent posts: writing, the way into the pool, and what happens later."""

from needs.talent.services.moving import (
    expire_talent_post,
    fill_talent_post,
    prolong_talent_post,
    reopen_talent_post,
    withdraw_talent_post,
)
from needs.talent.services.refusals import Incomplete, NotAllowed, ReasonMissing, Refused, TooLate
from needs.talent.services.review import (
    pass_talent_posts,
    publish_talent_post,
    reject_talent_post,
    return_talent_post,
    submit_talent_post,
)
from needs.talent.services.revising import REVISING, revise_talent_post, undo_revision
from needs.talent.services.writing import bulk_create_talent_posts, create_talent_post, update_talent_post

__all__ = [
    "REVISING",
    "Incomplete",
    "NotAllowed",
    "ReasonMissing",
    "Refused",
    "TooLate",
    "bulk_create_talent_posts",
    "create_talent_post",
    "expire_talent_post",
    "fill_talent_post",
    "pass_talent_posts",
    "prolong_talent_post",
    "publish_talent_post",
    "reject_talent_post",
    "reopen_talent_post",
    "return_talent_post",
    "revise_talent_post",
    "submit_talent_post",
    "undo_revision",
    "update_talent_post",
    "withdraw_talent_post",
]
