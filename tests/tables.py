"""The tables, made once for a whole run: each process of a parallel run, and each rig, gets a copy of them."""

import fcntl
import shutil
import tempfile
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from tests.long.rig import Server

TABLES = pytest.StashKey["Tables"]()


class Tables:
    """A database in which nothing has happened but the migrations; `folder` is shared by the processes of a run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._name = f"{folder.name}_tables"
        self._lock, self._made = folder / "lock", folder / "made"

    def name(self) -> str:
        """The name of the database, from which anybody may copy at any time. The first who asks makes it."""
        with self._lock.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self._made.exists():
                self._make(self._name)
                self._made.touch()
        return self._name

    def _make(self, name: str) -> None:
        Server().drop(name)  # what an earlier attempt left
        Server().run(f'CREATE DATABASE "{name}"')
        connection.close()
        usual, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], name
        try:
            call_command("migrate", verbosity=0, interactive=False)
        finally:
            connection.close()
            connection.settings_dict["NAME"] = usual

    def forget(self) -> None:
        if self._lock.exists():  # somebody asked; perhaps the run was stopped while it was made
            Server().drop(self._name)
        shutil.rmtree(self.folder)


def begin(config: pytest.Config) -> None:
    """The process that starts the others decides where; they are told by `tell`."""
    told = getattr(config, "workerinput", {}).get("tables")
    config.stash[TABLES] = Tables(Path(told or tempfile.mkdtemp(prefix="tongti-run-")))


def tell(node) -> None:
    node.workerinput["tables"] = str(node.config.stash[TABLES].folder)


def end(config: pytest.Config) -> None:
    if TABLES in config.stash and not hasattr(config, "workerinput"):
        config.stash[TABLES].forget()
