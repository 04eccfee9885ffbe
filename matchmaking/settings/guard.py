"""What an instance with the demonstration switched on may not look like. Pure: read by the settings themselves."""

from collections.abc import Iterable

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "[::1]", "testserver"})


def exposed(hosts: Iterable[str], database_host: str) -> list[str]:
    """Return a sentence for everything that reaches beyond this machine."""
    found = []
    if outside := sorted(host for host in hosts if host not in LOOPBACK and not host.endswith(".localhost")):
        found.append(f"TONGTI_EMBEDDED signs anybody in with one click; ALLOWED_HOSTS may name loopback only, not "
                     f"{', '.join(outside)}.")  # fmt: skip
    if database_host and not database_host.startswith(("/", "@")) and database_host not in LOOPBACK:
        found.append("TONGTI_EMBEDDED is for a private database on this machine; DATABASE_URL names another host.")
    return found
