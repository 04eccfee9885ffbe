"""People, organisations and roles."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from matchmaking.common.access import PUBLIC, SIGNED_IN, declare_external


class AccountsConfig(AppConfig):
    name = "matchmaking.accounts"

    def ready(self) -> None:
        from matchmaking.accounts import checks  # noqa: F401  (registers the system checks)
        from matchmaking.accounts.enums import OrganisationState
        from matchmaking.accounts.selectors import holders_of  # the app registry is loaded by now
        from matchmaking.activity import labels
        from matchmaking.notifications import audience
        from matchmaking.notifications.kinds import register_kind

        audience.provide(holders_of)
        labels.register("organisation", verbs=VERBS, states=OrganisationState)
        for name, (subject, body) in NOTIFICATIONS.items():
            register_kind(name, subject=subject, body=body, params=("organisation",))
        declare_external(
            {
                "account_login": PUBLIC,
                "account_logout": PUBLIC,
                "account_signup": PUBLIC,
                "account_inactive": PUBLIC,
                "account_confirm_email": PUBLIC,
                "account_email_verification_sent": PUBLIC,
                "account_confirm_login_code": PUBLIC,
                "account_reset_password": PUBLIC,
                "account_reset_password_done": PUBLIC,
                "account_reset_password_from_key": PUBLIC,
                "account_reset_password_from_key_done": PUBLIC,
                "account_reauthenticate": SIGNED_IN,
                "account_email": SIGNED_IN,
                "account_change_password": SIGNED_IN,
                "account_set_password": SIGNED_IN,
            }
        )


VERBS = {
    "organisation.created": _("organisation entered"),
    "organisation.applied": _("organisation applied"),
    "organisation.edited": _("organisation changed"),
    "organisation.verified": _("organisation verified"),
    "organisation.returned": _("application returned"),
    "organisation.taken_back": _("taken back with the upload that made it"),
    "membership.granted": _("role given"),
    "membership.ended": _("role ended"),
}
NOTIFICATIONS = {
    "organisation_to_verify": (
        _("%(organisation)s has applied"),
        _("%(organisation)s has applied for an account and awaits your check."),
    ),
    "organisation_verified": (
        _("%(organisation)s is verified"),
        _("%(organisation)s is verified; its people can now use the portal."),
    ),
    "organisation_returned": (
        _("The application of %(organisation)s was returned"),
        _("The application of %(organisation)s was returned for correction. The reason stands on its page."),
    ),
}
