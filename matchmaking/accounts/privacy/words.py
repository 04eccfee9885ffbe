"""What history and notifications say of personal data."""

from django.utils.translation import gettext_lazy as _

from matchmaking.activity import labels
from matchmaking.notifications.kinds import register_kind

VERBS = {
    "account.consent_withdrawn": _("consent withdrawn"),
    "account.consent_narrowed": _("part of a consent withdrawn"),
    "account.automatic_off": _("opted out of automatic matching"),
    "account.automatic_on": _("opted in to automatic matching again"),
    "account.copy_asked": _("asked for a copy of the own data"),
    "account.copy_downloaded": _("downloaded the copy of the own data"),
    "account.correction_asked": _("asked for a correction"),
    "account.correction_done": _("correction made"),
    "account.correction_refused": _("correction refused"),
    "account.closed": _("account closed"),
    "account.anonymised": _("name and address erased"),
}
ORGANISATION_VERBS = {
    "organisation.automatic_off": _("opted out of automatic matching"),
    "organisation.automatic_on": _("opted in to automatic matching again"),
}
# A number and a day: nothing of what was asked leaves the portal by mail.
REQUESTS = {
    "correction_to_answer": (
        _("A person asks for a correction (%(number)s)"),
        _("Somebody asks you to correct what %(number)s says of him. Please answer by %(day)s."),
    ),
    "correction_answered": (
        _("Your request for correction was answered (%(number)s)"),
        _("The owner of %(number)s has answered your request, which was due on %(day)s. It stands on the page."),
    ),
    "correction_late": (
        _("A request for correction is overdue (%(number)s)"),
        _("A person asked to have %(number)s corrected; the answer was due on %(day)s."),
    ),
}


def register() -> None:
    labels.register("account", verbs=VERBS)
    labels.register("organisation", verbs=ORGANISATION_VERBS)
    for name, (subject, body) in REQUESTS.items():
        register_kind(name, subject=subject, body=body, params=("number", "day"))
    register_kind(
        "personal_copy_ready",
        subject=_("The copy of your data is ready"),
        body=_("Download it on the page “My data” until %(day)s; then it is removed."),
        params=("day",),
    )
