"""What `up` notes about a database, in that database, so that a note never outlives what it is about.

The notes are the comment of the database: there is no table of ours to put them in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
import psycopg2.extensions
from psycopg2 import sql

from matchmaking.devstack.console import DevstackError
from matchmaking.devstack.layout import PROJECT

# What decides how tables and reference data shall be: migrations, code tables, programmes, versions of packages.
_SOURCES = (
    "requirements.txt",
    "*/migrations/*.py",
    "matchmaking/*/migrations/*.py",
    "matchmaking/vocabularies/data/**/*.*",
    "matchmaking/programmes/data/**/*.*",
)
_TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"


@contextmanager
def _cursor(url: str) -> Iterator[psycopg2.extensions.cursor]:
    with closing(psycopg2.connect(url, connect_timeout=5)) as opened:
        opened.autocommit = True
        with opened.cursor() as cursor:
            yield cursor


def recall(url: str) -> dict[str, Any]:
    """Everything noted so far; empty for a database that `up` never touched."""
    with _cursor(url) as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        )
        row = cursor.fetchone()
    try:
        noted = json.loads(row[0]) if row and row[0] else {}
    except ValueError:  # somebody else's comment
        return {}
    return noted if isinstance(noted, dict) else {}


def note(url: str, facts: Mapping[str, Any]) -> None:
    """Add to what is noted. Only the owner of a database may."""
    text = json.dumps(recall(url) | dict(facts))
    with _cursor(url) as cursor:
        cursor.execute("SELECT current_database()")
        row = cursor.fetchone()
        assert row is not None
        cursor.execute(sql.SQL("COMMENT ON DATABASE {} IS %s").format(sql.Identifier(row[0])), [text])


def is_claimed(url: str) -> bool:
    """Whether `up` filled this database; False when it cannot be asked."""
    try:
        return "portal" in recall(url)
    except psycopg2.Error:
        return False


def claim(url: str) -> None:
    """Take an empty database for `up`; refuse one that holds data of somebody else.

    `up` fills a database with fictional people and lets anybody at this machine sign in as any of them.
    """
    try:
        if "portal" in recall(url):
            return
        with _cursor(url) as cursor:
            cursor.execute(_TABLES)
            row = cursor.fetchone()
        if row and row[0]:
            raise DevstackError(
                "The database that DATABASE_URL names holds tables that “portal up” did not make. It takes an empty "
                "database, because it puts fictional people into it; for real data see docker-compose.yml."
            )
        note(url, {"portal": "up"})
    except psycopg2.Error as error:
        raise DevstackError(f"The database cannot be used: {str(error).strip()}") from error


def schema_fingerprint(url: str) -> str:
    """One value for those sources and for the migrations that the database has applied; empty before the first.

    As long as it is the one noted after the last `migrate`, there is nothing to do, and the start is spared some
    Django processes.
    """
    digest = hashlib.sha256()
    for path in sorted({path for pattern in _SOURCES for path in PROJECT.glob(pattern)}):
        digest.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes())
    with _cursor(url) as cursor:
        cursor.execute("SELECT to_regclass('django_migrations')")
        if cursor.fetchone() == (None,):
            return ""
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
        digest.update(repr(cursor.fetchall()).encode())
    return digest.hexdigest()
