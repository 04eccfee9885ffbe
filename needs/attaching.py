"""The files of needs and talent posts: who reads them and who adds them."""

from typing import Any

from django.db.models import QuerySet

from matchmaking.intake.attachments import Pool, register
from needs import rules
from needs.enums import IN_POOL
from needs.models import NeedBody, TechNeed
from needs.services import REVISING
from needs.talent import rules as post_rules
from needs.talent.enums import IN_POOL as POSTS_IN_POOL
from needs.talent.models import TalentPost, TalentPostBody
from needs.talent.services import REVISING as POSTS_REVISING


def records(user: Any) -> QuerySet[TechNeed]:
    return TechNeed.objects.visible_to(user).select_related("body__owner", "region", "programme")


def open_to(user: Any, need: TechNeed) -> bool:
    """Once it is published, to whoever reads the text and may know the enterprise: a drawing names it."""
    if need.state not in IN_POOL:
        return False
    known = NeedBody.objects.owner_known_to(user).filter(pk=need.pk)
    return known.exists() and NeedBody.objects.readable_by(user).filter(pk=need.pk).exists()


register(
    "need",
    Pool(
        records=records,
        owner=lambda need: need.body.owner,
        insider=rules.sees_file,
        editable=rules.can_edit,
        open_to=open_to,
        revising=REVISING,
    ),
)


def posts(user: Any) -> QuerySet[TalentPost]:
    return TalentPost.objects.visible_to(user).select_related("body__owner", "region", "programme")


def post_open_to(user: Any, post: TalentPost) -> bool:
    """As for needs: once published, where the text is open and the enterprise known."""
    if post.state not in POSTS_IN_POOL:
        return False
    known = TalentPostBody.objects.owner_known_to(user).filter(pk=post.pk)
    return known.exists() and TalentPostBody.objects.readable_by(user).filter(pk=post.pk).exists()


register(
    post_rules.KIND,
    Pool(
        records=posts,
        owner=lambda post: post.body.owner,
        insider=post_rules.sees_file,
        editable=post_rules.can_edit,
        open_to=post_open_to,
        revising=POSTS_REVISING,
    ),
)
