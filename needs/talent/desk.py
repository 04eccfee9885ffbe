"""How talent posts are reviewed and versioned, as the review on the floor below is told at start."""

from django.utils.translation import gettext_lazy as _

from matchmaking.intake import reviewed, versions
from needs.talent import rules, selectors, services, versioning
from needs.talent.enums import PostState
from needs.talent.models import TalentPost


def register() -> None:
    """Called once, when the app is ready."""
    reviewed.register(
        rules.KIND,
        name=_("Talent posts"),
        capabilities=("talent.check", "talent.publish"),
        visible=TalentPost.objects.all().visible_to,
        waiting=selectors.waiting,
        decided=lambda user: TalentPost.objects.decided_by(user).select_related("region", "programme"),
        pending=lambda: TalentPost.objects.filter(state=PostState.SUBMITTED).select_related(
            "body__owner__park", "region", "programme"
        ),
        step_of=rules.waits_at,
        owner_of=lambda post: post.body.owner,
        queue="talent:talent_post_review",
        queue_name=_("Talent posts to review"),
        place=5,
        park_path="body__owner__park",
        refused=(services.NotAllowed,),
        incomplete=(services.Refused,),
        **services.REVISING.offered(),
    )
    versions.register(
        rules.KIND,
        snapshot=versioning.snapshot,
        labels=versioning.label,
        words=versioning.words,
        visible=versioning.visible,
        load=versioning.load,
        told=("visibility",),
    )
