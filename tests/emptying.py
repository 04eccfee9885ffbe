"""Emptying the tables after a test that commits: Django truncates all hundred of them, which takes the server half a
second and two files for each table and index. Most are empty, and few rows are deleted sooner than a file is made.
"""

from typing import Any

from django.db import connection


def begin() -> None:
    """From now on a flush in this process deletes the rows that are there, the append-only ones too."""
    connection.ops.sql_flush = deletions  # type: ignore[method-assign]


def deletions(style: Any, tables: list[str], **options: Any) -> list[str]:
    """The statements that empty `tables`; they are run in one transaction. Sequences go on, as after Django's own."""
    if options.get("reset_sequences"):
        raise NotImplementedError("sequences go on after a flush of the suite")
    with connection.cursor() as cursor:
        quote = connection.ops.quote_name
        cursor.execute(" UNION ALL ".join(f"SELECT '{one}' WHERE EXISTS (SELECT FROM {quote(one)})" for one in tables))
        filled = [name for (name,) in cursor.fetchall()]
    # Without the triggers: rows may go in any order, and the history lets its rows go as it does when it is truncated.
    return ["SET LOCAL session_replication_role = replica", *(f"DELETE FROM {quote(one)}" for one in filled)]
