"""How achievements are reviewed and versioned, as the review on the floor below is told at start."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from catalog import rules, services, versioning
from catalog.enums import AchievementState as S
from catalog.models import Achievement
from catalog.selectors import for_list
from matchmaking.intake import reviewed, versions
from matchmaking.programmes.reviewing import reviewed_by

KIND = "achievement"


def register() -> None:
    """Called once, when the app is ready."""
    reviewed.register(
        KIND,
        name=_("Achievements"),
        capabilities=("achievement.review",),
        visible=Achievement.objects.all().visible_to,
        waiting=lambda user: _listed(Achievement.objects.visible_to(user).reviewable_by(user)),
        decided=decided,
        pending=lambda: Achievement.objects.filter(state__in=[S.UNIT_REVIEW, S.SUBMITTED]).select_related(
            "body__owner", "region", "programme"
        ),
        step_of=rules.waits_at,
        owner_of=lambda achievement: achievement.body.owner,
        queue="catalog:achievement_review",
        queue_name=_("Achievements to review"),
        place=1,
        refused=(services.NotAllowed,),
        incomplete=(services.Incomplete,),
        **services.REVISING.offered(),
    )
    versions.register(
        KIND,
        snapshot=versioning.snapshot,
        labels=versioning.label_of,
        words=versioning.words,
        visible=versioning.visible,
        load=versioning.load,
        unjudged=versioning.UNJUDGED,
        told=("visibility", "maturity"),
    )


def decided(user: Any) -> QuerySet[Achievement]:
    """The records whose review is this person's, in whatever state he sees them."""
    mine = reviewed_by(user, "achievement.review", KIND)
    return _listed(Achievement.objects.visible_to(user).filter(mine))


def _listed(achievements: QuerySet[Achievement]) -> QuerySet[Achievement]:
    return for_list(achievements).select_related("body__owner")
