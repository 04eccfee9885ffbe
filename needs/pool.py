"""The technical needs as one of the pools that are searched together, saved as searches and compared."""

from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from matchmaking.common.aligning import aligned
from matchmaking.common.formats import plain
from matchmaking.common.labels import label, labels
from matchmaking.common.pool_registry import Hit, Line, Pool
from needs import selectors
from needs.filters import NeedFilter
from needs.listing import list_item
from needs.models import TechNeed
from needs.selectors import Shown


def _filter(data: Any, rows: QuerySet[TechNeed], user: Any) -> NeedFilter:
    return NeedFilter(data, queryset=rows, request=SimpleNamespace(user=user))


def _hits(user: Any, needs: Sequence[TechNeed], text: str) -> list[Hit]:
    found = []
    for row in selectors.shown(user, needs, bodies=bool(text)):
        item = list_item(row, text)
        need = row.need
        enterprise = row.enterprise.name if row.enterprise else _("owner not public")
        facts = (enterprise, str(need.region), label("NEED_KIND", need.need_kind), label("HNTE8", need.tech_field))
        found.append(
            Hit(need.title, need.get_absolute_url(), need.public_no, tuple(filter(None, facts)), item["snippet"],
                item["terms"])
        )  # fmt: skip
    return found


def _lines(user: Any, needs: Sequence[TechNeed]) -> list[Line]:
    """What the reader is shown of each need: the public row, and the body where it is open to him."""
    rows = selectors.shown(user, needs, bodies=True)

    def line(title: Any, values: Iterable[Any], group: Any = "", *, weighed: bool = True) -> Line:
        return Line(title, tuple(str(value or "") for value in values), group, weighed=weighed)

    def text(name: str) -> list[str]:
        return [getattr(row.body, name) if row.body else "" for row in rows]

    def day(row: Shown) -> str:
        return str(plain(row.need.open_until)) if row.need.open_until else ""

    return [
        line(_("Number"), (row.need.public_no for row in rows), weighed=False),
        line(_("Enterprise"), (row.enterprise.name if row.enterprise else _("owner not public") for row in rows)),
        line(_("Region"), (row.need.region for row in rows)),
        line(_("Kind of need"), (label("NEED_KIND", row.need.need_kind) for row in rows)),
        line(_("Technical field"), (label("HNTE8", row.need.tech_field) for row in rows)),
        line(_("Industry"), (label("GB4754", row.need.industry) for row in rows)),
        line(_("Expected readiness level"), (label("TRL", str(row.need.target_trl or "")) for row in rows)),
        line(_("Cooperation mode"), ("、".join(labels("COOP_MODE", row.need.coop_modes)) for row in rows)),
        line(_("Budget band (10,000 yuan)"), (label("PRICE_BAND", row.need.budget_band) for row in rows)),
        line(_("To be finished in (months)"), (row.need.due_months for row in rows)),
        line(_("Open until"), (day(row) for row in rows)),
        line(_("IP terms"), (label("IP_TERMS", code) for code in text("ip_terms"))),
        *aligned([row.indicators for row in rows]),
        line(_("Background"), text("background"), _("In words")),
        line(_("Present process and problem"), text("problem"), _("In words")),
        line(_("Expected goal"), text("goal"), _("In words")),
        line(_("What was tried and why it failed"), text("tried"), _("In words")),
        line(_("Conditions for the answering side"), text("eligibility"), _("In words")),
    ]


POOL = Pool(
    noun="need",
    label=gettext_lazy("Needs"),
    icon="bulb",
    list_route="needs:need_list",
    rows=selectors.pool,
    filter=_filter,
    hits=_hits,
    published=("need.published",),
    lines=_lines,
)
