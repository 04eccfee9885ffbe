"""The fields of an achievement in reading order: one list for the form, the review page and the section rail."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.forms import CONTACT_PARTS, AchievementForm
from catalog.models import Achievement
from catalog.services.rows import BODY_FIELDS
from matchmaking.common.formats import yuan
from matchmaking.common.labels import label, labels


@dataclass(frozen=True)
class Item:
    """One field (or kind of rows) of a section: its width in the form, its vocabulary, how its rows are laid out."""

    name: str
    width: int = 12
    table: str = ""
    title: str | Promise = ""
    add: str | Promise = ""
    cols: str = ""
    help: str | Promise = ""

    @property
    def is_rows(self) -> bool:
        return bool(self.title)

    @property
    def is_protected(self) -> bool:
        return self.name in BODY_FIELDS or self.name in CONTACT_PARTS

    @property
    def label(self) -> Any:
        return self.title or AchievementForm.base_fields[self.name].label


@dataclass(frozen=True)
class Section:
    id: str
    title: str | Promise
    help: str | Promise
    items: tuple[Item, ...] = field(default_factory=tuple)


SECTIONS = (
    Section("what", _("What it is"), _("Buyers read this first."), (
        Item("programme", 6), Item("title"), Item("summary"), Item("problem_solved"), Item("key_points"),
        Item("keywords"),
    )),
    Section("indicators", _("Technical indicators"), _("At least one measured figure; engineers compare by them."), (
        Item("indicators", title=_("Main technical indicators"), add=_("Add an indicator"),
             help=_("For example: rate of detection ≥ 98.5 %, on 200 blades at 60 °C, report 2026-12."),
             cols="name:3,operator:2,value:2,value_high:2,unit:2,text:4,condition:4,evidence:3"),
    )),
    Section("field", _("Field and application"), "", (
        Item("tech_field", 6, "HNTE8"), Item("discipline", 6, "GB13745"), Item("applications", 12, "GB4754"),
        Item("application_text"), Item("sei", 6, "SEI9"),
    )),
    Section("maturity", _("Maturity and source"), "", (
        Item("trl", 6, "TRL"), Item("source", 6, "ACH_SRC"), Item("trl_evidence"), Item("grant_no", 6),
    )),
    Section("cooperation", _("Cooperation and price"), "", (
        Item("coop_modes", 12, "COOP_MODE"), Item("price_band", 6, "PRICE_BAND"), Item("price_fen", 6),
        Item("finance_stage", 6, "FIN_STAGE"), Item("finance_amount_fen", 6), Item("needs_from_partner"),
    )),
    Section("rights", _("Intellectual property and ownership"), "", (
        Item("ip_items", title=_("Intellectual property"), add=_("Add a right"),
             help=_("One right a row. For example: invention patent, its number, in force, until 2042-05-01."),
             cols="kind:3,number:4,title:5,status:3,owner:4,inventors:5,filed_on:4,granted_on:4,expires_on:4,encumbrances:12"),
        Item("ownership", 6, "OWNERSHIP"), Item("ownership_note", 6), Item("rights_pilot", 6), Item("separate_mgmt", 6),
    )),
    Section("people", _("Completing units and people"), _("In their order; the first one leads."), (
        Item("completing_units", title=_("Completing units"), add=_("Add a unit"), cols="organisation:8",
             help=_("For example: type two characters of the name and pick it from the list.")),
        Item("completers", title=_("Completers"), add=_("Add a person"), cols="name:4,organisation:6",
             help=_("For example: the leader of the project first. Who has an account in your unit is linked to it.")),
    )),
    Section("effect", _("Use and effect"), "", (
        Item("references"), Item("benefit"),
        Item("honours", title=_("Awards and evaluation reports"), add=_("Add an award or a report"),
             help=_("For example: provincial prize of science, second class, provincial government, 2024."),
             cols="kind:3,name:6,level:3,body:4,year:2"),
        Item("awards"),
    )),
    Section("contact", _("Contact and visibility"),
            _("Contact data is shown to the other side only after both have said yes."), (
        Item("contact_name", 4), Item("contact_phone", 4), Item("contact_email", 4), Item("visibility", 6),
    )),
)  # fmt: skip


def all_items() -> Iterator[Item]:
    for section in SECTIONS:
        yield from section.items


# What an officer can put a note at: every field, and the unit's own declarations.
NOTABLE = (*(item.name for item in all_items() if item.name != "programme"), "unit_opinion")


def shown_value(achievement: Achievement, item: Item) -> Any:
    """The value of a field as a page shows it: codes in words, money in 万元; rows are laid out by the template."""
    name = item.name
    if item.is_rows:
        return None
    if name == "programme":
        return str(achievement.programme)
    if name in CONTACT_PARTS:
        contact: dict[str, str] = achievement.body.contact or {}  # type: ignore[assignment]  # decrypted JSON
        return contact.get(name.removeprefix("contact_"), "")
    value = getattr(achievement.body if name in BODY_FIELDS else achievement, name)
    if name.endswith("_fen"):
        return yuan(value)
    if name == "visibility":
        return achievement.get_visibility_display()
    if not item.table:
        return value
    return labels(item.table, value) if isinstance(value, list) else label(item.table, str(value or ""))
