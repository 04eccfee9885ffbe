"""How allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Accounts come by invitation or organisation application, never by open sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def user_display(user) -> str:
    return user.get_full_name()
