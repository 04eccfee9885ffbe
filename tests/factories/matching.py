"""Builders of matches between a published need and an accepted achievement."""

import factory

from catalog.enums import AchievementState
from matchmaking.matching.models import Match
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
