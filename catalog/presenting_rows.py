"""A record as a row of a list."""

from typing import Any

from django.utils.translation import gettext as _

from catalog.models import Achievement
from catalog.selectors import lead_unit
from matchmaking.common.snippets import marks, snippet
from matchmaking.programmes.models import Visibility


def list_item(achievement: Achievement, text: str = "") -> dict[str, Any]:
    """A row of the public list, with the piece in which `text` was found.

    The unit of a hidden owner is not named here, not even to those who know it.
    """
    hidden = achievement.visibility == Visibility.HIDDEN_OWNER
    unit = None if hidden else lead_unit(achievement)
    if not text:
        return {"achievement": achievement, "unit": unit, "hidden": hidden, "snippet": None, "terms": []}
    found = snippet(text, [(_("summary"), achievement.summary), (_("problem solved"), achievement.problem_solved),
                           (_("key points"), achievement.key_points), (_("keywords"), "、".join(achievement.keywords)),
                           (_("application scenarios"), achievement.application_text)])  # fmt: skip
    terms = marks(text, f"{achievement.title}\n{unit or ''}")
    return {"achievement": achievement, "unit": unit, "hidden": hidden, "snippet": found, "terms": terms}
