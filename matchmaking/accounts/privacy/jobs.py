"""Work of personal data: copies, erasure, retention, overdue requests. Each may run twice."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.accounts.privacy import closing, copies, correcting, retention, rooms
from matchmaking.accounts.privacy.models import PersonalExport
from matchmaking.jobs.context import JobContext
from matchmaking.jobs.registry import handler
from matchmaking.jobs.schedule import daily_at, periodic


@handler(copies.KIND, label=_("Copy of one's own data"), unit=_("copies"))
def personal_export(job: JobContext) -> dict[str, Any]:
    with job.chunk(total=1) as chunk:
        copies.make_copy(export=PersonalExport.objects.get(pk=job.args["export"]))
        chunk.advance(1)
    return {}


@handler(closing.KIND, label=_("Erasure after closing an account"), unit=_("steps"))
def erase_person(job: JobContext) -> dict[str, Any]:
    """Room by room, then the account itself: the rooms find their lines by the address that goes last."""
    person = User.objects.get(pk=job.args["user"])
    if person.closed_at is None:
        return {"skipped": True}
    found = rooms.rooms()
    done = job.cursor or 0
    for place, room in enumerate(found):
        if place < done:
            continue
        with job.chunk(total=len(found) + 1) as chunk:
            closing.erase_room(person=person, room=room)
            chunk.advance(1)
            chunk.cursor = place + 1
    with job.chunk() as chunk:
        closing.anonymise(person=person)
        chunk.advance(1)
    return {}


@periodic("carry_out_retention", every=daily_at(3, 20))
@handler("carry_out_retention", label=_("Retention of personal data"), unit=_("rows"))
def carry_out_retention(job: JobContext) -> dict[str, Any]:
    """Rule by rule, each in pieces of their own; a night that was broken off is made up by the next one."""
    counts: dict[str, int] = {}
    for rule in retention.rules():
        found = retention.PIECE if rule.act else 0
        while found and rule.act:
            with job.chunk() as chunk:
                found = rule.act(retention.PIECE)
                chunk.advance(found)
            counts[rule.code] = counts.get(rule.code, 0) + found
    return counts


@periodic("late_corrections", every=daily_at(7, 40))
@handler("late_corrections", label=_("Overdue requests for correction"), unit=_("requests"))
def late_corrections(job: JobContext) -> dict[str, Any]:
    told = 1
    while told:
        with job.chunk() as chunk:
            told = correcting.remind_late()
            chunk.advance(told)
    return {"told": job.job.done_units}
