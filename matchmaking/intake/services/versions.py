"""Keeping what a record said: a version at every hand-in, at publication and after every later change."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from matchmaking.accounts.models import User
from matchmaking.activity.edits import Edit, edit_of
from matchmaking.common.workflow import StaleState
from matchmaking.intake import versions
from matchmaking.intake.models import Decision, RecordVersion, ReviewStep, VersionOf


@transaction.atomic
def keep(*, record: Any, kind: str, by: User | None, what: str, data: versions.Snapshot | None = None) -> RecordVersion:
    """Write the present content as a version, in the transaction that wrote the record and holds its row.

    `data` is that content, if the caller has just read it. A change that changed nothing leaves the last version as it
    is.
    """
    if data is None:
        record = type(record)._base_manager.get(pk=record.pk)  # the rows below may be cached from before  # noqa: SLF001
        data = versions.find(kind).content(record)
    last = last_version(record, kind)
    if last and what in (VersionOf.EDITED, VersionOf.IMPORTED) and last.data == data:
        return last
    return RecordVersion.objects.create(
        object_kind=kind, object_id=record.uuid, number=last.number + 1 if last else 1, what=what, data=data,
        record_version=record.version, by=by,
    )  # fmt: skip


def keep_first(
    *, record: Any, kind: str, what: str = VersionOf.PUBLISHED, data: versions.Snapshot | None = None
) -> None:
    """Keep what stands there now if nothing was kept before: ahead of the first change of a published record, and of a
    return, so that a re-submission can be compared with what was judged.

    Takes the record's row, so that two people write one first version. Raises StaleState for who came second.
    """
    if last_version(record, kind) is not None:
        return
    rows = type(record)._base_manager  # noqa: SLF001 (the unscoped door)
    door = rows.select_for_update().filter(pk=record.pk, version=record.version)
    if door.first() is None:
        raise StaleState(f"{kind} {record.pk}")
    if last_version(record, kind) is None:
        keep(record=record, kind=kind, by=None, what=what, data=data)


def edit_told(
    *, kind: str, version: int, before: Mapping[str, Any], after: Mapping[str, Any], also: Iterable[str] = ()
) -> Edit:
    """What the history says of an edit: which fields now read otherwise, and from which version to which.

    `before` and `after` hold values of the models by the names of a snapshot; a field of which only one is known has
    not changed. `also` names rows that the caller has compared by himself.
    """
    old, new = versions.as_json(before), versions.as_json(after)
    changed = versions.differing(kind, old, {name: value for name, value in new.items() if name in old})
    return edit_of(
        version=version, fields={*changed, *also}, before=old, after=new, told=versions.find(kind).told
    )  # fmt: skip


def last_version(record: Any, kind: str) -> RecordVersion | None:
    return RecordVersion.objects.filter(object_kind=kind, object_id=record.uuid).order_by("-number").first()


def refuse_unchanged(*, record: Any, kind: str) -> None:
    """A rejected record that is filed again must differ from what was rejected. Raises versions.Unchanged."""
    rejections = ReviewStep.objects.about(kind, record.uuid).filter(decision=Decision.REJECT)
    rejected = rejections.order_by("-id").first()
    if rejected is None or ReviewStep.objects.about(kind, record.uuid).filter(
        decision=Decision.UPHOLD, id__gt=rejected.pk
    ).exists():  # fmt: skip
        return
    judged = RecordVersion.objects.filter(object_kind=kind, object_id=record.uuid, at__lte=rejected.at)
    version = judged.order_by("-number").first()
    if version is None:
        return
    changed = versions.differing(kind, version.content, versions.find(kind).content(record))
    if not set(changed) - set(versions.find(kind).unjudged):
        raise versions.Unchanged
