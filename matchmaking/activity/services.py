"""Writing history. One entry per user-visible act, in the transaction of that act; never changed, never removed."""

from collections.abc import Iterable
from typing import Any

from matchmaking.activity.models import Entry
from matchmaking.common import acting
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
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    membership: Any,
) -> Entry:
    request_id, context = current_request_id(), acting.current()
    return Entry(
        actor_id=by.pk if by else None,
        actor_name="",  # read by reference: what is sealed cannot be erased
        organisation_id=organisation.pk if organisation else None,
        organisation_name=organisation.name[:200] if organisation else "",
        as_role=membership.role if membership else "",
        as_organisation_id=membership.organisation_id if membership else None,
        verb=verb,
        object_kind=kind,
        object_id=about.uuid,
        object_no=getattr(about, "public_no", None) or "",
        from_state=from_state,
        to_state=to_state,
        detail=detail or {},
        before=before or {},
        after=after or {},
        request_id="" if request_id == OUTSIDE_A_REQUEST else request_id,
        origin=context.origin if context else "",
    )


def record(
    *,
    by: Any,
    verb: str,
    about: Any,
    kind: str,
    organisation: Any = None,
    acting_for: Any = None,
    capability: str = "",
    from_state: str = "",
    to_state: str = "",
    detail: dict[str, Any] | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Entry:
    """Write that `by` (None: the portal itself) did `verb` to `about`, acting for `organisation`.

    `about` has a uuid and, where it carries one, a public_no; `kind` is its noun. `detail` holds references (ids,
    versions, codes, counts) and reasons meant for everybody who sees the record, never personal or protected text;
    `before` and `after` what an edit changed, with the same limits (`edits.py`).

    As whom the person acts follows from the request (`common/acting.py`); `capability` names the right on which the
    act rests where the route does not say it, `acting_for` the organisation where `organisation` may not name it.
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
        before=before,
        after=after,
        membership=acting.membership_for(by, organisation=acting_for or organisation, capability=capability),
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
    acting_for: Any = None,
    capability: str = "",
    from_state: str = "",
    to_state: str = "",
    detail: dict[str, Any] | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> int:
    """Write the same act about many records with one INSERT; return how many. For acts people chose one by one."""
    membership = acting.membership_for(by, organisation=acting_for or organisation, capability=capability)
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
            before=before,
            after=after,
            membership=membership,
        )
        for one in about
    ]
    Entry.objects.bulk_create(entries, batch_size=1_000)
    return len(entries)
