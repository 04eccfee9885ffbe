"""A talent post as a row of a list, for one reader."""

from typing import Any

from matchmaking.common.snippets import marks, snippet
from needs.talent.models import TalentPostBody
from needs.talent.selectors import Shown

# Where a search may have found its words, and what these fields are called.
SNIPPET_FIELDS: dict[str, Any] = {
    name: getattr(TalentPostBody._meta.get_field(name), "verbose_name", name)  # noqa: SLF001 (Django documents it)
    for name in ("duties", "requirements", "expected_output")
}


def list_item(row: Shown, text: str = "") -> dict[str, Any]:
    """The row with the piece in which `text` was found, of what this reader may read."""
    if not text:
        return {"row": row, "snippet": None, "terms": []}
    texts = [(label, getattr(row.body, name)) for name, label in SNIPPET_FIELDS.items()] if row.body else []
    enterprise = row.enterprise.name if row.enterprise else ""
    return {"row": row, "snippet": snippet(text, texts), "terms": marks(text, f"{row.post.title}\n{enterprise}")}
