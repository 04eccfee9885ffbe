"""The nouns of the history, and its own verbs."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from matchmaking.activity import verifying

READ, EXPORTED = "history.read", "history.exported"
VERBS = {
    READ: _("history read"),
    EXPORTED: _("history exported"),
    verifying.VERIFIED: _("history verified"),
    verifying.BROKEN: _("history found changed"),
}
NOUNS = {
    "achievement": _("achievement"),
    "need": _("need"),
    "talent_post": _("talent post"),
    "expert": _("expert"),
    "team": _("team"),
    "match": _("match"),
    "run": _("batch run"),
    "ranking": _("learned ranking"),
    "import": _("upload"),
    "organisation": _("organisation"),
    "vocabulary": _("code table"),
    verifying.KIND: _("history"),
}


def noun(kind: str) -> str:
    """What a kind of record is called; the kind itself when it has no name here."""
    return str(NOUNS.get(kind, kind))


def tell(detail: Mapping[str, Any]) -> str:
    """What the history says of itself: how much was read, or what a verification found."""
    if "rows" in detail:
        return str(_("%(count)s entries") % {"count": detail["rows"]})
    return verifying.said_of(dict(detail))
