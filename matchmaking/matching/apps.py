"""Where needs meet achievements and experts."""

from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "matchmaking.matching"

    def ready(self) -> None:
        from matchmaking.activity import labels  # the registries import models
        from matchmaking.matching import (
            privacy,
            warming,  # noqa: F401 (connects itself to the start of a worker)
        )
        from matchmaking.matching.enums import MatchState
        from matchmaking.matching.services.mail_links import OWN_LINK
        from matchmaking.matching.words import (
            ANSWERED_BY_LINK,
            MATCH_VERBS,
            NOTIFICATIONS,
            RANKING_VERBS,
            RUN_VERBS,
            whose_and_why,
        )
        from matchmaking.notifications.kinds import register_kind

        for kind, (subject, body, params) in NOTIFICATIONS.items():
            personal = OWN_LINK if kind in ANSWERED_BY_LINK else None
            register_kind(kind, subject=subject, body=body, params=params, personal=personal)
        labels.register("match", verbs=MATCH_VERBS, states=MatchState, tell=whose_and_why)
        privacy.register()
        labels.register("run", verbs=RUN_VERBS)
        labels.register("ranking", verbs=RANKING_VERBS)
