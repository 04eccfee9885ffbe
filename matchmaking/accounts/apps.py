"""People, organisations and roles."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from matchmaking.common.access import PUBLIC, SIGNED_IN, declare_external


class AccountsConfig(AppConfig):
    name = "matchmaking.accounts"

    def ready(self) -> None:
        from matchmaking.accounts import checks  # noqa: F401  (registers the system checks)
        from matchmaking.accounts.enums import OrganisationState
        from matchmaking.accounts.mandates import jobs as mandate_jobs  # noqa: F401  (registers the handler)
        from matchmaking.accounts.mandates import labels as mandates
        from matchmaking.accounts.outreach import jobs  # noqa: F401  (as above)
        from matchmaking.accounts.privacy import invited, own_rooms, words
        from matchmaking.accounts.privacy.closing import names_of_accounts
        from matchmaking.accounts.selectors import holders_of  # the app registry is loaded by now
        from matchmaking.accounts.sign_in import history
        from matchmaking.accounts.yearly import jobs as yearly_jobs  # noqa: F401  (as above)
        from matchmaking.activity import labels, people
        from matchmaking.notifications import audience
        from matchmaking.notifications.kinds import register_kind

        audience.provide(holders_of)
        mandates.register()
        labels.register("organisation", verbs=VERBS, states=OrganisationState)
        for name, (subject, body) in NOTIFICATIONS.items():
            register_kind(name, subject=subject, body=body, params=("organisation",))
        register_kind("sessions_ended", subject=SESSIONS_ENDED[0], body=SESSIONS_ENDED[1], params=("reason",))
        words.register()
        own_rooms.register()
        invited.register()
        people.provide(names_of_accounts)
        import_module("matchmaking.accounts.privacy.jobs")  # only a jobs.py beside apps.py is found by itself
        labels.register("account", verbs=ACCOUNT_VERBS)
        history.connect()
        declare_external(dict.fromkeys(OPEN_ROUTES, PUBLIC) | dict.fromkeys(OWN_ROUTES, SIGNED_IN))


# The routes of allauth: those that lead to an account, and those of whoever has signed in.
OPEN_ROUTES = (
    "account_login", "account_logout", "account_signup", "account_inactive", "account_confirm_email",
    "account_email_verification_sent", "account_confirm_login_code", "account_reset_password",
    "account_reset_password_done", "account_reset_password_from_key", "account_reset_password_from_key_done",
    "mfa_authenticate", "socialaccount_login_cancelled", "socialaccount_login_error", "socialaccount_signup",
    "openid_connect_login", "openid_connect_callback", "saml_acs", "saml_finish_acs", "saml_sls", "saml_metadata",
    "saml_login",
)  # fmt: skip
OWN_ROUTES = (
    "account_reauthenticate", "account_email", "account_change_password", "account_set_password", "mfa_index",
    "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes", "mfa_download_recovery_codes", "usersessions_list", "socialaccount_connections",
)  # fmt: skip
ACCOUNT_VERBS = {
    "account.signed_up": _("account opened"),
    "account.signed_in": _("signed in"),
    "account.locked_out": _("locked out after wrong passwords"),
    "account.password_set": _("password set"),
    "account.address_changed": _("address changed"),
    "account.second_factor_on": _("second factor set up"),
    "account.second_factor_off": _("second factor given up"),
    "account.recovery_codes_renewed": _("recovery codes renewed"),
    "account.sessions_ended": _("sessions ended"),
    "account.sessions_ended_by_administrator": _("all sessions and tokens ended by the administrator of security"),
    "account.linked": _("single sign-on linked"),
    "account.unlinked": _("single sign-on unlinked"),
}
VERBS = {
    "organisation.created": _("organisation entered"),
    "organisation.applied": _("organisation applied"),
    "organisation.edited": _("organisation changed"),
    "organisation.verified": _("organisation verified"),
    "organisation.returned": _("application returned"),
    "organisation.frozen": _("organisation frozen"),
    "organisation.thawed": _("organisation open again"),
    "organisation.taken_back": _("taken back with the upload that made it"),
    "invitation.sent": _("invitation sent"),
    "invitation.accepted": _("invitation accepted"),
    "invitation.revoked": _("invitation revoked"),
    "enterprises.invited": _("enterprises invited by list"),
    "membership.granted": _("role given"),
    "roster.added": _("entered on the roster"),
    "roster.changed": _("roster changed"),
    "roster.left": _("left the roster"),
    "membership.ended": _("role ended"),
    "membership.confirmed": _("role confirmed for a year"),
}
SESSIONS_ENDED = (
    _("Your sessions were ended"),
    _(
        "An administrator ended all sessions and tokens of your account: %(reason)s. You can sign in again; if this"
        " surprises you, choose a new password."
    ),
)
NOTIFICATIONS = {
    "organisation_to_verify": (
        _("%(organisation)s has applied"),
        _("%(organisation)s has applied for an account and awaits your check."),
    ),
    "organisation_verified": (
        _("%(organisation)s is verified"),
        _("%(organisation)s is verified; its people can now use the portal."),
    ),
    "roles_to_confirm": (
        _("Please confirm the people of %(organisation)s"),
        _(
            "Roles in %(organisation)s were given or confirmed almost a year ago. Please confirm those that are still"
            " right; the others lapse 30 days after the year."
        ),
    ),
    "role_lapsed": (
        _("Your role in %(organisation)s has lapsed"),
        _(
            "Nobody confirmed your role in %(organisation)s for more than a year, and it stands still. Please ask"
            " whoever manages the organisation to confirm it; nothing is lost."
        ),
    ),
    "organisation_returned": (
        _("The application of %(organisation)s was returned"),
        _("The application of %(organisation)s was returned for correction. The reason stands on its page."),
    ),
}
