"""The expert pool: what its history and its notifications say."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from matchmaking.activity import labels
from matchmaking.notifications.kinds import register_kind


class ExpertsConfig(AppConfig):
    name = "experts"

    def ready(self) -> None:
        from experts import desk, freshness
        from experts.enums import ExpertState  # the app registry is loaded by now
        from experts.teams import labels as teams  # as above

        labels.register("expert", verbs=VERBS, states=ExpertState)
        for name, (subject, body) in NOTIFICATIONS.items():
            register_kind(name, subject=subject, body=body, params=("expert",))
        desk.register()
        freshness.register()
        teams.register()


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
    "expert.left": _("consent withdrawn, left the pool"),
}
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
    "expert_left": (
        _("Expert %(expert)s has left the pool"),
        _("Expert %(expert)s has withdrawn the consent and left the pool. The entry is no longer shown."),
    ),
}  # fmt: skip
