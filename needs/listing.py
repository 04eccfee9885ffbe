"""A need as a row of a list, for one reader."""

from typing import Any

from django.utils.translation import gettext as _

from matchmaking.common.snippets import marks, snippet
from needs.models import NeedBody
from needs.selectors import Shown

# Where a search may have found its words, and what these fields are called.
SNIPPET_FIELDS: dict[str, Any] = {
    name: getattr(NeedBody._meta.get_field(name), "verbose_name", name)  # noqa: SLF001 (Django documents it)
    for name in ("problem", "goal", "background", "tried", "basis", "chain_link", "site", "scale", "open_data",
                 "trial_window", "support_offered", "access_conditions")
}  # fmt: skip


def list_item(row: Shown, text: str = "") -> dict[str, Any]:
    """The row with the piece in which `text` was found, of what this reader may read."""
    if not text:
        return {"row": row, "snippet": None, "terms": []}
    texts: list[tuple[Any, str]] = []
    if row.body is not None:
        measured = "；".join(f"{one} {one.text}".strip() for one in row.indicators)
        texts = [(label, getattr(row.body, name)) for name, label in SNIPPET_FIELDS.items()]
        texts.insert(1, (_("indicators"), measured))
    enterprise = row.enterprise.name if row.enterprise else ""
    return {"row": row, "snippet": snippet(text, texts), "terms": marks(text, f"{row.need.title}\n{enterprise}")}
