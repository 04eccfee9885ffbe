"""The three duties of the history that nobody asks for: sealing, anchoring, looking whether all is still there.

They stand on the roof because the history and the work rows, two rooms of one floor, do not know each other.
"""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.activity import anchoring, sealing
from matchmaking.activity.verifying import Finding, verify_history
from matchmaking.jobs.context import JobContext, PermanentFailure
from matchmaking.jobs.registry import handler
from matchmaking.jobs.schedule import OnDemand, daily_at, periodic
from matchmaking.notifications import audience
from matchmaking.notifications.services import notify

LOOKED_BACK = timedelta(days=2)  # by the daily look; the whole is verified by hand or by the machine's own timetable
LONGEST = 600  # seconds


@periodic("seal_history", every=OnDemand(sealing.is_due))
@handler("seal_history", label=_("Sealing the history"), unit=_("entries"))
def seal_history(job: JobContext) -> dict[str, Any]:
    """Seal everything that waits; what is written meanwhile waits for the next round at most."""
    sealed = -1
    while sealed:
        with job.chunk() as chunk:
            sealed = sealing.seal_entries()
            chunk.advance(sealed)
    position, chain_head = sealing.head()
    job.log(f"{job.job.done_units} entries sealed, the chain has {position} places and ends with {chain_head}")
    return {"sealed": job.job.done_units, "places": position}


@periodic("anchor_history", every=timedelta(hours=1))
@handler("anchor_history", label=_("Anchoring the history"), unit=_("anchors"))
def anchor_history(job: JobContext) -> dict[str, Any]:
    """Put the head of the chain down, as a row first and then in the files outside the database."""
    with job.chunk():
        anchor = anchoring.put_anchor()
    with job.chunk() as chunk:
        try:
            chunk.advance(anchoring.write_files())
        except anchoring.AnchorsDiffer as refusal:
            raise PermanentFailure(str(refusal)) from refusal
    return {"anchor": anchor.number if anchor else None}


@periodic("verify_history", every=daily_at(4, 20))
@handler("verify_history", label=_("Verifying the history"), unit=_("places"))
def verify(job: JobContext) -> dict[str, Any]:
    """Look whether the history of the last days is still what was sealed, and call the auditors when it is not."""
    with job.chunk(longest=LONGEST):
        found = verify_history(since=timezone.now() - LOOKED_BACK)
        if found.finding:
            _call_auditors(job, found.finding)
    if found.finding:
        raise PermanentFailure(str(found.finding))
    return {"first": found.first, "last": found.last}


def _call_auditors(job: JobContext, finding: Finding) -> None:
    """Tell the holders of `activity.read`; the operators learn it from the job that was given up."""
    notify(
        recipients=audience.holders_of("activity.read"),
        kind="history_broken",
        params={"finding": str(finding)},
        url=reverse("portal:history"),
        dedupe_key=f"history_broken:{job.job.pk}",
    )
