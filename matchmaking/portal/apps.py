"""Home, navigation, data care."""

from collections.abc import Mapping
from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "matchmaking.portal"

    def ready(self) -> None:
        from matchmaking.activity import labels
        from matchmaking.notifications.kinds import register_kind  # the app registry is loaded by now
        from matchmaking.portal.history import words

        labels.register("vocabulary", verbs=VERBS, tell=_told)
        labels.register("history", verbs=words.VERBS, tell=words.tell)
        register_kind(
            "history_broken",
            subject=_("The history was changed"),
            body=_("The history is not what was sealed. %(finding)s Keep the database and the anchors as they are."),
            params=("finding",),
        )


def _told(detail: Mapping[str, Any]) -> str:
    """The edition with its counts, or the code with what took its place."""
    if "edition" in detail:
        return f"{detail['edition']}: +{detail['created']} ~{detail['changed']} -{detail['retired']}"
    return " → ".join(filter(None, (detail.get("code", ""), detail.get("heir", ""))))


VERBS = {
    "vocabulary.imported": _("new edition imported"),
    "vocabulary.retired": _("code retired"),
    "vocabulary.restored": _("code in use again"),
    "vocabulary.mapped": _("code mapped"),
}
