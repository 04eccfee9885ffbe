"""The files of achievements: who reads them and who adds them."""

from typing import Any

from django.db.models import QuerySet

from catalog import rules
from catalog.enums import EDITABLE, IN_POOL, AchievementState
from catalog.models import Achievement
from catalog.selectors import for_page
from catalog.services import REVISING
from matchmaking.intake.attachments import Pool, register


def records(user: Any) -> QuerySet[Achievement]:
    return for_page(Achievement.objects.visible_to(user))


def editable(user: Any, achievement: Achievement) -> bool:
    """Whoever may write in the record before it is handed to the region."""
    before_the_region = (*EDITABLE, AchievementState.UNIT_REVIEW)
    return achievement.state in before_the_region and rules.can_edit(user, achievement)


def open_to(user: Any, achievement: Achievement) -> bool:
    """Once it is in the pool; certificates and reports name the owner, so never where he is hidden."""
    return achievement.state in IN_POOL and rules.can_see_owner(user, achievement)


register(
    "achievement",
    Pool(
        records=records,
        owner=lambda achievement: achievement.body.owner,
        insider=rules.can_see_protected,
        editable=editable,
        open_to=open_to,
        revising=REVISING,
    ),
)
