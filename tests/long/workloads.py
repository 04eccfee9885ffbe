"""What the fault harness lets the workers do. A workload runs in the poster's process, which has Django.

To harness other work: write a class with the same four methods and name it in `test_faults.WORKLOADS`.
"""

import hashlib
from typing import Protocol

LONG_JOB = 1_000


class Workload(Protocol):
    def prepare(self) -> None:
        """Make what the posts need. Called once, before any fault, in a database that holds only the tables."""

    def post(self, number: int) -> None:
        """Do what a person would do in the portal, so that a job follows. Called again with the same number when the
        database session broke, so it must first look whether the first call was committed after all."""

    def digest(self) -> str:
        """A hash of the outcome by readable numbers: equal for equal outcomes in different databases."""

    def facts(self) -> dict[str, int]:
        """Counts for the report; `notifications` and `expected_notifications` must agree."""


class Ledger:
    """Self-contained: lines in a table without uniqueness, one notification and one mail for each post."""

    def prepare(self) -> None:
        from django.contrib.auth import get_user_model

        get_user_model().objects.create_user(username="fault", email="fault@example.test")

    def post(self, number: int) -> None:
        from django.db import connection, transaction

        from matchmaking.jobs.services import enqueue

        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO fault_item (number) VALUES (%s) ON CONFLICT DO NOTHING", [number])
            if cursor.rowcount:
                enqueue(kind="fault_ledger", args={"item": number})

    def digest(self) -> str:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT item, line FROM fault_line ORDER BY item, line")
            return hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()

    def facts(self) -> dict[str, int]:
        from django.db import connection

        from matchmaking.notifications.models import Notification

        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*), count(DISTINCT (item, line)) FROM fault_line")
            lines, distinct = cursor.fetchone()
            cursor.execute("SELECT count(*) FROM fault_item")
            (items,) = cursor.fetchone()
        told = Notification.objects.filter(kind="fault_done").count()
        return {
            "lines": lines,
            "doubled_lines": lines - distinct,
            "notifications": told,
            "expected_notifications": items,
        }


class Trouble(Ledger):
    """Good jobs and, before them, one of each kind that harms its worker; or, from 1000 on, one very long job."""

    def post(self, number: int) -> None:
        from matchmaking.jobs.services import enqueue
        from tests.long.faultapp.jobs import HARMS

        if number >= LONG_JOB:
            enqueue(kind="fault_long", args={})
        elif number < len(HARMS):
            enqueue(kind="fault_harm", args={"how": HARMS[number]})
        else:
            enqueue(kind="fault_ledger", args={"item": number})
