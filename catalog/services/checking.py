"""What must be filled before an achievement is handed on (records.md 3.2: R to submit, r to publish)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from catalog.models import Achievement
from matchmaking.intake.attachments import has_file
from matchmaking.intake.models import AttachmentKind

SUMMARY_MIN, SUMMARY_MAX = 140, 600
KEYWORDS_MIN, KEYWORDS_MAX = 3, 8
EVIDENCE_FROM_TRL = 6
PROVING_FILES = (AttachmentKind.TEST_REPORT, AttachmentKind.USER_CERTIFICATE, AttachmentKind.EVALUATION)
NEEDED = _("Needed before the record can be submitted.")

_TEXTS = ("title", "problem_solved", "key_points", "tech_field", "discipline", "source", "ownership")
_LISTS = ("applications", "coop_modes")
_ROWS = ("indicators", "ip_items", "completing_units", "completers")

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
    if for_unit:
        if not achievement.body.secrecy_declared:
            found["secrecy_declared"] = _("The unit must declare that the record holds no state secret.")
        if not achievement.body.unit_opinion.strip():
            found["unit_opinion"] = _("The opinion of the unit is needed.")
    return found


def _is_proven(achievement: Achievement) -> bool:
    """Words will do, or a file: a test report, the certificate of a user, an evaluation report."""
    if achievement.body.trl_evidence.strip():
        return True
    uuid = getattr(achievement, "uuid", None)  # a row of an upload that has not become a record has none
    return uuid is not None and has_file("achievement", uuid, PROVING_FILES)
