"""Which offered records are fresh, due, stale or ailing: one queryset for each figure, its rows and its warnings.

The apps above register their kinds: needs and experts end by their day, achievements by a missing confirmation.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.enums import AchievementState as S
from catalog.models import Achievement, AchievementIndicator, IPItem
from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import Membership, Organisation, User
from matchmaking.activity.models import Entry
from matchmaking.common.indicators import Operator
from matchmaking.programmes.reviewing import reviewed_by
from matchmaking.vocabularies.models import Region

CONFIRM_EVERY = timedelta(days=365)
REMIND_BEFORE = timedelta(days=30)
ASK_AFTER = timedelta(days=274)  # nine months
LEVEL_KEEPS = timedelta(days=730)
HIGHEST_LEVEL = 9
# A record nobody confirmed yet counts from its last change of state.
LAST = Coalesce("confirmed_at", "state_since")
# Offered to partners: a committed or transformed record waits for no confirmation and has no health.
OFFERED = (S.ACCEPTED, S.STALE, S.UNDER_NEGOTIATION)
EDITS = ("achievement.edited", "achievement.change_passed")


def _is(condition: Q) -> ExpressionWrapper:
    return ExpressionWrapper(condition, output_field=BooleanField())


def _days() -> dict[str, Any]:
    """The dates behind the signals. The level is known to stand since the last edit at least: earlier values are
    kept sealed and are not searched."""
    gone = Membership.objects.filter(organisation=OuterRef("body__owner"), ended_at__isnull=False)
    edits = Entry.objects.filter(object_kind="achievement", object_id=OuterRef("uuid"), verb__in=EDITS)
    return {
        "health_last": LAST,
        "health_left_on": Subquery(gone.order_by("-ended_at").values("ended_at")[:1]),
        "health_right_over_on": Subquery(_over().order_by("expires_on").values("expires_on")[:1]),
        "health_right_soon_on": Subquery(_soon().order_by("expires_on").values("expires_on")[:1]),
        "health_edited": Coalesce(Subquery(edits.order_by("-id").values("at")[:1]), "created_at"),
    }


def _over() -> QuerySet[IPItem]:
    return IPItem.objects.over().filter(achievement=OuterRef("pk"))


def _soon() -> QuerySet[IPItem]:
    return IPItem.objects.ending().filter(achievement=OuterRef("pk"))


def _flags() -> dict[str, Any]:
    """The signals, each true or false in the database; `_days` must stand on the queryset before."""
    now = timezone.now()
    working = [Role.UNIVERSITY_OFFICER, Role.RESEARCHER]
    people = Membership.objects.current().filter(organisation=OuterRef("body__owner"), role__in=working)
    figures = AchievementIndicator.objects.filter(achievement=OuterRef("pk")).exclude(operator=Operator.TEXT)
    return {
        "health_left": ~Exists(people),
        "health_stale": _is(Q(state=S.STALE)),
        "health_right_over": Exists(_over()),
        "health_right_soon": Exists(_soon()),
        "health_unconfirmed": _is(Q(state=S.ACCEPTED, health_last__lt=now - ASK_AFTER)),
        "health_no_contact": _is(Q(body__contact__isnull=True)),
        "health_no_indicator": ~Exists(figures),
        "health_level_old": _is(Q(trl__lt=HIGHEST_LEVEL, health_edited__lt=now - LEVEL_KEEPS)),
    }


def with_health(achievements: QuerySet[Achievement]) -> QuerySet[Achievement]:
    """With what `catalog.health` reads."""
    return achievements.annotate(**_days()).annotate(**_flags())


def warned(achievements: QuerySet[Achievement]) -> QuerySet[Achievement]:
    """Those with at least one signal: the same flags, without carrying their values."""
    flags = _flags()
    any_of = Q()
    for name in flags:
        any_of |= Q(**{name: True})
    return achievements.alias(**_days()).alias(**flags).filter(any_of, state__in=OFFERED)


def due_by(achievements: QuerySet[Achievement], day: datetime) -> QuerySet[Achievement]:
    """In the pool, and without a confirmation they become stale before that moment."""
    return achievements.alias(last=LAST).filter(state=S.ACCEPTED, last__lt=day - CONFIRM_EVERY)


def to_confirm(user: User, day: date | None = None) -> QuerySet[Achievement]:
    """The records that a person can confirm and that are stale or due within 30 days, or by the day that is given."""
    now = timezone.now()
    until = datetime.combine(day, time.max, timezone.get_current_timezone()) if day else now + REMIND_BEFORE
    limit = max(until, now)
    stale_or_due = Q(state=S.STALE) | Q(state=S.ACCEPTED, last__lt=limit - CONFIRM_EVERY)
    mine = Achievement.objects.visible_to(user).editable_by(user)
    return mine.annotate(last=LAST).filter(stale_or_due).order_by("last", "pk")


# --- The table -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figure:
    """A column: the rows it counts. `of` names the figure of which it is a share; a closed one is not in the pool."""

    code: str
    label: Any
    rows: Callable[[QuerySet[Any]], QuerySet[Any]]
    of: str = ""
    tone: str = ""
    is_closed: bool = False


@dataclass(frozen=True)
class Kind:
    """`own`, `review` and `park` are the capabilities that open the own organisation's rows, those in reach and those
    of a park's tenants; `day` is the attribute of a row that the rows' table shows beside the state."""

    kind: str
    name: Any
    records: Callable[[], QuerySet[Any]]
    own: str
    review: str
    figures: tuple[Figure, ...]
    day: str
    day_label: Any
    title: str = "title"
    park: str = ""
    prepared: Callable[[QuerySet[Any]], QuerySet[Any]] = lambda rows: rows

    def figure(self, code: str) -> Figure | None:
        return next((figure for figure in self.figures if figure.code == code), None)


@dataclass(frozen=True)
class Scope:
    """What a person sees of a kind: the rows, laid out by owner or by region."""

    kind: Kind
    rows: QuerySet[Any]
    by_region: bool
    figures: tuple[Figure, ...]

    @property
    def key(self) -> str:
        return "region__path__0" if self.by_region else "body__owner__uuid"

    def counts(self, figure: Figure, of: list[str]) -> dict[str, int]:
        """{organisation's uuid or region's code: how many}, for the lines of one page."""
        rows = figure.rows(self.rows).filter(**{f"{self.key}__in": of}).order_by()
        found = rows.annotate(of=F(self.key)).values("of").annotate(n=Count("pk"))
        return {str(key): n for key, n in found.values_list("of", "n")}

    def places(self) -> QuerySet[Any]:
        """The lines: organisations or provinces that have a row in one of the columns."""
        told = Q()
        for figure in self.figures:
            if figure.code in ("pool", "ended"):
                told |= Q(pk__in=figure.rows(self.rows).order_by().values("pk"))
        rows = self.kind.records().filter(told).order_by()
        if self.by_region:
            return Region.objects.filter(code__in=rows.values("region__path__0")).order_by("code")
        return Organisation.objects.filter(pk__in=rows.values("body__owner")).order_by("name", "pk")


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    _kinds[kind.kind] = kind


def kinds_of(user: User) -> list[Kind]:
    """The kinds of which this person sees a table."""
    return [
        kind
        for kind in _kinds.values()
        if reads_nation(user) or any(map(user.can, filter(None, (kind.own, kind.review, kind.park))))
    ]


def reads_nation(user: User) -> bool:
    """A reader of boards without a region, such as a national officer."""
    return any(held.organisation.region_id is None for held in user.memberships_with("board.read"))


def scope(user: User, kind: Kind) -> Scope:
    """Reviewers see their reach, owners their own, parks their tenants' rows, national readers the pool by region."""
    seen = kind.records().visible_to(user)  # type: ignore[attr-defined]  # a queryset of a list entry
    if user.can(kind.review):
        return Scope(kind, seen.filter(reviewed_by(user, kind.review, kind.kind)), False, kind.figures)
    if user.can(kind.own):
        return Scope(kind, seen.filter(body__owner__in=user.organisations_with(kind.own)), False, kind.figures)
    if kind.park and user.can(kind.park):
        tenants = seen.filter(body__owner__park__in=user.organisations_with(kind.park))
        return Scope(kind, tenants, False, kind.figures)
    in_pool = tuple(figure for figure in kind.figures if not figure.is_closed)
    return Scope(kind, seen if reads_nation(user) else seen.none(), True, in_pool)


