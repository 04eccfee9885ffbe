"""The experts as one of the pools that are searched together, saved as searches and compared."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from experts import selectors
from experts.filters import ExpertFilter
from experts.models import Expert
from experts.presenting import label_of, words
from matchmaking.common.labels import label, labels
from matchmaking.common.pool_registry import Hit, Line, Pool
from matchmaking.common.snippets import marks, snippet

_COMPARED = ("title", "position", "education", "expert_kinds", "fields", "industries", "disciplines", "services",
             "regions", "directions", "works")  # fmt: skip
_PROSE = ("position", "directions", "works")


def _filter(data: Any, rows: QuerySet[Expert], user: Any) -> ExpertFilter:
    return ExpertFilter(data, queryset=rows)


def _rows(user: Any) -> QuerySet[Expert]:
    return selectors.with_works(selectors.for_list(selectors.pool(user)))


def list_item(expert: Expert, text: str = "") -> dict[str, Any]:
    """A row of the list, with the piece in which `text` was found."""
    if not text:
        return {"expert": expert, "snippet": None, "terms": []}
    works = "；".join(work.title for work in expert.works.all())
    found = snippet(text, [(_("research directions"), expert.directions), (_("representative works"), works)])
    unit = expert.organisation.name if expert.organisation else ""
    return {"expert": expert, "snippet": found, "terms": marks(text, f"{expert.name}\n{expert.position}\n{unit}")}


def _hits(user: Any, experts: Sequence[Expert], text: str) -> list[Hit]:
    found = []
    for expert in experts:
        item = list_item(expert, text)
        unit = str(expert.organisation) if expert.organisation else _("independent")
        facts = (unit, str(expert.region), label("TITLE", expert.title), "、".join(labels("HNTE8", expert.fields)))
        found.append(
            Hit(expert.name, expert.get_absolute_url(), expert.public_no, tuple(filter(None, facts)),
                item["snippet"], item["terms"])
        )  # fmt: skip
    return found


def _lines(user: Any, experts: Sequence[Expert]) -> list[Line]:
    """Public fields of the entries."""
    return [
        Line(_("Number"), tuple(one.public_no for one in experts), weighed=False),
        Line(_("Unit"), tuple(str(one.organisation) if one.organisation else _("independent") for one in experts)),
        Line(_("Region"), tuple(str(one.region) for one in experts)),
        *(
            Line(label_of(name), tuple(words(one, name) for one in experts), weighed=name not in _PROSE)
            for name in _COMPARED
        ),
    ]


POOL = Pool(
    noun="expert",
    label=gettext_lazy("Experts"),
    icon="users",
    list_route="experts:expert_list",
    rows=_rows,
    filter=_filter,
    hits=_hits,
    published=("expert.admitted",),
    lines=_lines,
)
