"""The achievements catalogue: names of its history and its notifications."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    name = "catalog"

    def ready(self) -> None:
        from catalog.enums import AchievementState
        from matchmaking.activity import labels
        from matchmaking.notifications.kinds import register_kind

        labels.register("achievement", verbs=VERBS, states=AchievementState)
        for name, (subject, body) in KINDS.items():
            register_kind(name, subject=subject, body=body, params=("number", "title"))


VERBS = {
    "achievement.created": _("entered"),
    "achievement.edited": _("edited"),
    "achievement.sent_to_unit": _("handed to the unit"),
    "achievement.sent_back": _("sent back by the unit"),
    "achievement.submitted": _("submitted to the region"),
    "achievement.accepted": _("accepted into the pool"),
    "achievement.returned": _("returned for correction"),
    "achievement.rejected": _("rejected"),
    "achievement.withdrawn": _("withdrawn"),
    "achievement.reopened": _("reopened as a draft"),
    "achievement.confirmed": _("confirmed as still valid"),
    "achievement.went_stale": _("asked for confirmation after twelve months"),
    "achievement.suspended": _("suspended"),
    "achievement.resumed": _("taken back into the pool"),
    "achievement.talks_started": _("talks began"),
    "achievement.talks_ended": _("talks ended"),
}
KINDS = {
    "achievement_to_review": (
        _("An achievement waits for your review: %(number)s"),
        _("“%(title)s” (%(number)s) has been handed in and waits for your review."),
    ),
    "achievement_returned": (
        _("An achievement was returned: %(number)s"),
        _("“%(title)s” (%(number)s) was returned for correction. The notes stand at the fields of the form."),
    ),
    "achievement_accepted": (
        _("An achievement is in the pool: %(number)s"),
        _("“%(title)s” (%(number)s) was accepted and is now being matched with technical needs."),
    ),
    "achievement_rejected": (
        _("An achievement was rejected: %(number)s"),
        _("“%(title)s” (%(number)s) was rejected. The reason stands on its page."),
    ),
    "achievement_suspended": (
        _("An achievement was suspended: %(number)s"),
        _("“%(title)s” (%(number)s) was taken out of the pool for the time being. The reason stands on its page."),
    ),
    "achievement_resumed": (
        _("An achievement is back in the pool: %(number)s"),
        _("“%(title)s” (%(number)s) was taken back into the pool and is now being matched with technical needs again."),
    ),
    "achievement_stale": (
        _("Please confirm an achievement: %(number)s"),
        _("“%(title)s” (%(number)s) has not been confirmed for twelve months. Please say whether it still stands."),
    ),
}
