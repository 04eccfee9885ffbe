"""The files of needs (drawings, measurements): who reads them and who adds them."""

from typing import Any

from django.db.models import QuerySet

from matchmaking.intake.attachments import Pool, register
from needs import rules
from needs.enums import IN_POOL
from needs.models import NeedBody, TechNeed


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
    ),
)
