"""Builders of matches between a published need and an accepted achievement, and of what a run has read."""

import factory

from catalog.enums import AchievementState
from matchmaking.matching import indexes
from matchmaking.matching.models import Match, MatchRun, RunNeed, RunTarget
from matchmaking.matching.services.runs import needs_in_scope
from tests.factories.catalog import AchievementFactory


class MatchFactory(factory.django.DjangoModelFactory):
    """A proposed match of the engine; the need is given (see factories.needs.make_need)."""

    class Meta:
        model = Match

    achievement = factory.SubFactory(AchievementFactory, state=AchievementState.ACCEPTED)
    score = 0.6
    reasons = factory.LazyFunction(
        lambda: [
            {
                "signal": "text",
                "contribution": 0.6,
                "params": {"share": 0.6, "terms": [["涡流检测", 0.4]], "rest": 0.2},
                "need_quotes": [{"field": "problem", "text": "叶片漏检。"}],
                "offer_quotes": [{"field": "summary", "text": "涡流阵列探头。"}],
            }
        ]
    )
    need_text_version = 1
    target_text_version = 1


def write_down(run: MatchRun) -> None:
    """Let a run have read the needs of its scope and every target as they are now; what it has read already stays."""
    RunNeed.objects.bulk_create(
        [RunNeed(run=run, need=need, source=run, stamp=indexes.need_stamp(need), text_version=need.text_version)
         for need in needs_in_scope(run)],
        ignore_conflicts=True,
    )  # fmt: skip
    RunTarget.objects.bulk_create(
        [RunTarget(run=run, kind=kind, target=one.pk, public_no=one.public_no, stamp=one.stamp,
                   text_version=one.text_version)
         for kind in indexes.KINDS for one in indexes.read_targets(kind)],
        ignore_conflicts=True,
    )  # fmt: skip
