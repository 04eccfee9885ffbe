"""Where the codes of a table stand in records: how many would keep a code that is retired."""

from typing import Any

from django.db.models import Model, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Achievement, IPItem
from experts.models import Expert
from needs.models import NeedBody, TechNeed

# table → (model, field, whether the field holds several codes)
USES: dict[str, tuple[tuple[type[Model], str, bool], ...]] = {
    "HNTE8": ((Achievement, "tech_field", False), (TechNeed, "tech_field", False), (Expert, "fields", True)),
    "GB4754": ((Achievement, "applications", True), (TechNeed, "industry", False), (Expert, "industries", True)),
    "GB13745": ((Achievement, "discipline", False), (Expert, "disciplines", True)),
    "SEI9": ((Achievement, "sei", False),),
    "ACH_SRC": ((Achievement, "source", False),),
    "OWNERSHIP": ((Achievement, "ownership", False),),
    "MATURITY": ((Achievement, "maturity", False),),
    "COOP_MODE": ((Achievement, "coop_modes", True), (TechNeed, "coop_modes", True)),
    "PRICE_BAND": ((Achievement, "price_band", False), (TechNeed, "budget_band", False)),
    "NEED_KIND": ((TechNeed, "need_kind", False),),
    "IP_TERMS": ((NeedBody, "ip_terms", False),),
    "NAT_PROJ": ((NeedBody, "national_project", False),),
    "IP_RIGHT": ((IPItem, "kind", False),),
    "IP_STATUS": ((IPItem, "status", False),),
    "TITLE": ((Expert, "title", False),),
    "EDU": ((Expert, "education", False),),
    "EXPERT_KIND": ((Expert, "expert_kinds", True),),
    "EXPERT_SERVICE": ((Expert, "services", True),),
}

LABELS: dict[type[Model], Any] = {
    Achievement: _("Achievements"),
    IPItem: _("Intellectual property"),
    TechNeed: _("Needs"),
    NeedBody: _("Needs"),
    Expert: _("Experts"),
}


def uses_of(table: str, code: str) -> list[dict[str, Any]]:
    """Return [{"label", "count"}] of the records filed under a code, counted over all of them: figures, no records."""
    found = []
    for model, field, is_list in USES.get(table, ()):
        where = Q(**{f"{field}__contains": [code]}) if is_list else Q(**{field: code})
        if count := model._default_manager.filter(where).count():  # noqa: SLF001 (Django's documented name)
            found.append({"label": LABELS[model], "count": count})
    return found
