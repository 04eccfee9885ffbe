"""The review keeps its days by itself: reminders and escalations every morning, a digest once a week."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import User
from matchmaking.intake import queues, reviewed
from matchmaking.intake.services import tasks
from matchmaking.jobs.context import JobContext
from matchmaking.jobs.registry import handler
from matchmaking.jobs.schedule import daily_at, periodic
from matchmaking.notifications.services import notify
from matchmaking.programmes.reviewing import holders

OFFICERS = (Role.PARK_ADMIN, Role.REGIONAL_OFFICER, Role.SECRETARY)
MONDAY, TUESDAY = 0, 1
CHUNK = 20


@periodic("watch_review_tasks", every=daily_at(7, 30))
@handler("watch_review_tasks", label=_("Review: open tasks, remind, escalate"), unit=_("tasks"))
def watch_review_tasks(job: JobContext) -> dict[str, int]:
    """Open missing tasks, remind a working day before the last day, escalate what is overdue; each thing once.

    Every round is one transaction and finds only what is left, so that the job may run again at any point.
    """
    done = dict.fromkeys(("opened", "reminded", "escalated"), 0)
    rounds: list[tuple[str, Callable[[], int]]] = [
        ("opened", partial(tasks.catch_up, kind=how.kind)) for how in reviewed.kinds()
    ]
    rounds += [("reminded", tasks.remind), ("escalated", tasks.escalate)]
    for name, work in rounds:
        while True:
            with job.chunk() as chunk:
                found = work()
                chunk.advance(found)
            done[name] += found
            if not found:
                break
    return done


@periodic("send_review_digest", every=daily_at(8))
@handler("send_review_digest", label=_("Weekly digest of the review"), unit=_("officers"))
def send_review_digest(job: JobContext) -> dict[str, int]:
    """On Monday, tell every officer with something on the desk how much waits; Tuesday makes up for a Monday that was
    missed. The key of a notification is the week, so that nobody is told twice."""
    today = timezone.localdate()
    if today.weekday() not in (MONDAY, TUESDAY):
        return {"told": 0}
    monday = today - timedelta(days=today.weekday())
    officers = holders(Q(role__in=OFFICERS))
    told, start = 0, job.cursor or 0
    while start < len(officers):
        with job.chunk(total=len(officers)) as chunk:
            for officer in officers[start : start + CHUNK]:
                told += _digest(officer, f"review_digest:{monday:%Y-%m-%d}")
            start += CHUNK
            chunk.cursor = start
            chunk.done = min(start, len(officers))
    return {"told": told}


def _digest(officer: User, once: str) -> int:
    counts = queues.totals(officer)
    if not any(counts.values()):
        return 0
    return len(notify(recipients=[officer], kind="review_digest", params=counts, url=reverse("review:overview"),
                      dedupe_key=once))  # fmt: skip
