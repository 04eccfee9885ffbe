"""What the history and the notifications of teams say."""

from django.utils.translation import gettext_lazy as _

from experts.teams import desk
from experts.teams.enums import TeamState
from experts.teams.rules import KIND
from matchmaking.activity import labels
from matchmaking.notifications.kinds import register_kind

VERBS = {
    "team.created": _("team written"),
    "team.edited": _("team changed"),
    "team.change_proposed": _("change of the team in the pool proposed"),
    "team.change_passed": _("change passed"),
    "team.change_returned": _("change returned"),
    "team.change_withdrawn": _("change withdrawn"),
    "team.appealed": _("appealed against the refusal"),
    "team.appeal_upheld": _("appeal upheld"),
    "team.appeal_dismissed": _("appeal dismissed"),
    "team.submitted": _("team submitted"),
    "team.admitted": _("team admitted to the pool"),
    "team.returned": _("team returned for correction"),
    "team.refused": _("team refused"),
    "team.reopened": _("team taken up again as a draft"),
    "team.dissolved": _("team dissolved"),
    "team.file_added": _("file added to the team"),
    "team.file_described": _("file of the team described anew"),
    "team.file_removed": _("file of the team removed"),
    "team.member_left": _("a member left the team"),
    "team.member_replaced": _("a member stands there by another entry of the same person"),
}
NOTIFICATIONS = {
    "team_to_review": (
        _("Team %(team)s awaits your check"),
        _("Team %(team)s has been handed in and awaits your check."),
    ),
    "team_admitted": (
        _("Team %(team)s is in the pool"),
        _("Team %(team)s is in the pool and can be proposed for enterprises' needs."),
    ),
    "team_returned": (
        _("Team %(team)s was returned"),
        _("Team %(team)s was returned for correction. The notes stand at the fields of the form."),
    ),
    "team_refused": (
        _("Team %(team)s was refused"),
        _("Team %(team)s was refused. The reason stands on its page."),
    ),
    "team_change_to_check": (
        _("A change of team %(team)s awaits your check"),
        _("The keepers of team %(team)s propose a change. The former text stays in the pool until you pass it."),
    ),
    "team_change_passed": (
        _("Your change of team %(team)s is live"),
        _("The change of team %(team)s was passed and is shown now."),
    ),
    "team_change_returned": (
        _("Your change of team %(team)s was returned"),
        _("The change of team %(team)s was returned. The notes stand at the fields of the form; the former text stays "
          "in the pool."),
    ),
    "team_joined": (
        _("You are named as a member of team %(team)s"),
        _("You are named as a member of team %(team)s. If you do not want that, leave the team on its page; from then "
          "on nobody sees you in it."),
    ),
    "team_member_left": (
        _("A member has left team %(team)s"),
        _("A member has left team %(team)s. Its page shows who is in it now."),
    ),
}  # fmt: skip


def register() -> None:
    """Name verbs, states and notifications; called when the app is ready."""
    desk.register()
    labels.register(KIND, verbs=VERBS, states=TeamState)
    for name, (subject, body) in NOTIFICATIONS.items():
        register_kind(name, subject=subject, body=body, params=("team",))
