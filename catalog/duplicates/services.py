"""What happens to a pair: kept by the search, told apart, merged, objected to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import rules as record_rules
from catalog.duplicates import rules
from catalog.duplicates.selectors import fillable
from catalog.enums import MATCHED
from catalog.enums import DuplicateState as D
from catalog.models import Achievement, DuplicatePair
from catalog.services.people import owner_people, tell
from catalog.services.pool import leave_for
from catalog.services.records import KIND, NotAllowed, write
from catalog.services.review import ReasonMissing, request_match
from catalog.workflow import DUPLICATE
from matchmaking.accounts.models import User
from matchmaking.activity.services import record
from matchmaking.common.workflow import StaleState, expect_version, move
from matchmaking.intake.models import VersionOf
from matchmaking.intake.services.versions import keep, keep_first
from matchmaking.notifications.services import notify
from matchmaking.programmes.reviewing import officers_for

if TYPE_CHECKING:
    from catalog.duplicates.finding import Found  # loads a dictionary, which no web process needs


@transaction.atomic
def keep_found(found: Iterable[Found]) -> int:
    """Write pairs or their new score; one that was told apart comes back when a text changed since.

    Returns how many pairs were written.
    """
    unique = {(one.first, one.second): one for one in found}
    if not unique:
        return 0
    pairs = [DuplicatePair(first_id=one.first, second_id=one.second, score=one.score, reasons=list(one.reasons))
             for _key, one in sorted(unique.items())]  # fmt: skip
    DuplicatePair.objects.bulk_create(pairs, update_conflicts=True, unique_fields=["first", "second"],
                                      update_fields=["score", "reasons", "seen_at"])  # fmt: skip
    rewritten = ~Q(first_text=F("first__text_version")) | ~Q(second_text=F("second__text_version"))
    apart = DuplicatePair.objects.filter(rewritten, state=D.DIFFERENT, first__in={one for one, _other in unique})
    for pair in apart.order_by("pk"):
        if (pair.first_id, pair.second_id) in unique:
            move(pair, D.FOUND, workflow=DUPLICATE)
    return len(unique)


@transaction.atomic
def drop_unseen(*, since: datetime) -> int:
    """Forget pairs that nobody decided on and that the search no longer finds. Returns how many."""
    return DuplicatePair.objects.filter(state=D.FOUND, objected_at=None, seen_at__lt=since).delete()[0]


@transaction.atomic
def tell_apart(*, by: User, pair: DuplicatePair, version: int, reason: str) -> DuplicatePair:
    """Say that two records are not the same; a merge that stood is lifted, and its owner may reopen the record.

    Raises NotAllowed, ReasonMissing, StaleState.
    """
    _expect(by, pair, version, reason)
    if not rules.can_tell_apart(by, pair):
        raise NotAllowed
    merged = pair.merged()
    _decide(pair, D.DIFFERENT, by, reason)
    if merged is not None:
        door = Achievement.objects.filter(pk=merged.pk, version=merged.version)
        if door.update(merged_into=None, version=F("version") + 1) != 1:
            raise StaleState(merged.public_no)
        record(by=by, verb="achievement.merge_lifted", about=merged, kind=KIND)
        tell(owner_people(merged), merged, "achievement_merge_lifted", once=f"{pair.pk}")
    return pair


@transaction.atomic
def merge_pair(
    *,
    by: User,
    pair: DuplicatePair,
    version: int,
    seen: tuple[int, int],
    keep_first_one: bool,
    reason: str,
    fill: Iterable[str] = (),
) -> DuplicatePair:
    """Merge one record into the other: it is withdrawn, its matches are closed, both owners are told.

    `seen` are the versions of both records that the officer looked at; `fill` names texts that the kept record lacks
    and takes over. After an objection this upholds the merge. Raises NotAllowed, ReasonMissing, StaleState.
    """
    _expect(by, pair, version, reason)
    _lock(pair, seen)
    kept, dropped = (pair.first, pair.second) if keep_first_one else (pair.second, pair.first)
    if not rules.can_merge(by, pair, dropped):
        raise NotAllowed
    upheld = pair.merged() is not None
    _decide(pair, D.MERGED, by, reason)
    if upheld:
        tell(owner_people(dropped), dropped, "achievement_merge_upheld", once=f"{pair.pk}")
        return pair
    department = record_rules.reviewing_organisation(by, dropped)
    assert department is not None
    said = _("Merged into %(number)s: %(reason)s") % {"number": kept.public_no, "reason": reason.strip()}
    leave_for(by=by, achievement=dropped, kept=kept, reason=said, department=department)
    record(by=by, verb="achievement.merged_in", about=kept, kind=KIND, organisation=department)
    taken = {name: getattr(dropped, name) for name, _label in fillable(kept, dropped) if name in set(fill)}
    if taken:
        if not rules.can_fill(by, kept, dropped):
            raise NotAllowed
        kept = _fill(by, kept, taken)
    once = f"{pair.pk}:{pair.version}"
    tell(owner_people(dropped), dropped, "achievement_merged_away", once=once)
    tell(owner_people(kept), kept, "achievement_merged_in", once=once)
    return pair


@transaction.atomic
def object_to_merge(*, by: User, pair: DuplicatePair, version: int, text: str) -> DuplicatePair:
    """The owner of the merged record objects, once: the pair is to be looked at again. Raises as `tell_apart`."""
    _expect(by, pair, version, text)
    merged = pair.merged()
    if merged is None or not rules.can_object(by, pair):
        raise NotAllowed
    move(pair, D.FOUND, workflow=DUPLICATE, objection=text.strip(), objected_at=timezone.now())
    record(by=by, verb="achievement.merge_objected", about=merged, kind=KIND, organisation=merged.body.owner)
    notify(
        recipients=officers_for(merged, KIND),
        kind="achievement_merge_objected",
        params={"number": merged.public_no, "title": merged.title},
        url=pair.get_absolute_url(),
        dedupe_key=f"achievement_merge_objected:{pair.pk}",
    )
    return pair


def _fill(by: User, kept: Achievement, taken: dict[str, str]) -> Achievement:
    text_version = kept.text_version
    keep_first(record=kept, kind=KIND)
    fresh = write(by=by, achievement=kept, version=kept.version, data=taken)
    keep(record=fresh, kind=KIND, by=by, what=VersionOf.EDITED)
    if fresh.text_version != text_version and fresh.state in MATCHED:
        request_match(fresh, by)
    return fresh


def _expect(by: User, pair: DuplicatePair, version: int, reason: str) -> None:
    expect_version(pair, version)
    if not reason.strip():
        raise ReasonMissing


def _lock(pair: DuplicatePair, seen: tuple[int, int]) -> None:
    """Take both rows, so that neither of them leaves for a third one meanwhile, and compare what was looked at."""
    both = Achievement.objects.select_for_update(of=("self",)).select_related("body__owner", "region", "programme")
    rows = {row.pk: row for row in both.filter(pk__in=[pair.first_id, pair.second_id]).order_by("pk")}
    pair.first, pair.second = rows[pair.first_id], rows[pair.second_id]
    expect_version(pair.first, seen[0])
    expect_version(pair.second, seen[1])


def _decide(pair: DuplicatePair, state: str, by: User, reason: str) -> None:
    move(pair, state, workflow=DUPLICATE, decided_by=by, decided_at=timezone.now(), reason=reason.strip(),
         first_text=pair.first.text_version, second_text=pair.second.text_version)  # fmt: skip
