"""The clinic over a need as it is being written or as it is stored: elements, figures of the text, warnings.

Nothing is saved here. What names the owner is looked for only where the reader may know him.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from matchmaking.accounts.models import Organisation
from matchmaking.accounts.names import recognisable
from matchmaking.programmes.models import Visibility
from matchmaking.vocabularies.models import Region
from needs.clinic import elements, identity, wording
from needs.clinic.extracting import FIELDS, Proposal, extract
from needs.completeness import SCENARIO_FIELDS, prose, secret_marks

Values = Mapping[str, Any]
_TEXTS = ("problem", "goal", "background", "tried", "basis", "chain_link", *SCENARIO_FIELDS)


@dataclass(frozen=True)
class Findings:
    """What the clinic says: six elements, the figures found in the text, the title, traces of the owner, secrets."""

    elements: list[elements.Element]
    proposals: list[Proposal]
    title: wording.Title
    traces: list[identity.Trace]
    secrets: dict[str, Any]

    @property
    def good(self) -> int:
        """How many of the six elements are well said."""
        return sum(element.state == elements.GOOD for element in self.elements)


def consult(values: Values, rows: Sequence[Values], *, owner: Organisation | None) -> Findings:
    """Return what the clinic finds. `owner` is None for a reader who may not know him."""
    proposals = extract({name: str(values.get(name) or "") for name in FIELDS}, rows)
    named = " ".join(f"{row.get('name') or ''} {row.get('text') or ''}" for row in rows)
    body = [*(str(values.get(name) or "") for name in _TEXTS), named]
    return Findings(
        elements.measure(values, rows, unread=len(proposals), today=timezone.localdate()),
        proposals,
        wording.judge(str(values.get("title") or ""), body),
        _traces(values, rows, owner),
        secret_marks(values, rows),
    )


def _traces(values: Values, rows: Sequence[Values], owner: Organisation | None) -> list[identity.Trace]:
    written = prose(values, rows)
    if values.get("visibility") != Visibility.HIDDEN_OWNER or owner is None:
        return identity.contacts(written)
    known = identity.Owner(recognisable(owner), (owner.park.name,) if owner.park else ())
    return identity.traces(written, owner=known, places=_places())


def _places() -> dict[str, bool]:
    """Every name of a region, and whether it is the short one."""
    names = Region.objects.values_list("name_zh", "short_zh")
    return {short: True for _name, short in names if len(short) >= 2} | {name: False for name, _short in names}
