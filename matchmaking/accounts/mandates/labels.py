"""What the history and notifications say of mandates."""

from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.mandates.enums import MandateState
from matchmaking.activity import labels
from matchmaking.notifications.kinds import register_kind

VERBS = {
    "mandate.offered": _("mandate offered"),
    "mandate.signed": _("mandate signed"),
    "mandate.begun": _("mandate in force"),
    "mandate.ended": _("mandate ended"),
    "mandate.revoked": _("mandate revoked"),
}
NOTICES = {
    "mandate_offered": (_("%(broker)s offers to act for %(client)s"),
                        _("%(broker)s offers to act for %(client)s under a mandate. Sign it or refuse.")),
    "mandate_signed": (_("%(client)s has signed the mandate"), _("%(client)s has signed the mandate of %(broker)s.")),
    "mandate_revoked": (_("The mandate between %(client)s and %(broker)s was revoked"),
                        _("The mandate between %(client)s and %(broker)s was revoked. The reason stands on its page.")),
}  # fmt: skip


def register() -> None:
    labels.register("mandate", verbs=VERBS, states=MandateState)
    for name, (subject, body) in NOTICES.items():
        register_kind(name, subject=subject, body=body, params=("broker", "client"))
