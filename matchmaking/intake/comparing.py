"""What changed between two versions of a record: field by field, in words, with the changed words marked."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from matchmaking.intake import versions
from matchmaking.intake.models import Decision, RecordVersion, ReviewStep
from matchmaking.intake.versions import Snapshot

# Latin words and numbers whole, everything else sign by sign: Chinese needs no blanks to be compared.
_WORD = re.compile(r"[A-Za-z]+|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
LONGEST = 4000  # signs; longer texts are shown whole


@dataclass(frozen=True)
class Piece:
    """A run of text that both sides share, or that only this side has."""

    text: str
    changed: bool


@dataclass(frozen=True)
class Difference:
    """A field that differs, as it was and as it is."""

    name: str
    label: Any
    before: list[Piece]
    after: list[Piece]


def differences(kind: str, before: Snapshot, after: Snapshot, shown: Iterable[str]) -> list[Difference]:
    """The fields among `shown` that differ between two snapshots, in that order."""
    how = versions.find(kind)
    changed = set(versions.differing(kind, before, after))
    return [
        Difference(name, how.labels(name), *marked(how.words(name, before.get(name)), how.words(name, after.get(name))))
        for name in shown
        if name in changed
    ]


def marked(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces: what they share, and what only one of them has."""
    if not old or not new or max(len(old), len(new)) > LONGEST:
        return _whole(old, new), _whole(new, old)
    left, right = _WORD.findall(old), _WORD.findall(new)
    before: list[Piece] = []
    after: list[Piece] = []
    moves = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    for place, (tag, a, b, c, d) in enumerate(moves):
        # A single sign that two rewritten passages happen to share is read as a part of them.
        alone = b - a == 1 and 0 < place < len(moves) - 1
        changed = tag != "equal" or alone
        _add(before, "".join(left[a:b]), changed)
        _add(after, "".join(right[c:d]), changed)
    return before, after


def _add(pieces: list[Piece], text: str, changed: bool) -> None:
    """Append a run of text, to the last piece if that is of the same kind."""
    if not text:
        return
    if pieces and pieces[-1].changed == changed:
        text = pieces.pop().text + text
    pieces.append(Piece(text, changed))


def _whole(text: str, other: str) -> list[Piece]:
    return [Piece(text, text != other)] if text else []


def versions_of(record: Any, kind: str) -> list[RecordVersion]:
    """All versions of a record, the newest first, without their content; for those to whom the file is open."""
    found = RecordVersion.objects.filter(object_kind=kind, object_id=record.uuid).defer("data")
    return list(found.select_related("by").order_by("-number"))


def version(record: Any, kind: str, number: int) -> RecordVersion | None:
    return RecordVersion.objects.filter(object_kind=kind, object_id=record.uuid, number=number).first()


def sent_back(record: Any, kind: str, step: str) -> tuple[ReviewStep, RecordVersion] | None:
    """The last return or rejection at a step and the version it judged: what a re-submission is compared with."""
    refusals = ReviewStep.objects.about(kind, record.uuid).filter(
        step=step, decision__in=[Decision.RETURN, Decision.REJECT]
    )
    last = refusals.select_related("organisation").prefetch_related("notes").order_by("-id").first()
    if last is None:
        return None
    judged = RecordVersion.objects.filter(object_kind=kind, object_id=record.uuid, at__lte=last.at)
    found = judged.order_by("-number").first()
    return (last, found) if found else None


def since_return(user: Any, record: Any, kind: str, step: str) -> dict[str, Any] | None:
    """What the owner changed since the last return at this step, for the officer's page; None for a first filing."""
    judged = sent_back(record, kind, step)
    if judged is None:
        return None
    how = versions.find(kind)
    shown = [name for name in how.visible(user, record) if name not in how.unjudged]
    return {
        "step": judged[0],
        "version": judged[1],
        "notes": [{"label": how.labels(note.field), "text": note.note} for note in judged[0].notes.all()],
        "lines": differences(kind, judged[1].content, how.content(record), shown),
    }
