"""A process that posts: it stands for the web, whose requests never talk to the broker.

Reads commands from its input, one in a line, and answers each with one line of JSON. A broken database session is
tried again, as a person would press the button again.
"""

import json
import sys
import time
from typing import Any

import django
from django.db import InterfaceError, OperationalError, connection
from django.utils.module_loading import import_string

TRIES = 20


def state() -> dict[str, Any]:
    """What is still to be done, and how hard it was."""
    from django.db.models import Max

    from matchmaking.jobs.models import Job, JobState
    from matchmaking.notifications.models import MailState, OutboxMail

    jobs, mails = Job.objects.all(), OutboxMail.objects.all()
    return {
        "jobs": jobs.count(),
        "open": jobs.open().count(),
        "dead": jobs.filter(state=JobState.DEAD).count(),
        "units": jobs.aggregate(most=Max("id"))["most"],
        "attempts": jobs.aggregate(most=Max("attempts"))["most"],
        "mails": mails.count(),
        "unsent": mails.exclude(state=MailState.SENT).count(),
        "mail_attempts": mails.aggregate(most=Max("attempts"))["most"],
    }


def work() -> int:
    """Do everything that is open, here and at once, and what a day brings: a dispatcher would have asked for it."""
    from matchmaking.jobs.runner import run_due_jobs
    from matchmaking.jobs.schedule import insert_due
    from tests.long.faultapp import jobs

    jobs.WORK = 0
    insert_due({})
    return len(run_due_jobs(limit=100_000))


def answer(workload: Any, command: str, argument: str) -> Any:
    if command == "post":
        return workload.post(int(argument))
    if command == "state":
        return state()
    if command == "work":
        return work()
    return getattr(workload, command)()


def main() -> None:
    django.setup()
    workload = import_string(sys.argv[1])()
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        for _attempt in range(TRIES):
            try:
                told = answer(workload, command, argument)
                break
            except (OperationalError, InterfaceError):
                connection.close()
                time.sleep(0.05)
        else:
            raise SystemExit(f"no database for {command} {argument}")
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


main()
