"""Experts in the freshness table: they end with their term."""

from django.utils.translation import gettext_lazy as _

from catalog import freshness
from experts.enums import ExpertState
from experts.models import Expert


def register() -> None:
    """Called once, when the app is ready."""
    freshness.register(
        freshness.Kind(
            kind="expert",
            name=_("Experts"),
            records=Expert.objects.all,
            own="expert.nominate",
            review="expert.review",
            figures=freshness.day_figures(
                pool=(ExpertState.IN_POOL,),
                ending=(ExpertState.IN_POOL,),
                ended=ExpertState.EXPIRED,
                day="term_to",
                ended_label=_("Term over, can be renewed"),
            ),
            day="term_to",
            day_label=_("Term to"),
            title="name",
        )
    )
