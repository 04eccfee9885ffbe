"""Where an instance keeps its things, its lock, its keys and its sockets.

Everything lies under one data directory, so several instances run side by side and `rm -r` removes one whole.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import re
import secrets
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matchmaking.devstack.console import DevstackError

PROJECT = Path(__file__).resolve().parents[2]
# A socket path must stay under 108 bytes; the longest name we put into the directory is 24 bytes long.
_SOCKET_DIRECTORY_LIMIT = 80
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")  # commas, spaces and percent signs mean something in socket settings


@dataclass(frozen=True)
class Layout:
    """Paths of one instance. `data` is absolute and resolved."""

    data: Path

    @classmethod
    def at(cls, data: str | os.PathLike[str]) -> Layout:
        return cls(Path(data).expanduser().resolve())

    @property
    def pg(self) -> Path:
        return self.data / "pg"

    @property
    def valkey(self) -> Path:
        return self.data / "valkey"

    @property
    def media(self) -> Path:
        return self.data / "media"

    @property
    def mail(self) -> Path:
        return self.data / "mail"

    @property
    def log(self) -> Path:
        return self.data / "log"

    @property
    def run(self) -> Path:
        return self.data / "run"

    @property
    def keys(self) -> Path:
        return self.data / "secret.env"

    @property
    def sockets(self) -> Path:
        """The socket directory: inside the data directory, or in the temp directory when that path cannot serve."""
        inside = self.run / "sock"
        if len(os.fsencode(inside)) <= _SOCKET_DIRECTORY_LIMIT and _PLAIN_PATH.fullmatch(str(inside)):
            return inside
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"tongti-{os.geteuid()}-{digest}"

    def prepare(self) -> None:
        """Make the directories, readable by us alone; refuse what belongs to somebody else."""
        try:
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise DevstackError(f"The data directory {self.data} cannot be made: {error.strerror}.") from error
        _must_be_ours(self.data)
        self.data.chmod(0o700)
        for directory in (self.valkey, self.media, self.mail, self.log, self.run):
            directory.mkdir(mode=0o700, exist_ok=True)
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        _must_be_ours(self.sockets)
        self.sockets.chmod(0o700)

    # -- small facts kept between starts ---------------------------------------------------------------------

    def remember(self, name: str, value: Any) -> None:
        """Keep a JSON value under `run/NAME.json`; readers see the old or the new file, never half of one."""
        self.run.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(self.run / f"{name}.json", json.dumps(value, ensure_ascii=False, indent=1).encode(), 0o600)

    def recall(self, name: str) -> Any:
        """The kept value, or None when there is none or it cannot be read."""
        try:
            return json.loads((self.run / f"{name}.json").read_bytes())
        except (OSError, ValueError):
            return None

    def forget(self, name: str) -> None:
        (self.run / f"{name}.json").unlink(missing_ok=True)


def _must_be_ours(directory: Path) -> None:
    """Refuse a directory that another user owns or that is a link.

    The servers trust whoever can reach their socket, and the name of a directory in the shared temp directory can
    be guessed, so somebody could have made it before us.
    """
    facts = directory.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid():
        raise DevstackError(
            f"{directory} belongs to another user or is not a plain directory; "
            "run as its owner, or choose another place with --data."
        )


def replace_file(path: Path, content: bytes, mode: int) -> None:
    """Write a file so that it is there whole or not at all."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as handle:
            os.fchmod(handle.fileno(), mode)
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


# -- keys ----------------------------------------------------------------------------------------------------


def new_keys() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "FIELD_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }


def load_keys(layout: Layout, *, create: bool) -> dict[str, str]:
    """The keys of this data directory, made once. They live beside the data that they protect.

    With `create=False` and no file, keys for this one process are returned and nothing is written.
    """
    try:
        text = layout.keys.read_text()
    except FileNotFoundError:
        keys = new_keys()
        if create:
            replace_file(layout.keys, "".join(f"{name}={value}\n" for name, value in keys.items()).encode(), 0o600)
        return keys
    keys = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    missing = {"SECRET_KEY", "FIELD_KEY"} - keys.keys()
    if missing:
        raise DevstackError(f"{layout.keys} lacks {', '.join(sorted(missing))}; restore it from a backup.")
    return keys


# -- one supervisor at a time --------------------------------------------------------------------------------


def holder_of(layout: Layout) -> dict[str, Any] | None:
    """Who holds the data directory (`pid`, `what`), or None when nobody does."""
    try:
        descriptor = os.open(layout.run / "lock", os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return dict(layout.recall("holder") or {"pid": 0, "what": "another command"})
    finally:
        os.close(descriptor)
    return None


def _lock(descriptor: int) -> bool:
    """Take the lock; a few tries, because `holder_of` touches it for a moment."""
    for _ in range(10):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.03)
        else:
            return True
    return False


@contextmanager
def held(layout: Layout, what: str) -> Iterator[None]:
    """Hold the data directory; the kernel lets go of it when we die, however we die."""
    descriptor = os.open(layout.run / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _lock(descriptor):
            holder = layout.recall("holder") or {}
            raise DevstackError(
                f"{layout.data} is already in use by “portal {holder.get('what', '?')}” "
                f"(process {holder.get('pid', '?')}). Stop it with “./portal down --data {layout.data}”, "
                "or start a second instance with another --data."
            )
        layout.remember("holder", {"pid": os.getpid(), "what": what})
        yield
        layout.forget("holder")
    finally:
        os.close(descriptor)
