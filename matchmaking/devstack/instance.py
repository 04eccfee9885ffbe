"""The environment that every process of an instance gets, and the questions asked of its database without Django."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matchmaking.devstack.layout import PROJECT, Layout, load_keys
from matchmaking.devstack.postgres import DATABASE, SUPERUSER, Postgres, clean_environment
from matchmaking.devstack.process import DATA_VARIABLE
from matchmaking.devstack.valkey import Valkey


@dataclass(frozen=True)
class Instance:
    """A data directory and the servers behind it: ours, or those that the caller's environment names."""

    layout: Layout
    own_database: bool
    own_broker: bool

    @classmethod
    def at(cls, layout: Layout, environ: Mapping[str, str] = os.environ) -> Instance:
        return cls(
            layout,
            own_database=not environ.get("DATABASE_URL"),
            own_broker=not environ.get("CELERY_BROKER_URL"),
        )

    @property
    def postgres(self) -> Postgres:
        return Postgres(self.layout)

    @property
    def valkey(self) -> Valkey:
        return Valkey(self.layout)

    @property
    def database_url(self) -> str:
        return self.postgres.url if self.own_database else os.environ["DATABASE_URL"]

    def environment(self, *, create_keys: bool = True) -> dict[str, str]:
        """Variables for a process of this instance, on top of the caller's own.

        The demonstration features need a database of our own: fictional people must not sign in to somebody's
        real data. Keys likewise belong to the data: those of the caller count only for a database of the caller.
        """
        given = clean_environment(os.environ)
        keys = load_keys(self.layout, create=create_keys)
        if not self.own_database:
            keys |= {name: given[name] for name in keys if given.get(name)}
        ours = {
            "DJANGO_SETTINGS_MODULE": "matchmaking.settings.base",
            "DATABASE_URL": self.database_url,
            "CELERY_BROKER_URL": self.valkey.url if self.own_broker else os.environ["CELERY_BROKER_URL"],
            "DEBUG": "0",
            "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
            "TONGTI_EMBEDDED": "1" if self.own_database else "0",
            DATA_VARIABLE: str(self.layout.data),
            "MEDIA_ROOT": str(self.layout.media),
            "MAIL_DIR": str(self.layout.mail),
            "PYTHONUNBUFFERED": "1",
        }
        return given | keys | ours | (self._client_tools(given) if self.own_database else {})

    def _client_tools(self, given: Mapping[str, str]) -> dict[str, str]:
        """Let psql and pg_dump be found in the right version, and find the server by themselves."""
        path = os.pathsep.join([str(self.postgres.binaries), given.get("PATH", os.defpath)])
        return {"PATH": path, "PGHOST": str(self.layout.sockets), "PGUSER": SUPERUSER, "PGDATABASE": DATABASE}


# -- facts about a database, kept in that database so that they never outlive it -------------------------------


def recall(postgres: Postgres) -> dict[str, Any]:
    """What earlier starts noted about our database."""
    opened = postgres.connect(DATABASE)
    try:
        with opened.cursor() as cursor:
            cursor.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [DATABASE]
            )
            row = cursor.fetchone()
        return dict(json.loads(row[0])) if row and row[0] else {}
    except ValueError:
        return {}
    finally:
        opened.close()


def note(postgres: Postgres, facts: Mapping[str, Any]) -> None:
    """Add to what is noted about our database (as its comment: there is no table of ours to put it in)."""
    known = recall(postgres) | dict(facts)
    opened = postgres.connect(DATABASE)
    try:
        with opened.cursor() as cursor:
            cursor.execute(f"COMMENT ON DATABASE {DATABASE} IS %s", [json.dumps(known)])
    finally:
        opened.close()


# What decides how tables and reference data shall be: migrations, code tables, programmes, versions of packages.
_SOURCES = (
    "requirements.txt",
    "*/migrations/*.py",
    "matchmaking/*/migrations/*.py",
    "matchmaking/vocabularies/data/**/*.*",
    "matchmaking/programmes/data/**/*.*",
)


def schema_fingerprint(postgres: Postgres) -> str:
    """One value for those sources and for the migrations that the database has applied; empty before the first.

    As long as it is the one noted after the last `migrate`, there is nothing to do, and the start is spared some
    Django processes.
    """
    digest = hashlib.sha256()
    for path in sorted({path for pattern in _SOURCES for path in PROJECT.glob(pattern)}):
        digest.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes())
    opened = postgres.connect(DATABASE)
    try:
        with opened.cursor() as cursor:
            cursor.execute("SELECT to_regclass('django_migrations')")
            if cursor.fetchone() == (None,):
                return ""
            cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
            digest.update(repr(cursor.fetchall()).encode())
    finally:
        opened.close()
    return digest.hexdigest()
