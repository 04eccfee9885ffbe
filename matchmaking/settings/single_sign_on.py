"""What SSO_PROVIDERS says, as the settings of allauth. Pure: read by the settings themselves.

A JSON list with one object for each identity provider; docs/sign-in.md lists the keys.
"""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# The names under which federations of universities (Shibboleth, CARSI) release who somebody is.
SAML_ATTRIBUTES: dict[str, list[str]] = {
    "uid": ["urn:oasis:names:tc:SAML:attribute:subject-id", "urn:oasis:names:tc:SAML:attribute:pairwise-id",
            "urn:oid:1.3.6.1.4.1.5923.1.1.1.6"],
    "email": ["urn:oid:0.9.2342.19200300.100.1.3", "mail",
              "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"],
    "name": ["urn:oid:2.16.840.1.113730.3.1.241", "urn:oid:2.5.4.3", "displayName"],
}  # fmt: skip


def providers_from(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return (SOCIALACCOUNT_PROVIDERS, {id: {"name", "domains", "origins"}}) of the text; both empty without one.

    Raises ImproperlyConfigured with a sentence that names the entry.
    """
    found: dict[str, Any] = {"openid_connect": {"APPS": [], "OAUTH_PKCE_ENABLED": True}, "saml": {"APPS": []}}
    known: dict[str, Any] = {}
    for entry in _entries(text):
        name = str(entry.get("id", ""))
        if not _ID.fullmatch(name) or name in known:
            raise ImproperlyConfigured(f"SSO_PROVIDERS: the id {name!r} is no short lower-case word, or stands twice.")
        maker = {"oidc": _openid_connect, "saml": _saml}.get(str(entry.get("kind", "")))
        if maker is None:
            raise ImproperlyConfigured(f"SSO_PROVIDERS: {name} needs a kind, oidc or saml.")
        kind, app, addresses = maker(entry, name)
        found[kind]["APPS"].append(app)
        domains = [str(domain).lower() for domain in entry.get("domains") or []]
        if not domains or not all(map(_DOMAIN.fullmatch, domains)):
            raise ImproperlyConfigured(
                f"SSO_PROVIDERS: {name} needs domains, the ends of the addresses it vouches for."
            )
        origins = sorted({f"{urlsplit(one).scheme}://{urlsplit(one).netloc}" for one in addresses})
        known[name] = {"name": app["name"], "domains": domains, "origins": [*origins, *entry.get("origins", [])]}
    return found, known


def _entries(text: str) -> list[dict[str, Any]]:
    if not text.strip():
        return []
    try:
        entries = json.loads(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"SSO_PROVIDERS is no JSON: {error}.") from error
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise ImproperlyConfigured("SSO_PROVIDERS is a list of objects, one for each identity provider.")
    return entries


def _needed(entry: dict[str, Any], name: str, key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ImproperlyConfigured(f"SSO_PROVIDERS: {name} lacks {key}.")
    return value.strip()


def _address(entry: dict[str, Any], name: str, key: str) -> str:
    """An address that nobody on the way can change: https, or the own machine."""
    value = _needed(entry, name, key)
    parts = urlsplit(value)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ImproperlyConfigured(f"SSO_PROVIDERS: {key} of {name} must begin with https://.")
    return value


def _openid_connect(entry: dict[str, Any], name: str) -> tuple[str, dict[str, Any], list[str]]:
    server = _address(entry, name, "url")
    app = {
        "provider_id": name,
        "name": _needed(entry, name, "name"),
        "client_id": _needed(entry, name, "client_id"),
        "secret": _needed(entry, name, "secret"),
        "settings": {"server_url": server, "uid_field": entry.get("uid", "sub"), "oauth_pkce_enabled": True},
    }
    return "openid_connect", app, [server]


def _saml(entry: dict[str, Any], name: str) -> tuple[str, dict[str, Any], list[str]]:
    service = _address(entry, name, "sso_url")
    app = {
        "provider_id": name,
        "name": _needed(entry, name, "name"),
        "client_id": name,
        "settings": {
            "idp": {
                "entity_id": _needed(entry, name, "entity_id"),
                "sso_url": service,
                "x509cert": _needed(entry, name, "certificate"),
            },
            "sp": {"entity_id": entry.get("our_entity_id", "")},
            "attribute_mapping": SAML_ATTRIBUTES | entry.get("attributes", {}),
            "advanced": {
                "reject_idp_initiated_sso": True,
                "want_name_id": False,
                "x509cert": entry.get("our_certificate"),
                "private_key": entry.get("our_key"),
                "authn_request_signed": bool(entry.get("our_key")),
            },
        },
    }
    return "saml", app, [service]
