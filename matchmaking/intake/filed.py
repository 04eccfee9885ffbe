"""Where a record stands in its review, for the page of the record and for the officer's desk."""

from typing import Any

from django.urls import reverse

from matchmaking.intake import reviewed, versions
from matchmaking.intake.comparing import Difference, differences
from matchmaking.intake.models import CHANGE, Decision, ProposedChange, RecordVersion, ReviewTask
from matchmaking.intake.selectors import returned_change
from matchmaking.intake.services import appeals, changes
from matchmaking.programmes.reviewing import deputy_at, organisation_at
from matchmaking.programmes.selectors import step_rule


def standing(record: Any, kind: str, *, step: str = "") -> dict[str, Any] | None:
    """The open task at a step (or on the way) with its rule: who, until when, deputy, next instance; None for none.

    `within`: the deputy is another officer of the same organisation.
    """
    how = reviewed.find(kind)
    at = step or how.step_of(record)
    if not at:
        return None
    rule = step_rule(record.programme, kind, at)
    tasks = ReviewTask.objects.about(kind, record.uuid).open().filter(step=at)
    owner = how.owner_of(record)
    task = tasks.select_related("organisation", "deputy").first()
    deputy = task and (task.deputy or deputy_at(rule, record, kind, task.organisation, owner=owner))
    return {
        "rule": rule.text,
        "source": rule.source,
        "workdays": rule.workdays,
        "task": task,
        "deputy": deputy,
        "within": bool(task and deputy == task.organisation),
        "above": organisation_at(rule.escalate_to, record, kind, owner=owner),
    }


def review_panel(user: Any, record: Any, kind: str) -> dict[str, Any]:
    """What the page of a record offers those to whom its file is open: standing, change, appeal, versions."""
    how = reviewed.find(kind)
    change = changes.open_change(record, kind)
    appeal = appeals.open_appeal(record, kind)
    rejected = appeals.rejection_of(record, kind) if how.can_appeal(user, record) else None
    revisable = how.can_revise(user, record)
    return {
        "standing": standing(record, kind),
        "change": change,
        "lines": proposal(user, record, kind, change) if change else [],
        "change_url": _url("change", kind, record) if change and how.can_check_change(user, record) else "",
        "take_back_url": _url("change_withdraw", kind, record) if change and revisable else "",
        "returned": returned_change(record, kind) if revisable and change is None else None,
        "appeal": appeal,
        "appeal_url": _url("appeal", kind, record) if rejected else "",
        "appeal_decide_url": _url("appeal_decide", kind, record) if appeals.instance_for(user, appeal) else "",
        "versions": RecordVersion.objects.filter(object_kind=kind, object_id=record.uuid).count(),
        "versions_url": _url("version_list", kind, record),
    }


def proposal(user: Any, record: Any, kind: str, change: ProposedChange) -> list[Difference]:
    """What a waiting change would change, as far as the person may read the fields."""
    how = versions.find(kind)
    now = how.content(record)
    shown = how.visible(user, record)
    return differences(kind, now, how.proposed(now, change.content), [name for name in shown if name in change.fields])


def change_notes(record: Any, kind: str) -> dict[str, str]:
    """{field: note} of the change that came back, for the owner's form."""
    step = returned_change(record, kind)
    return {note.field: note.note for note in step.notes.all()} if step else {}


def sent_back(steps: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The last decision on the way of a record, of `selectors.decisions_of`, if it returned or rejected it."""
    on_the_way = (
        one for one in steps
        if one["step"] != CHANGE and one["decision"] not in (Decision.APPEAL, Decision.DISMISS)
    )  # fmt: skip
    last = next(on_the_way, None)
    return last if last and last["decision"] in (Decision.RETURN, Decision.REJECT) else None


def _url(name: str, kind: str, record: Any) -> str:
    return reverse(f"review:{name}", args=[kind, record.uuid])
