"""How experts are reviewed and versioned, as the review on the floor below is told at start."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from experts import rules, selectors, services, versioning
from experts.enums import ExpertState as S
from experts.models import Expert
from matchmaking.intake import reviewed, versions
from matchmaking.programmes.reviewing import reviewed_by

KIND = "expert"


def register() -> None:
    """Called once, when the app is ready."""
    reviewed.register(
        KIND,
        name=_("Experts"),
        capabilities=("expert.review",),
        visible=Expert.objects.all().visible_to,
        waiting=selectors.waiting,
        decided=decided,
        pending=lambda: Expert.objects.filter(state__in=[S.CONSENTED, S.UNIT_AGREED]).select_related(
            "body__owner", "region", "programme"
        ),
        step_of=rules.waits_at,
        owner_of=lambda expert: expert.body.owner,
        queue="experts:expert_review",
        queue_name=_("Experts to review"),
        place=3,
        refused=(services.NotAllowed,),
        **services.REVISING.offered(),
    )
    versions.register(
        KIND,
        snapshot=versioning.snapshot,
        labels=versioning.name_of,
        words=versioning.words,
        visible=versioning.visible,
        load=versioning.load,
    )


def decided(user: Any) -> QuerySet[Expert]:
    """The entries whose review is this person's, in whatever state he sees them."""
    return selectors.for_list(Expert.objects.visible_to(user).filter(reviewed_by(user, "expert.review", KIND)))
