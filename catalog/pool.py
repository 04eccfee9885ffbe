"""The achievements as one of the pools that are searched together, saved as searches and compared."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import rules
from catalog.filters import AchievementFilter
from catalog.models import Achievement
from catalog.presenting_rows import list_item
from catalog.selectors import for_list, for_page, pool_for
from matchmaking.common.aligning import aligned
from matchmaking.common.labels import label, labels
from matchmaking.common.pool_registry import Hit, Line, Pool


def _filter(data: Any, rows: QuerySet[Achievement], user: Any) -> AchievementFilter:
    return AchievementFilter(data, rows)


def _hits(user: Any, achievements: Sequence[Achievement], text: str) -> list[Hit]:
    found = []
    for achievement in achievements:
        item = list_item(achievement, text)
        unit = _("owner hidden") if item["hidden"] else str(item["unit"] or "")
        facts = (unit, str(achievement.region), label("HNTE8", achievement.tech_field))
        found.append(
            Hit(achievement.title, achievement.get_absolute_url(), achievement.public_no, tuple(filter(None, facts)),
                item["snippet"], item["terms"])
        )  # fmt: skip
    return found


def _rows(user: Any) -> QuerySet[Achievement]:
    return for_list(pool_for(user), texts=True)


def _lines(user: Any, achievements: Sequence[Achievement]) -> list[Line]:
    """Public fields; what would name a hidden owner only for those who know him."""
    wanted = [one.pk for one in achievements]
    whole = {one.pk: one for one in for_page(pool_for(user)).filter(pk__in=wanted)}
    records = [whole[key] for key in wanted]
    named = [rules.can_see_owner(user, one) for one in records]
    hidden = _("owner hidden")

    def line(title: Any, values: Iterable[Any], group: Any = "", *, weighed: bool = True) -> Line:
        return Line(title, tuple(str(value or "") for value in values), group, weighed=weighed)

    return [
        line(_("Number"), (one.public_no for one in records), weighed=False),
        line(_("Unit"), ("、".join(row.organisation.name for row in one.completing_units.all()) if known else hidden
                         for one, known in zip(records, named, strict=True))),
        line(_("Region"), (one.region for one in records)),
        line(_("Technical field"), (label("HNTE8", one.tech_field) for one in records)),
        line(_("Industry of application"), ("、".join(labels("GB4754", one.applications)) for one in records)),
        line(_("Readiness level"), (label("TRL", str(one.trl or "")) for one in records)),
        line(_("Stage of maturity"), (label("MATURITY", one.maturity) for one in records)),
        line(_("Cooperation mode"), ("、".join(labels("COOP_MODE", one.coop_modes)) for one in records)),
        line(_("Price band (10,000 yuan)"), (label("PRICE_BAND", one.price_band) for one in records)),
        line(_("Ownership"), (label("OWNERSHIP", one.ownership) for one in records)),
        line(_("Intellectual property"), (_rights(one) if known else hidden
                                          for one, known in zip(records, named, strict=True))),
        *aligned([one.indicators.all() for one in records]),
        line(_("Summary"), (one.summary for one in records), _("In words")),
        line(_("Problem solved"), (one.problem_solved for one in records), _("In words")),
        line(_("Key points and innovation"), (one.key_points for one in records), _("In words")),
        line(_("Conditions needed"), (one.needs_from_partner for one in records), _("In words")),
    ]  # fmt: skip


def _rights(achievement: Achievement) -> str:
    return "\n".join(
        " ".join(filter(None, [label("IP_RIGHT", row.kind), label("IP_STATUS", row.status), row.title]))
        for row in achievement.ip_items.all()
    )


POOL = Pool(
    noun="achievement",
    label=gettext_lazy("Achievements"),
    icon="flask",
    list_route="catalog:achievement_list",
    rows=_rows,
    filter=_filter,
    hits=_hits,
    published=("achievement.accepted",),
    lines=_lines,
)
