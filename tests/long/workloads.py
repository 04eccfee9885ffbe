"""What the fault harness lets the workers do. A workload runs in the poster's process, which has Django.

To harness other work: write a class with the same four methods and name it in `test_faults.WORKLOADS`.
"""

import hashlib
import io
import os
from typing import Any, Protocol

LONG_JOB = 1_000
HARMS = ["error", "exit", "segfault", "loop", "deaf loop"]  # ways in which a job harms its worker
POOLS = ("achievements", "needs", "experts")
TEXTS = ("title", "background", "problem", "goal", "tried", "chain_link", "tech_field", "industry")


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


class Matching:
    """The main job: an enterprise hands a need in, an officer publishes it, a job matches it; now and then an officer
    starts a batch over a region while all this happens."""

    BATCH_EVERY = 20

    def prepare(self) -> None:
        """The sample pools, matched once: that also freezes the statistics by which every later need is judged.

        The short form leaves out the variants of the written records, and has too few texts then for an encoder.
        """
        from django.core.management import call_command

        from matchmaking.jobs.runner import run_due_jobs
        from matchmaking.matching.enums import RunScope
        from matchmaking.matching.services.runs import start_run
        from matchmaking.sampledata import pools
        from matchmaking.sampledata.texts import written

        if "FAULT_WHOLE_POOLS" not in os.environ:
            pools.ACHIEVEMENTS, pools.NEEDS, pools.EXPERTS = (len(written(kind)) for kind in POOLS)
        for command in ("load_vocabularies", "load_programmes"):
            call_command(command, verbosity=0, stdout=io.StringIO())
        call_command("seed", scale=1, seed=1, no_matching=True, stdout=io.StringIO())
        start_run(by=None, scope=RunScope.ALL)
        run_due_jobs()

    def post(self, number: int) -> None:
        from django.db import connection, transaction

        from matchmaking.matching.enums import RunScope
        from matchmaking.matching.services.runs import start_run
        from needs.services import publish_need, submit_need

        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO fault_post (number) VALUES (%s) ON CONFLICT DO NOTHING", [number])
            if not cursor.rowcount:
                return
            need, owner, officer = self._create(number)
            submit_need(by=owner, need=need)
            publish_need(by=officer, need=need)
            if number % self.BATCH_EVERY == 0:
                start_run(by=None, scope=RunScope.REGION, region=need.region)

    def _create(self, number: int) -> tuple[Any, Any, Any]:
        from matchmaking.accounts.enums import OrganisationKind, Role
        from matchmaking.accounts.models import Membership, Organisation
        from matchmaking.programmes.models import Programme
        from matchmaking.programmes.reviewing import officers_for
        from matchmaking.sampledata.texts import written
        from needs.services import create_need
        from tests.factories.needs import INDICATOR, need_data

        firms = Organisation.objects.active().filter(kind=OrganisationKind.ENTERPRISE, park=None).order_by("uscc")
        firm = firms[number % firms.count()]
        owner = Membership.objects.get(organisation=firm, role=Role.ENTERPRISE_OWNER).user
        texts = written("needs")
        text = {name: value for name in TEXTS if (value := texts[number % len(texts)][name])}
        programme = Programme.objects.order_by("code")[0]
        need = create_need(by=owner, owner=firm, programme=programme, data=need_data(**text), indicators=[INDICATOR])
        return need, owner, officers_for(need, "need")[0]

    def digest(self) -> str:
        from matchmaking.matching.services.digest import state_digest

        return state_digest()

    def facts(self) -> dict[str, int]:
        from matchmaking.matching.models import Candidate, Match
        from matchmaking.notifications.models import Notification

        told = Notification.objects.count()
        events = Notification.objects.values("dedupe_key").distinct().count()
        return {
            "matches": Match.objects.count(),
            "candidates": Candidate.objects.count(),
            "notifications": told,
            "expected_notifications": events,
        }


class Portal(Matching):
    """Both at once: the matches cannot be doubled because the database forbids it; the ledger's lines can."""

    def __init__(self) -> None:
        self._ledger = Ledger()

    def prepare(self) -> None:
        super().prepare()
        self._ledger.prepare()

    def post(self, number: int) -> None:
        super().post(number)
        self._ledger.post(number)

    def digest(self) -> str:
        return f"{super().digest()} {self._ledger.digest()}"

    def facts(self) -> dict[str, int]:
        mine, ledger = super().facts(), self._ledger.facts()
        doubled = mine["notifications"] - mine["expected_notifications"]
        lost = ledger["expected_notifications"] - ledger["notifications"]
        return ledger | mine | {"expected_notifications": mine["notifications"] + lost - doubled}


class Trouble(Ledger):
    """Good jobs and, before them, one of each kind that harms its worker; or, from 1000 on, one very long job."""

    def post(self, number: int) -> None:
        from matchmaking.jobs.services import enqueue

        if number >= LONG_JOB:
            enqueue(kind="fault_long", args={})
        elif number < len(HARMS):
            enqueue(kind="fault_harm", args={"how": HARMS[number]})
        else:
            enqueue(kind="fault_ledger", args={"item": number})
