"""What must be filled before an achievement is handed on (records.md 3.2: R to submit, r to publish)."""

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any, cast

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from catalog.models import Achievement
from matchmaking.accounts.models import Organisation
from matchmaking.accounts.names import is_named_in, recognisable
from matchmaking.intake.attachments import has_file
from matchmaking.intake.models import AttachmentKind
from matchmaking.programmes.models import Visibility

SUMMARY_MIN, SUMMARY_MAX = 140, 600
KEYWORDS_MIN, KEYWORDS_MAX = 3, 8
EVIDENCE_FROM_TRL = 6
PROVING_FILES = (AttachmentKind.TEST_REPORT, AttachmentKind.USER_CERTIFICATE, AttachmentKind.EVALUATION)
NEEDED = _("Needed before the record can be submitted.")
NAMED = _("The owner of this achievement is hidden, but this text names your organisation. Please write “our unit”.")

_TEXTS = ("title", "problem_solved", "key_points", "tech_field", "discipline", "source", "ownership")
_LISTS = ("applications", "coop_modes")
# What everybody reads who may not know a hidden owner.
_PROSE = ("title", "summary", "problem_solved", "key_points", "application_text", "needs_from_partner", "benefit")
_INDICATOR_PROSE = ("name", "unit", "text", "condition")
_ROWS = ("indicators", "ip_items", "completing_units", "completers")
_PLAIN = tuple(dict.fromkeys((*_TEXTS, *_LISTS, *_PROSE, "keywords", "trl")))

# What the rail of the form counts: the same, as far as it can be told while typing (tokens of `common/rails.py`).
NEEDED_FIELDS = (
    *(name for name in _TEXTS if name != "title"), *_LISTS, *_ROWS, "title", "trl", f"summary:{SUMMARY_MIN}",
    f"keywords:{KEYWORDS_MIN}w",
)  # fmt: skip


class Incomplete(Exception):
    """The record cannot be handed on yet. `fields` maps each field that is missing to a sentence."""

    message = _("Some fields are still missing; they are marked below.")

    def __init__(self, fields: Mapping[str, Any]) -> None:
        super().__init__(", ".join(fields))
        self.fields = dict(fields)


def missing_fields(achievement: Achievement, *, for_unit: bool = False) -> dict[str, Any]:
    """Return {field: sentence} of everything that is missing, in the order of the form.

    With `for_unit`, also the unit's own declarations: free of state secrets, opinion.
    """
    found: dict[str, Any] = {name: NEEDED for name in _TEXTS if not getattr(achievement, name).strip()}
    found |= {name: NEEDED for name in _LISTS if not getattr(achievement, name)}
    length = len(achievement.summary.strip())
    if not SUMMARY_MIN <= length <= SUMMARY_MAX:
        found["summary"] = ngettext_lazy(
            "The summary must have 140 to 600 characters; it has %(n)s.",
            "The summary must have 140 to 600 characters; it has %(n)s.",
            "n",
        ) % {"n": length}
    if not KEYWORDS_MIN <= len(achievement.keywords) <= KEYWORDS_MAX:
        found["keywords"] = _("Give three to eight keywords.")
    if achievement.trl is None:
        found["trl"] = NEEDED
    if (achievement.trl or 0) >= EVIDENCE_FROM_TRL and not _is_proven(achievement):
        found["trl_evidence"] = _("From level 6 on, say what proves the maturity, or add a test report as a file.")
    if achievement.ownership == "unclear":
        found["ownership"] = _("The ownership must be settled before the record can be published.")
    found |= {name: NEEDED for name in _ROWS if not getattr(achievement, name).all()}
    if achievement.visibility == Visibility.HIDDEN_OWNER:
        found |= names_owner(achievement, achievement.indicators.all(), achievement.body.owner)
    if for_unit:
        if not achievement.body.secrecy_declared:
            found["secrecy_declared"] = _("The unit must declare that the record holds no state secret.")
        if not achievement.body.unit_opinion.strip():
            found["unit_opinion"] = _("The opinion of the unit is needed.")
    return found


def prospect(achievement: Achievement, data: Mapping[str, Any], **rows: Any) -> Achievement:
    """The record as a change would leave it, as far as `missing_fields` asks; nothing is written."""
    fields: dict[str, Any] = {name: data.get(name, getattr(achievement, name)) for name in (*_PLAIN, "visibility")}
    fields |= {name: NotSaved(rows[name]) if name in rows else getattr(achievement, name) for name in _ROWS}
    body = achievement.body
    evidence = data.get("trl_evidence", body.trl_evidence)
    whole = SimpleNamespace(
        **fields, uuid=achievement.uuid, body=SimpleNamespace(trl_evidence=evidence, owner=body.owner)
    )
    return cast("Achievement", whole)


class NotSaved(list[Any]):
    """Rows that are not saved yet, as `missing_fields` asks for them."""

    def all(self) -> list[Any]:
        return self


def names_owner(achievement: Achievement, indicators: Iterable[Any], owner: Organisation) -> dict[str, Any]:
    """The fields of an achievement with a hidden owner in which the owner can be recognised by name, alias or code.

    `indicators` are its rows, or mappings if they are not saved yet.
    """
    if achievement.visibility != Visibility.HIDDEN_OWNER:
        return {}
    names = recognisable(owner)
    texts = {name: [getattr(achievement, name)] for name in _PROSE} | {"keywords": achievement.keywords}
    texts["indicators"] = [_cell(row, name) for row in indicators for name in _INDICATOR_PROSE]
    return {field: NAMED for field, written in texts.items() if any(is_named_in(text, names) for text in written)}


def _cell(row: Any, name: str) -> str:
    """A row of an upload that is not saved yet is a mapping."""
    return (row.get(name) if isinstance(row, Mapping) else getattr(row, name)) or ""


def _is_proven(achievement: Achievement) -> bool:
    """Words will do, or a file: a test report, the certificate of a user, an evaluation report."""
    if achievement.body.trl_evidence.strip():
        return True
    uuid = getattr(achievement, "uuid", None)  # a row of an upload that has not become a record has none
    return uuid is not None and has_file("achievement", uuid, PROVING_FILES)
