"""Where a request comes from: the address that the portal believes, and the part of it that is kept."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def caller_address(request: HttpRequest) -> str:
    """The address of whoever asks. Behind a proxy it is the one the proxy saw: what stands before it in the header was
    written by the asker.
    """
    seen = request.headers.get("X-Forwarded-For", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return seen.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")


def prefix_of(address: str) -> str:
    """The network of an address: the first 24 bits of IPv4, 48 of IPv6. Nothing for what is no address (a socket).

    Enough to tell places apart and to count attempts, too little to tell who sat there.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is None:
            return str(ip_network((int(found), 48), strict=False))
        found = found.ipv4_mapped
    return str(ip_network((int(found), 24), strict=False))
