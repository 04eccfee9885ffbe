"""Single sign-on: who may come in by the word of an identity provider (`settings.SSO_PROVIDERS`).

A provider is believed for the addresses of its own domains and no others, else anybody who runs one could come in as
anybody. It opens accounts that exist under such an address, or that have been invited; it makes no others. Of what it
sends only the key, the name and the address are used, and nothing else is kept.
"""

from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import render

SAML = "saml"


def vouches(provider: Any, address: str) -> bool:
    """Whether the provider may say whose this address is."""
    host = address.rpartition("@")[2].lower()
    domains = settings.SINGLE_SIGN_ON.get(provider.sub_id, {}).get("domains", ())
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """See the module."""

    def is_email_verified(self, provider: Any, email: str) -> bool:
        """SAML has no word for it: a university releases the addresses that it gives out itself. OpenID Connect says it
        of every address (`email_verified`), and is believed only when it does.
        """
        return provider.id == SAML and vouches(provider, email)

    def can_authenticate_by_email(self, login: Any, email: str) -> bool:
        return vouches(login.provider, email)

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Any:
        sociallogin.account.extra_data = {}
        sociallogin.email_addresses = [
            one for one in sociallogin.email_addresses if one.verified and vouches(sociallogin.provider, one.email)
        ]
        user = sociallogin.user
        user.email = sociallogin.email_addresses[0].email if sociallogin.email_addresses else ""
        user.full_name = str(data.get("name") or "")[:100]
        return user

    def serialize_instance(self, instance: Any) -> Any:
        """A session keeps between two steps what the row holds, not what was looked up of the person meanwhile."""
        vars(instance).pop("active_memberships", None)
        return super().serialize_instance(instance)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Only for whoever has opened an invitation to the address that the provider vouches for."""
        account = get_account_adapter(request)
        if any(account.is_email_verified(request, one.email) for one in sociallogin.email_addresses):
            return True
        context = {"provider": sociallogin.provider.name, "address": sociallogin.user.email}
        raise ImmediateHttpResponse(render(request, "socialaccount/no_account.html", context, status=403))
