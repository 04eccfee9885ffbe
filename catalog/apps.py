"""The achievements catalogue: names of its history and its notifications."""

from django.apps import AppConfig
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    name = "catalog"

    def ready(self) -> None:
        from catalog import desk, freshness, privacy
        from catalog.duplicates import kind as duplicates
        from catalog.enums import AchievementState
        from matchmaking.activity import labels
        from matchmaking.notifications.kinds import Many, register_kind

        labels.register("achievement", verbs=VERBS, states=AchievementState)
        for name, (subject, body) in KINDS.items():
            many = Many(*MANY[name]) if name in MANY else None
            register_kind(name, subject=subject, body=body, params=("number", "title"), many=many)
        for name, (subject, body) in ASKING.items():
            register_kind(name, subject=subject, body=body, params=("count",))
        desk.register()
        privacy.register()
        duplicates.register()
        freshness.register(freshness.ACHIEVEMENTS)


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
    "achievement.taken_back": _("taken back with the upload that made it"),
    "achievement.confirmation_asked": _("reminded the owner of the confirmation"),
    "achievement.confirmed": _("confirmed as still valid"),
    "achievement.went_stale": _("asked for confirmation after twelve months"),
    "achievement.suspended": _("suspended"),
    "achievement.resumed": _("taken back into the pool"),
    "achievement.change_proposed": _("proposed a change of the published record"),
    "achievement.change_passed": _("passed the change"),
    "achievement.change_returned": _("returned the change"),
    "achievement.change_withdrawn": _("withdrew the change"),
    "achievement.appealed": _("appealed against the rejection"),
    "achievement.appeal_upheld": _("upheld the appeal"),
    "achievement.appeal_dismissed": _("dismissed the appeal"),
    "achievement.file_added": _("added a file"),
    "achievement.file_described": _("described a file anew"),
    "achievement.file_removed": _("removed a file"),
    "achievement.merged_away": _("merged into another record"),
    "achievement.merged_in": _("took in another record"),
    "achievement.merge_objected": _("objected to the merge"),
    "achievement.merge_lifted": _("lifted the merge"),
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
    "achievement_change_to_check": (
        _("A change of a published achievement waits for your check: %(number)s"),
        _("The owner of “%(title)s” (%(number)s) proposes a change. Until you pass it, the former text stays."),
    ),
    "achievement_change_passed": (
        _("Your change of an achievement is live: %(number)s"),
        _("The change of “%(title)s” (%(number)s) was passed and is live now."),
    ),
    "achievement_merged_away": (
        _("An achievement was merged into another record: %(number)s"),
        _("“%(title)s” (%(number)s) was found to be the same as a record of another organisation and left the pool. "
          "The reason stands on its page, where you may object once."),
    ),
    "achievement_merged_in": (
        _("A duplicate was merged into your achievement: %(number)s"),
        _("A record of another organisation was found to be the same as “%(title)s” (%(number)s), which stays."),
    ),
    "achievement_merge_objected": (
        _("An owner objects to a merge: %(number)s"),
        _("The owner of “%(title)s” (%(number)s) objects to its merge with another record. Please look again."),
    ),
    "achievement_merge_upheld": (
        _("The merge of an achievement stands: %(number)s"),
        _("Your objection to the merge of “%(title)s” (%(number)s) was looked at; the merge stands."),
    ),
    "achievement_merge_lifted": (
        _("The merge of an achievement was lifted: %(number)s"),
        _("“%(title)s” (%(number)s) stands for itself again, where it stood before the merge."),
    ),
    "achievement_merge_undone": (
        _("A merge with your achievement was undone: %(number)s"),
        _("The record of another organisation that was merged into “%(title)s” (%(number)s) stands for itself again. "
          "Texts that were taken over stay with yours."),
    ),
    "achievement_change_returned": (
        _("Your change of an achievement was returned: %(number)s"),
        _("The change of “%(title)s” (%(number)s) was returned. The notes stand at the fields of the form; the former "
          "text stays in the pool."),
    ),
}  # fmt: skip
# What an act on many records says once: subject, text, and the list where they are found.
MANY = {
    "achievement_to_review": (
        _("%(count)s achievements wait for your review"),
        _("They were handed in together, and all of them stand in your queue: %(count)s."),
        reverse_lazy("catalog:achievement_review"),
    ),
    "achievement_accepted": (
        _("%(count)s of your achievements are in the pool"),
        _("They were accepted together and are now being matched with technical needs: %(count)s."),
        reverse_lazy("catalog:achievement_mine"),
    ),
}  # fmt: skip
# One message a day for all records of a person: whoever keeps a thousand records gets no thousand mails.
ASKING = {
    "achievements_due": (
        _("Please confirm your achievements: %(count)s"),
        _("Achievements that you keep need your confirmation: %(count)s. Twelve months after the last one a "
          "record is no longer matched. Open the link and say with one click that they still stand."),
    ),
    "achievements_stale": (
        _("Achievements wait for your confirmation: %(count)s"),
        _("Some achievements that you keep have gone twelve months without a confirmation and are no longer matched. "
          "Stale or due within 30 days: %(count)s. Open the link and say with one click that they still stand; they "
          "come back at once."),
    ),
}  # fmt: skip
