"""What each step of the ladder shows of a need or of an answer: the same words for the preview and for the reader.

Whatever the engine reads of a record stands in the first two steps, for an explanation may quote it.
"""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from catalog.models import Achievement
from experts.models import Expert
from matchmaking.common.formats import yuan
from matchmaking.matching.enums import LADDER, Step
from matchmaking.matching.nouns import Answer
from matchmaking.vocabularies.selectors import label, labels, region_label
from needs.models import TechNeed

Sections = list[tuple[str, str]]


def need_sections(need: TechNeed, steps: Collection[str], *, titled: bool = True) -> Sections:
    """Return (heading, text) of what these steps show of a need, without what is empty. `titled`: the title, which a
    page shows in its head, is among them."""
    title = [(_("Title"), need.title)] if titled and Step.PROBLEM in steps else []
    return _kept(title + [section for step in LADDER if step in steps for section in _OF_NEED[step](need)])


def target_sections(target: Answer, steps: Collection[str], *, titled: bool = True) -> Sections:
    """Return the same of an achievement, expert or team."""
    wanted = titled and Step.PROBLEM in steps
    title = [(_("Title"), target.title)] if wanted and isinstance(target, Achievement) else []
    return _kept(title + [section for step in LADDER if step in steps for section in _of_target(target, step)])


def field_of(target: Answer) -> Sections:
    """What is known of an answer from the release on: the first step, which nobody has to open."""
    if isinstance(target, Achievement):
        return [(_("Technical field"), label("HNTE8", target.tech_field))]
    return [(_("Technical fields"), "、".join(labels("HNTE8", target.fields)))] if isinstance(target, Expert) else []


def _of_target(target: Answer, step: str) -> Sections:
    if isinstance(target, Achievement):
        return _of_achievement(target, step)
    return _of_expert(target, step) if isinstance(target, Expert) else _of_team(target, step)


def _kept(sections: Sections) -> Sections:
    return [(heading, text) for heading, text in sections if text]


def _need_problem(need: TechNeed) -> Sections:
    body = need.body
    return [
        (_("Problem"), body.problem),
        (_("Expected goal"), body.goal),
        (_("What was tried"), body.tried),
        (_("Background"), body.background),
        (_("Existing basis"), body.basis),
        (_("Link of the industrial chain"), body.chain_link),
    ]


def _need_indicators(need: TechNeed) -> Sections:
    return [
        (_("Indicators"), "\n".join(str(row) for row in need.body.indicators.order_by("position"))),
        (_("Region"), region_label(need.region_id)),
        (_("Industry"), label("GB4754", need.industry)),
        (_("Expected readiness level"), label("TRL", str(need.target_trl or ""))),
        (_("To be finished in (months)"), str(need.due_months or "")),
        (_("Budget band"), label("PRICE_BAND", need.budget_band)),
        (_("Cooperation modes"), "、".join(labels("COOP_MODE", need.coop_modes))),
    ]


def _need_identity(need: TechNeed) -> Sections:
    return [(_("Enterprise"), need.body.owner.name)]


def _need_data(need: TechNeed) -> Sections:
    body = need.body
    return [
        (_("Exact budget"), _yuan(body.budget_fen)),
        (_("Bottleneck technology"), _("yes") if body.chokepoint else ""),
        (_("Import substitution"), _("yes") if body.import_substitution else ""),
        (_("Wished partners"), body.wished_partners),
        (_("Conditions for the answering side"), body.eligibility),
        (_("IP terms"), label("IP_TERMS", body.ip_terms)),
        (_("Note on IP terms"), body.ip_terms_note),
        (_("Site"), body.site),
        (_("Scale"), body.scale),
        (_("Open data"), body.open_data),
        (_("Trial window"), body.trial_window),
        (_("Support offered"), body.support_offered),
        (_("Access conditions"), body.access_conditions),
    ]


_OF_NEED: dict[str, Any] = {
    Step.PROBLEM: _need_problem,
    Step.INDICATORS: _need_indicators,
    Step.IDENTITY: _need_identity,
    Step.DATA: _need_data,
}


def _of_achievement(one: Achievement, step: str) -> Sections:
    if step == Step.PROBLEM:
        return [
            (_("Problem solved"), one.problem_solved),
            (_("Summary"), one.summary),
            (_("Key points"), one.key_points),
            (_("Applications"), one.application_text),
            (_("Keywords"), "、".join(one.keywords)),
        ]
    if step == Step.INDICATORS:
        return [
            (_("Indicators"), "\n".join(str(row) for row in one.indicators.order_by("position"))),
            (_("Maturity"), label("TRL", str(one.trl or ""))),
            (_("Price band"), label("PRICE_BAND", one.price_band)),
            (_("Industries of use"), "、".join(labels("GB4754", one.applications))),
            (_("Cooperation modes"), "、".join(labels("COOP_MODE", one.coop_modes))),
            (_("Region"), region_label(one.region_id)),
        ]
    if step == Step.IDENTITY:
        units = one.completing_units.select_related("organisation").order_by("position")
        return [(_("Completing units"), "、".join(unit.organisation.name for unit in units) or one.body.owner.name)]
    return [
        (_("Asking price"), _yuan(one.body.price_fen)),
        (_("Evidence of maturity"), one.body.trl_evidence),
        (_("Conditions needed"), one.needs_from_partner),
        (_("Existing applications"), one.references),
    ]


def _of_expert(one: Expert, step: str) -> Sections:
    if step == Step.PROBLEM:
        return [(_("Research directions"), one.directions)]
    if step == Step.INDICATORS:
        return [
            (_("Works"), "\n".join(work.title for work in one.works.order_by("position"))),
            (_("Industries"), "、".join(labels("GB4754", one.industries))),
            (_("Regions"), "、".join(region_label(code) for code in one.regions)),
        ]
    if step == Step.IDENTITY:
        unit = one.organisation.name if one.organisation else ""
        return [(_("Name"), one.name), (_("Organisation"), unit)]
    return [(_("Professional title"), label("TITLE", one.title)), (_("Position"), one.position)]


def _of_team(one: Any, step: str) -> Sections:
    """A team is never shown to invited ones only: all it says is open already."""
    return []


def _yuan(fen: int | None) -> str:
    return "" if fen is None else yuan(fen)
