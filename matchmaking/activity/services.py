"""Writing history. One entry per user-visible act, in the transaction of that act; never changed, never removed."""

from collections.abc import Iterable
from typing import Any

from matchmaking.activity.models import Entry
from matchmaking.common.middleware import current_request_id

OUTSIDE_A_REQUEST = "-"


def _entry(
    *,
    by: Any,
    verb: str,
    about: Any,
    kind: str,
    organisation: Any,
    from_state: str,
    to_state: str,
    detail: dict[str, Any] | None,
) -> Entry:
    request_id = current_request_id()
    return Entry(
        actor_id=by.pk if by else None,
        actor_name=by.get_full_name()[:100] if by else "",
        organisation_id=organisation.pk if organisation else None,
        organisation_name=organisation.name[:200] if organisation else "",
        verb=verb,
        object_kind=kind,
        object_id=about.uuid,
        object_no=getattr(about, "public_no", None) or "",
        from_state=from_state,
        to_state=to_state,
        detail=detail or {},
        request_id="" if request_id == OUTSIDE_A_REQUEST else request_id,
    )


def record(
    *,
    by: Any,
    verb: str,
    about: Any,
    kind: str,
    organisation: Any = None,
    from_state: str = "",
    to_state: str = "",
    detail: dict[str, Any] | None = None,
) -> Entry:
    """Write that `by` (None: the portal itself) did `verb` to `about`, acting for `organisation`.

    `about` has a uuid and, where it carries one, a public_no; `kind` is its noun. `detail` holds references (ids,
    versions, codes, counts) and reasons meant for everybody who sees the record, never personal or protected text.
    """
    entry = _entry(
        by=by,
        verb=verb,
        about=about,
        kind=kind,
        organisation=organisation,
        from_state=from_state,
        to_state=to_state,
        detail=detail,
    )
    entry.save(force_insert=True)
    return entry


def record_many(
    *,
    by: Any,
    verb: str,
    about: Iterable[Any],
    kind: str,
    organisation: Any = None,
    from_state: str = "",
    to_state: str = "",
    detail: dict[str, Any] | None = None,
) -> int:
    """Write the same act about many records with one INSERT; return how many. For acts people chose one by one."""
    entries = [
        _entry(
            by=by,
            verb=verb,
            about=one,
            kind=kind,
            organisation=organisation,
            from_state=from_state,
            to_state=to_state,
            detail=detail,
        )
        for one in about
    ]
    Entry.objects.bulk_create(entries, batch_size=1_000)
    return len(entries)
