"""Needs in the freshness table: they end by the day their owner set."""

from django.utils.translation import gettext_lazy as _

from catalog import freshness
from needs.enums import MATCHED, NeedState
from needs.models import TechNeed


def register() -> None:
    """Called once, when the app is ready."""
    freshness.register(
        freshness.Kind(
            kind="need",
            name=_("Technical needs"),
            records=TechNeed.objects.all,
            own="need.edit",
            review="need.publish",
            figures=freshness.day_figures(
                pool=MATCHED,
                ending=(NeedState.PUBLISHED, NeedState.MATCHING),
                ended=NeedState.EXPIRED,
                day="open_until",
                ended_label=_("Ended, can be prolonged"),
            ),
            day="open_until",
            day_label=_("Open until"),
            park="need.check_park",
        )
    )
