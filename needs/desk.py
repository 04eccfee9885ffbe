"""How needs are reviewed and versioned, as the review on the floor below is told at start."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from matchmaking.intake import reviewed, versions
from needs import rules, selectors, services, versioning
from needs.enums import NeedState as S
from needs.models import TechNeed

KIND = "need"


def register() -> None:
    """Called once, when the app is ready."""
    reviewed.register(
        KIND,
        name=_("Needs"),
        capabilities=("need.check_park", "need.publish"),
        visible=TechNeed.objects.all().visible_to,
        waiting=selectors.waiting,
        decided=decided,
        pending=lambda: TechNeed.objects.filter(state__in=[S.SUBMITTED, S.CHECKED]).select_related(
            "body__owner__park", "region", "programme"
        ),
        step_of=rules.waits_at,
        owner_of=lambda need: need.body.owner,
        queue="needs:need_review",
        queue_name=_("Needs to review"),
        place=2,
        park_path="body__owner__park",
        refused=(services.NotAllowed,),
        incomplete=(services.Refused,),
        **services.REVISING.offered(),
    )
    versions.register(
        KIND,
        snapshot=versioning.snapshot,
        labels=versioning.label,
        words=versioning.words,
        visible=versioning.visible,
        load=versioning.load,
        told=("visibility",),
    )


def decided(user: Any) -> QuerySet[TechNeed]:
    """The needs whose check is this person's, as park or as region, in whatever state."""
    mine = TechNeed.objects.checked_by_parks_of(user) | TechNeed.objects.reviewed_by(user)
    return mine.select_related("region", "programme")
