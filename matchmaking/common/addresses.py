"""Where a request comes from: the address that the portal believes, and the part of it that is kept."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

NO_ADDRESS = "0.0.0.0"  # noqa: S104  where a column asks for one and a socket has none


def caller_address(request: HttpRequest) -> str:
    """The address of whoever asks.

    Behind `settings.TRUSTED_PROXIES` proxies it is the one that the first of them saw: each adds the address it saw at
    the end of the header, and what stands before those was written by the asker.
    """
    proxies = settings.TRUSTED_PROXIES
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    if 0 < proxies <= len(seen) and seen[-proxies]:
        return seen[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))


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
