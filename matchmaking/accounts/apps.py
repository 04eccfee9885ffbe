"""People, organisations and roles."""

from django.apps import AppConfig

from matchmaking.common.access import PUBLIC, SIGNED_IN, declare_external


class AccountsConfig(AppConfig):
    name = "matchmaking.accounts"

    def ready(self) -> None:
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
