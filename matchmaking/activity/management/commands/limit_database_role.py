"""`manage limit_database_role NAME`: give a database role what the running portal needs, and nothing more.

Run by the owner of the tables, after each upgrade. The role reads and writes rows; it makes, changes, empties and drops
no table, switches no trigger off, and cannot change what is only ever added. So a mistake in the portal, or whoever
gets hold of its connection, does not reach behind the triggers of the history (ASVS 13.2.2).
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from psycopg2 import sql

ADDED_ONLY = ("activity_entry", "activity_seal", "activity_anchor")
NEVER_DELETED = ("intake_recordversion",)  # one UPDATE is let through by its trigger: erasing
OF_THE_RELEASE = ("django_migrations", "vocabularies_statetransition")  # written by migrations alone

_STEPS = (
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "REVOKE UPDATE, DELETE ON {added_only} FROM {role}",
    "REVOKE DELETE ON {never_deleted} FROM {role}",
    "REVOKE INSERT, UPDATE, DELETE ON {of_the_release} FROM {role}",
    # What a later release adds works at once; its own tables that are only added to, when this has run again.
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
)
# A role that owns a table, may act as its owner, or is a superuser, cannot be limited by what it is granted.
_UNLIMITED = """
SELECT rolsuper OR pg_has_role(rolname, tableowner, 'MEMBER')
FROM pg_roles CROSS JOIN pg_tables WHERE rolname = %s AND schemaname = 'public' AND tablename = 'activity_entry'
"""


class Command(BaseCommand):
    help = "Give a database role what the running portal needs: rows, no tables, no changes of the history."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="an existing role, made with CREATE ROLE … LOGIN PASSWORD …")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"]
        with connection.cursor() as cursor:
            cursor.execute(_UNLIMITED, [name])
            found = cursor.fetchone()
            if found is None:
                raise CommandError(f"There is no database role {name!r}; make it with CREATE ROLE.")
            if found[0]:
                raise CommandError(f"{name} owns the tables or is a superuser: grants cannot limit it. Take another.")
            names = {
                "role": sql.Identifier(name),
                "added_only": _list(ADDED_ONLY),
                "never_deleted": _list(NEVER_DELETED),
                "of_the_release": _list(OF_THE_RELEASE),
            }
            for step in _STEPS:
                cursor.execute(sql.SQL(step).format(**names))
        self.stdout.write(f"{name} reads and writes rows, and nothing else. Give it to DATABASE_URL.")


def _list(tables: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, tables))
