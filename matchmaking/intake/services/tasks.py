"""Review tasks: opened and closed by the services that move states, reminded and escalated by a daily job."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from matchmaking.accounts.models import Organisation, User
from matchmaking.intake import reviewed
from matchmaking.intake.models import WAY, ReviewTask
from matchmaking.notifications.services import notify
from matchmaking.programmes.models import Desk
from matchmaking.programmes.reviewing import deputy_at, officers_for, organisation_at, people_at
from matchmaking.programmes.selectors import step_rule
from matchmaking.vocabularies.workdays import end_of_workday_after, workday_after, workday_before

AT_ONCE = 200


@transaction.atomic
def follow(*, record: Any, kind: str, step: str, owner: Organisation, since: Any = None) -> ReviewTask | None:
    """Keep the task on the way into the pool where the record stands: close that of another step, open this one's.

    `step` is "unit", "park", "region", or "" when the record waits for nobody; called in the transaction that moved
    the record. The days are counted from `since`, else from now.
    """
    open_here = ReviewTask.objects.about(kind, record.uuid).open().filter(step__in=WAY)
    open_here.exclude(step=step).update(closed_at=timezone.now())
    if not step:
        return None
    return open_task(record=record, kind=kind, step=step, owner=owner, since=since)


def open_task(*, record: Any, kind: str, step: str, owner: Organisation, since: Any = None) -> ReviewTask:
    """Open the task of a step with its day, deputy and escalation; one that is open already is left as it is."""
    rule = step_rule(record.programme, kind, step)
    opened_at = since or timezone.now()
    due_on = end_of_workday_after(opened_at, rule.workdays).date()
    later = workday_after(due_on, rule.escalate_after) if rule.escalate_after else due_on
    # An owner outside any park has no park that could answer for it.
    desks = (rule.responsible, Desk.REGION)
    responsible = next(filter(None, (organisation_at(desk, record, kind, owner=owner) for desk in desks)), None)
    task = ReviewTask(
        object_kind=kind, object_id=record.uuid, step=step, programme=record.programme, opened_at=opened_at,
        organisation=responsible, deputy=deputy_at(rule, record, kind, responsible, owner=owner),
        due_on=due_on, escalates_on=later + timedelta(days=1),
    )  # fmt: skip
    ReviewTask.objects.bulk_create([task], ignore_conflicts=True)
    return ReviewTask.objects.about(kind, record.uuid).open().get(step=step)


def close_task(*, record: Any, kind: str, step: str) -> None:
    ReviewTask.objects.about(kind, record.uuid).open().filter(step=step).update(closed_at=timezone.now())


def catch_up(*, kind: str, since: Callable[[], datetime] = timezone.now) -> int:
    """Open tasks for records that wait without one (they were there before the rule). Returns how many, 200 at most.

    The days begin now unless `since` says otherwise: a rule does not make late what was not late before.
    """
    how = reviewed.find(kind)
    tasks = ReviewTask.objects.filter(object_kind=kind, object_id=OuterRef("uuid"), closed_at=None, step__in=WAY)
    opened = 0
    for record in how.pending().filter(~Exists(tasks)).order_by("pk")[:AT_ONCE]:
        if step := how.step_of(record):
            follow(record=record, kind=kind, step=step, owner=how.owner_of(record), since=since())
            opened += 1
    return opened


def remind() -> int:
    """Tell those who must decide one working day before the last day, once. Returns how many tasks, 200 at most."""
    today = timezone.localdate()
    soon = workday_after(today, 1)
    waiting = ReviewTask.objects.open().filter(reminded_at=None, due_on__range=(today, soon)).order_by("pk")
    found = [task for task in waiting[:AT_ONCE] if workday_before(task.due_on) <= today]
    for task in found:
        _tell(task, "review_due", mark="reminded_at", people=_responsible)
    return len(found)


def escalate() -> int:
    """Tell the responsible, the deputy and the next instance of an overdue task, once. Returns how many tasks."""
    late = ReviewTask.objects.open().filter(escalated_at=None, escalates_on__lte=timezone.localdate()).order_by("pk")
    found = list(late[:AT_ONCE])
    for task in found:
        _tell(task, "review_overdue", mark="escalated_at", people=_all_concerned)
    return len(found)


@transaction.atomic
def _tell(task: ReviewTask, notification: str, *, mark: str, people: Any) -> None:
    """Mark the task and notify, both or neither; whoever comes second finds the mark."""
    if not ReviewTask.objects.open().filter(pk=task.pk, **{mark: None}).update(**{mark: timezone.now()}):
        return
    how = reviewed.find(task.object_kind)
    record = how.pending().model._base_manager.select_related("region", "programme").filter(  # noqa: SLF001
        uuid=task.object_id).first()  # fmt: skip
    if record is None:
        return
    told = {person.pk: person for person in people(task, record, how) if _sees(person, task, how)}
    notify(
        recipients=list(told.values()),
        kind=notification,
        params={"number": record.public_no, "day": task.due_on.isoformat()},
        url=record.get_absolute_url(),
        dedupe_key=f"{notification}:{task.pk}",
    )


def _sees(person: User, task: ReviewTask, how: reviewed.ReviewedKind) -> bool:
    return how.visible(person).filter(uuid=task.object_id).exists()


def _responsible(task: ReviewTask, record: Any, how: reviewed.ReviewedKind) -> list[User]:
    rule = step_rule(task.programme, task.object_kind, task.step)
    if rule.responsible == Desk.REGION:
        return officers_for(record, task.object_kind)
    return people_at(task.organisation) if task.organisation else []


def _all_concerned(task: ReviewTask, record: Any, how: reviewed.ReviewedKind) -> list[User]:
    rule, owner = step_rule(task.programme, task.object_kind, task.step), how.owner_of(record)
    deputy = task.deputy or deputy_at(rule, record, task.object_kind, task.organisation, owner=owner)
    found = _responsible(task, record, how) + (people_at(deputy) if deputy else [])
    above = organisation_at(rule.escalate_to, record, task.object_kind, owner=owner)
    return found + (people_at(above) if above else [])
