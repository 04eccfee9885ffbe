"""Home, navigation, data care."""

from collections.abc import Mapping
from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "matchmaking.portal"

    def ready(self) -> None:
        from matchmaking.activity import labels

        labels.register("vocabulary", verbs=VERBS, tell=_told)


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