def table(scope: Scope, places: Mapping[str, str]) -> list[dict[str, Any]]:
    """One line for each of {key: name}: its figures, each with its share where it has one. One query a column."""
    counted = {figure.code: scope.counts(figure, list(places)) for figure in scope.figures}
    return [
        {
            "key": key,
            "name": name,
            "figures": [
                {"figure": figure, "count": counted[figure.code].get(key, 0),
                 "share": _share(counted[figure.code].get(key, 0), counted.get(figure.of, {}).get(key, 0))}
                for figure in scope.figures
            ],
        }
        for key, name in places.items()
    ]  # fmt: skip


def _share(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None


def day_figures(
    *, pool: tuple[str, ...], ending: tuple[str, ...], ended: str, day: str, ended_label: Any
) -> tuple[Figure, ...]:
    """The columns of a kind whose records end by their day (`day` is its column)."""

    def due(rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(state__in=ending, **{f"{day}__lte": timezone.localdate() + REMIND_BEFORE})

    return (
        Figure("pool", _("In the pool"), lambda rows: rows.filter(state__in=pool)),
        Figure("due", _("Ends within 30 days"), due, of="pool", tone="orange"),
        Figure("ended", ended_label, lambda rows: rows.filter(state=ended), tone="red", is_closed=True),
    )


def _fresh(rows: QuerySet[Achievement]) -> QuerySet[Achievement]:
    limit = timezone.now() - CONFIRM_EVERY
    return rows.alias(last=LAST).filter(state__in=[S.ACCEPTED, S.UNDER_NEGOTIATION], last__gte=limit)


ACHIEVEMENTS = Kind(
    kind="achievement",
    name=_("Achievements"),
    records=Achievement.objects.all,
    own="achievement.unit_review",
    review="achievement.review",
    figures=(
        Figure("pool", _("In the pool"), lambda rows: rows.filter(state__in=OFFERED)),
        Figure("fresh", _("Confirmed or accepted within twelve months"), _fresh, of="pool"),
        Figure("due", _("Confirmation due within 30 days"), lambda rows: due_by(rows, timezone.now() + REMIND_BEFORE),
               tone="orange"),
        Figure("stale", _("Awaiting confirmation, not matched"), lambda rows: rows.filter(state=S.STALE), tone="red"),
        Figure("warned", _("With warnings"), warned, of="pool"),
    ),
    day="health_last",
    day_label=_("Last confirmed"),
    prepared=with_health,
)  # fmt: skip
