"""What officers have on their desks: one queue a kind in groups, and the counts that start from the same rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import Organisation
from matchmaking.intake import reviewed
from matchmaking.intake.models import (
    APPEAL,
    CHANGE,
    WAY,
    Appeal,
    AppealState,
    ChangeState,
    Decision,
    ProposedChange,
    ReviewStep,
    ReviewTask,
)
from matchmaking.vocabularies.models import Region

WAITING, OVERDUE, BACK, CHANGES, APPEALS, PASSED, RETURNED = (
    "waiting", "overdue", "back", "changes", "appeals", "passed", "returned"
)  # fmt: skip
WORDS = {
    WAITING: _("Waiting"),
    OVERDUE: _("Overdue"),
    BACK: _("Came back"),
    CHANGES: _("Changes"),
    APPEALS: _("Appeals"),
    PASSED: _("Passed"),
    RETURNED: _("Returned or rejected"),
}
AT_ONCE = 100  # ticked at most
LONGEST_VERSION = 9  # digits; more are no version, and thousands of them are no number Python reads
PERIODS = (7, 30, 90)  # days over which decisions are counted
_DECISIONS = {PASSED: [Decision.PASS], RETURNED: [Decision.RETURN, Decision.REJECT]}
_STEP_OF = {CHANGES: CHANGE, APPEALS: APPEAL}


@dataclass(frozen=True)
class Choice:
    """Which rows of a queue are looked at: the group, one region or park, the reason, the days for decisions."""

    group: str = WAITING
    region: str = ""
    park: str = ""
    reason: str = ""
    days: int = 30

    @classmethod
    def of(cls, query: Any) -> "Choice":
        """Read the address; what is unknown falls back to the first queue."""
        group, days = query.get("group", WAITING), query.get("days", "30")
        return cls(
            group=group if group in WORDS else WAITING,
            region=query.get("region_code", "")[:6],
            park=query.get("park", "")[:36],
            reason=query.get("reason", "")[:20],
            days=int(days) if days in {str(one) for one in PERIODS} else 30,
        )

    @property
    def since(self) -> datetime:
        return timezone.now() - timedelta(days=self.days)


def rows(how: reviewed.ReviewedKind, user: Any, choice: Choice) -> QuerySet[Any]:
    """The records of a group that this person decides on or decided on, with `due_on`; every figure counts these.

    What waits comes in the order of `by_due`, what is decided with the last decision first.
    """
    found = narrowed(how, group_of(how, user, choice.group, choice.since), choice)
    found = by_due(found, how.kind, steps=[_STEP_OF[choice.group]] if choice.group in _STEP_OF else WAY)
    if choice.group in _DECISIONS:
        found = found.order_by("-state_since", "-pk")
    if choice.reason:
        steps_taken = ReviewStep.objects.filter(
            object_kind=how.kind, object_id=OuterRef("uuid"), reasons__contains=[choice.reason]
        )
        found = found.filter(Exists(steps_taken))
    return found


def by_due(records: QuerySet[Any], kind: str, *, steps: Iterable[str] = WAY) -> QuerySet[Any]:
    """With `due_on`, the last day of the open step: overdue first, then the nearest day, then the longest waiting."""
    tasks = ReviewTask.objects.open().filter(object_kind=kind, object_id=OuterRef("uuid"), step__in=list(steps))
    found = records.annotate(due_on=Subquery(tasks.values("due_on")[:1]))
    return found.order_by(F("due_on").asc(nulls_last=True), "state_since", "pk")


def group_of(how: reviewed.ReviewedKind, user: Any, group: str, since: datetime) -> QuerySet[Any]:
    """The records of one group, before region and park are chosen."""
    about = {"object_kind": how.kind, "object_id": OuterRef("uuid")}
    if group == CHANGES:
        return how.decided(user).filter(Exists(ProposedChange.objects.filter(**about, state=ChangeState.OPEN)))
    if group == APPEALS:
        waiting = Appeal.objects.filter(**about, state=AppealState.OPEN).exclude(rejection__by=user)
        return how.decided(user).filter(Exists(waiting)) if is_secretary(user) else how.decided(user).none()
    if group in _DECISIONS:
        taken = ReviewStep.objects.filter(
            **about, decision__in=_DECISIONS[group], at__gte=since, step__in=steps_of(user)
        )
        return how.decided(user).filter(Exists(taken))
    waiting = how.waiting(user)
    if group == OVERDUE:
        late = ReviewTask.objects.overdue().filter(**about, step__in=WAY)
        return waiting.filter(Exists(late))
    if group == BACK:
        before = ReviewStep.objects.filter(**about, decision__in=[Decision.RETURN, Decision.REJECT], step__in=WAY)
        return waiting.filter(Exists(before.exclude(step="unit")))
    return waiting


def narrowed(how: reviewed.ReviewedKind, records: QuerySet[Any], choice: Choice) -> QuerySet[Any]:
    if choice.region:
        records = records.filter(region=choice.region)
    if choice.park and how.park_path:
        park = Organisation.objects.filter(uuid=choice.park) if _is_uuid(choice.park) else Organisation.objects.none()
        records = records.filter(**{f"{how.park_path}__in": park.values("pk")})
    return records


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def ticked(values: Iterable[str]) -> dict[str, int]:
    """{uuid: version looked at} of ticked boxes, each “uuid:version”; what is neither is left out."""
    found = {}
    for value in list(values)[:AT_ONCE]:
        uuid, _colon, number = value.partition(":")
        if _is_uuid(uuid) and number.isascii() and number.isdigit() and len(number) <= LONGEST_VERSION:
            found[str(UUID(uuid))] = int(number)
    return found


def say_what_came_of_it(request: HttpRequest, chosen: Mapping[str, int], done: list[Any], left: list[Any]) -> None:
    """Tell the person how many were passed, and of each that was left why; a record he does not see counts as left."""
    if not chosen:
        messages.warning(request, gettext("Tick at least one record first."))
    if done:
        words = ngettext("%(n)s record was passed.", "%(n)s records were passed.", len(done))
        messages.success(request, words % {"n": len(done)})
    for record, sentence in left:
        messages.warning(request, f"{record.public_no} {record}{gettext(': ')}{sentence}")
    if lost := len(chosen) - len(done) - len(left):
        words = ngettext("%(n)s record was left out: you cannot decide on it.",
                         "%(n)s records were left out: you cannot decide on them.", lost)  # fmt: skip
        messages.warning(request, words % {"n": lost})


def steps_of(user: Any) -> list[str]:
    """The steps whose decisions count for this person: the park's for a park, the region's for all officers."""
    roles = {held.role for held in user.active_memberships}
    found = ["park"] if Role.PARK_ADMIN in roles else []
    return [*found, "region"] if roles & {Role.REGIONAL_OFFICER, Role.SECRETARY} else found


def is_secretary(user: Any) -> bool:
    return any(held.role == Role.SECRETARY for held in user.active_memberships)


def tabs(how: reviewed.ReviewedKind, user: Any, choice: Choice) -> list[dict[str, Any]]:
    """The groups of a queue with their counts; what waits stands first, decisions are reached from the overview."""
    shown = [WAITING, OVERDUE, BACK, *([CHANGES] if how.has_changes else [])]
    if how.has_appeals and is_secretary(user):
        shown.append(APPEALS)
    if choice.group not in shown:
        shown.append(choice.group)
    kept = {"region_code": choice.region, "park": choice.park}
    return [
        {
            "label": WORDS[group],
            "url": "?" + urlencode({"group": group} | {name: value for name, value in kept.items() if value}),
            "active": group == choice.group,
            "count": narrowed(how, group_of(how, user, group, choice.since), choice).count(),
        }
        for group in shown
    ]


@dataclass
class Line:
    """A region or a park with its figures {group: {"count", "url"}}."""

    place: str
    figures: dict[str, dict[str, Any]] = field(default_factory=dict)


FIGURES = (WAITING, OVERDUE, PASSED, RETURNED)


def by_region(how: reviewed.ReviewedKind, user: Any, days: int) -> list[Line]:
    """The figures of a kind by the region of the record, each with the address of exactly its rows."""
    counts = _grouped(how, user, days, "region")
    regions = Region.objects.in_bulk({key for found in counts.values() for key in found})
    return [_line(how, str(regions[key]), {"region_code": key}, _of(counts, key), days) for key in sorted(regions)]


def by_park(how: reviewed.ReviewedKind, user: Any, days: int) -> list[Line]:
    """The figures by the owner's park, for kinds that pass through one; owners outside any park are left out."""
    if not how.park_path:
        return []
    counts = _grouped(how, user, days, how.park_path)
    parks = Organisation.objects.in_bulk({key for found in counts.values() for key in found if key})
    ordered = sorted(parks.values(), key=lambda park: park.name)
    return [_line(how, park.name, {"park": str(park.uuid)}, _of(counts, park.pk), days) for park in ordered]


