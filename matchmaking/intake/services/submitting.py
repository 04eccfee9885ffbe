"""Handing in all complete drafts of an upload: one job, in pieces, with one message to each recipient at its end."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from matchmaking.accounts.models import User
from matchmaking.intake.handing_on import HandingOn, handing_on_of
from matchmaking.intake.models import ImportBatch
from matchmaking.intake.selectors import COMPLETE, written
from matchmaking.jobs.context import JobContext
from matchmaking.jobs.models import Job
from matchmaking.jobs.services import enqueue
from matchmaking.notifications.gathering import Told, gathering
from matchmaking.notifications.services import send_gathered

KIND = "submit_drafts"
A_PIECE = 25  # records in one transaction: each is a decision of its own, with history and review task


def last_submission(batch: ImportBatch) -> Job | None:
    """The newest job that hands in the drafts of an upload."""
    return Job.objects.filter(kind=KIND, args__batch=batch.pk).order_by("-pk").first()


@transaction.atomic
def submit_all(*, by: User, batch: ImportBatch, said: dict[str, Any]) -> Job:
    """Have every complete draft of an upload handed in; `said` is the declaration, ticked once for all of them.

    While such a job is at work, it is returned. Beside the ids its arguments hold what was said, as it was confirmed.
    """
    ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    jobs = Job.objects.filter(kind=KIND, args__batch=batch.pk)
    if under_way := jobs.open().first():
        return under_way
    return enqueue(kind=KIND, args={"batch": batch.pk, "said": said}, by=by,
                   dedupe_key=f"{KIND}:{batch.uuid}:{jobs.count()}")  # fmt: skip


def run_submission(job: JobContext, *, by: User, batch: ImportBatch) -> dict[str, Any]:
    """Hand in piece by piece what nobody has changed since it was asked for; the cursor keeps who is to be told what.

    Returns how many were handed in, and how many were left as drafts.
    """
    how = handing_on_of(batch.kind)
    assert how is not None  # the page offers it to no other kind
    state = job.cursor or {"after": 0, "done": 0, "left": 0, "told": {}}
    waiting = _waiting(how, by, batch, job.job)
    total = state["done"] + state["left"] + waiting.filter(pk__gt=state["after"]).count()
    while piece := list(waiting.filter(pk__gt=state["after"]).values_list("pk", "uuid", "version")[:A_PIECE]):
        with job.chunk(total=total) as chunk, gathering(state["told"]) as told:
            chosen = {str(uuid): version for _pk, uuid, version in piece}
            done, _left = how.submit(by=by, chosen=chosen, **job.args["said"])
            state = {"after": piece[-1][0], "done": state["done"] + done,
                     "left": state["left"] + len(piece) - done, "told": told.kept}  # fmt: skip
            chunk.cursor, chunk.done = state, state["done"] + state["left"]
    with job.chunk():
        tell_submitted(job.job)
    url = f"{reverse('imports:submit', args=[batch.uuid])}"
    return {"url": url, "done": state["done"], "left": state["left"]}


def tell_submitted(job: Job) -> int:
    """Tell everybody once about what the job has handed in so far; called at its end, however it ends."""
    return send_gathered(Told((job.cursor or {}).get("told", {})), act=str(job.uuid))


def _waiting(how: HandingOn, by: User, batch: ImportBatch, job: Job) -> QuerySet[Any]:
    """The drafts that were complete at the import, still wait, and are as they were when the person declared."""
    found = how.waiting(by, written(batch, COMPLETE))
    return found.filter(updated_at__lte=job.created_at).order_by("pk")
