"""The expert pool: what its history and its notifications say."""

from django.apps import AppConfig
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from matchmaking.activity import labels
from matchmaking.notifications.kinds import Many, register_kind


class ExpertsConfig(AppConfig):
    name = "experts"

    def ready(self) -> None:
        from experts import desk, freshness, privacy
        from experts.duplicates import kind as duplicates
        from experts.enums import ExpertState  # the app registry is loaded by now
        from experts.teams import labels as teams  # as above

        labels.register("expert", verbs=VERBS, states=ExpertState)
        for name, (subject, body) in NOTIFICATIONS.items():
            many = Many(*MANY[name]) if name in MANY else None
            register_kind(name, subject=subject, body=body, params=("expert",), many=many)
        for name, (subject, body) in REMOVALS.items():
            register_kind(name, subject=subject, body=body, params=("expert", "day"))
        desk.register()
        duplicates.register()
        freshness.register()
        teams.register()
        privacy.register()


VERBS = {
    "expert.created": _("entry written"),
    "expert.nominated": _("nominated"),
    "expert.taken_back": _("taken back with the upload that made it"),
    "expert.edited": _("entry changed"),
    "expert.consented": _("the person consented"),
    "expert.unit_agreed": _("the unit agreed"),
    "expert.handed_in": _("handed in again"),
    "expert.admitted": _("admitted to the pool"),
    "expert.returned": _("returned for correction"),
    "expert.refused": _("refused"),
    "expert.appealed": _("appealed against the refusal"),
    "expert.appeal_upheld": _("appeal upheld"),
    "expert.appeal_dismissed": _("appeal dismissed"),
    "expert.suspended": _("suspended"),
    "expert.resumed": _("taken back into the pool"),
    "expert.renewed": _("term renewed"),
    "expert.expired": _("term ended"),
    "expert.units_asked": _("asked the units whether two entries are one person"),
    "expert.unit_answered": _("the unit answered whether two entries are one person"),
    "expert.merged_away": _("merged into another entry"),
    "expert.merged_in": _("took in another entry"),
    "expert.merge_undone": _("undid the merge"),
    "expert.file_added": _("certificate added"),
    "expert.file_described": _("certificate described anew"),
    "expert.file_removed": _("certificate removed"),
    "expert.left": _("consent withdrawn, left the pool"),
    "expert.publication_ended": _("no longer shown to everybody"),
    "expert.removal_asked": _("somebody asked that the expert be no longer listed"),
    "expert.removal_confirmed": _("the person confirmed by mail not to be listed"),
    "expert.removal_taken_off": _("taken off the list at the person's request"),
    "expert.removal_refused": _("stays on the list although somebody asked"),
    "expert.versions_erased": _("kept versions erased"),
    "expert.erased": _("personal data erased"),
}
# What an act on many entries says once: subject, text, and the list where they are found.
MANY = {
    "expert_admitted": (
        _("%(count)s of your experts are in the pool"),
        _("They were admitted together and are being matched with enterprises' needs: %(count)s."),
        reverse_lazy("experts:expert_mine"),
    ),
}
# A number and a day: nothing of what was written leaves the portal by mail.
REMOVALS = {
    "expert_removal_asked": (
        _("Expert %(expert)s asks not to be listed"),
        _("Somebody asks that expert %(expert)s be taken off the list. Please make sure who asks, and answer by "
          "%(day)s."),
    ),
    "expert_removal_late": (
        _("The request not to list expert %(expert)s is overdue"),
        _("Somebody asked that expert %(expert)s be taken off the list; the answer was due on %(day)s."),
    ),
}  # fmt: skip
NOTIFICATIONS = {
    "expert_consent_asked": (
        _("You are nominated as an expert (%(expert)s)"),
        _("You are nominated as an expert under the number %(expert)s. Please read the page and give your consent, or "
          "decline. Without your consent nothing is shown to others."),
    ),
    "expert_to_agree": (
        _("Expert %(expert)s awaits the opinion of your unit"),
        _("The person has consented; expert %(expert)s now awaits the opinion of your unit."),
    ),
    "expert_to_review": (
        _("Expert %(expert)s awaits your check"),
        _("Expert %(expert)s has been handed in and awaits your check."),
    ),
    "expert_admitted": (
        _("Expert %(expert)s is in the pool"),
        _("Expert %(expert)s is in the pool and is being matched with enterprises' needs."),
    ),
    "expert_returned": (
        _("Expert %(expert)s was returned"),
        _("The entry of expert %(expert)s was returned for correction. The notes stand at the fields of the form."),
    ),
    "expert_refused": (
        _("Expert %(expert)s was refused"),
        _("Expert %(expert)s was refused. The reason stands on the page."),
    ),
    "expert_suspended": (
        _("Expert %(expert)s is suspended"),
        _("Expert %(expert)s was taken out of the pool for the time being. The reason stands on the page."),
    ),
    "expert_expired": (
        _("The term of expert %(expert)s has ended"),
        _("The term of expert %(expert)s has ended. An officer of the region can renew it."),
    ),
    "expert_same_asked": (
        _("Is expert %(expert)s entered twice?"),
        _("An officer asks whether expert %(expert)s, whom your unit nominated, was nominated by another unit as well. "
          "Please answer on the page."),
    ),
    "expert_same_answered": (
        _("A unit answered about expert %(expert)s"),
        _("The unit that nominated expert %(expert)s has said whether the two entries are one person."),
    ),
    "expert_merged_away": (
        _("The entry of expert %(expert)s was merged into another one"),
        _("Expert %(expert)s was found to stand in the pool twice. This entry was merged into the other one, which "
          "stays; its open matches are closed. The reason stands on the page."),
    ),
    "expert_merged_in": (
        _("Another entry was merged into expert %(expert)s"),
        _("Another entry of the same person was merged into expert %(expert)s, which stays as it is."),
    ),
    "expert_merge_undone": (
        _("The merge of expert %(expert)s was undone"),
        _("Expert %(expert)s stands for itself again, as before the merge."),
    ),
    "expert_left": (
        _("Expert %(expert)s has left the pool"),
        _("Expert %(expert)s has withdrawn the consent and left the pool. The entry is no longer shown."),
    ),
}  # fmt: skip