def _grouped(how: reviewed.ReviewedKind, user: Any, days: int, path: str) -> dict[str, dict[Any, int]]:
    since = Choice(days=days).since
    return {
        group: dict(
            group_of(how, user, group, since).order_by().values_list(path).annotate(n=Count("pk", distinct=True))
        )
        for group in FIGURES
    }


def _of(counts: dict[str, dict[Any, int]], key: Any) -> dict[str, int]:
    return {group: found.get(key, 0) for group, found in counts.items()}


def _line(how: reviewed.ReviewedKind, place: str, where: dict[str, str], counts: dict[str, int], days: int) -> Line:
    line = Line(place)
    for group in FIGURES:
        period = {"days": str(days)} if group in _DECISIONS else {}
        line.figures[group] = {"count": counts[group], "url": address(how, group=group, **where, **period)}
    return line


def address(how: reviewed.ReviewedKind, **query: str) -> str:
    """The address of the rows that a figure counts."""
    return f"{reverse(how.queue)}?{urlencode(query)}"


def reasons_given(how: reviewed.ReviewedKind, user: Any, days: int) -> list[tuple[str, int]]:
    """[(code, how often)] of the reasons for returns and rejections in the period, the most frequent first."""
    choice = Choice(group=RETURNED, days=days)
    records = group_of(how, user, RETURNED, choice.since)
    given = ReviewStep.objects.filter(
        object_kind=how.kind, object_id__in=records.values("uuid"), at__gte=choice.since, step__in=steps_of(user),
        decision__in=_DECISIONS[RETURNED],
    ).values_list("reasons", flat=True)  # fmt: skip
    counts: dict[str, int] = {}
    for codes in given:
        for code in codes:
            counts[code] = counts.get(code, 0) + 1
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def waiting_counts(user: Any, kinds: Iterable[reviewed.ReviewedKind]) -> dict[str, int]:
    """{kind: how many records wait for this person}, in the order of the kinds."""
    return {how.kind: how.waiting(user).count() for how in kinds}


def totals(user: Any, kinds: Iterable[reviewed.ReviewedKind] | None = None) -> dict[str, int]:
    """{group: how many} over all kinds for which the person has a desk; for the weekly mail."""
    wanted = list(kinds) if kinds is not None else reviewed.kinds_of(user)
    since = Choice().since
    return {
        group: sum(group_of(how, user, group, since).count() for how in wanted)
        for group in (WAITING, OVERDUE, CHANGES, APPEALS)
    }
