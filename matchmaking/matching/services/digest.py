"""One hash over what matching has decided: equal states give equal hashes, whatever the ids and the times."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator

from catalog.models import Achievement
from experts.models import Expert
from matchmaking.matching.models import Candidate, Match, MatchRun
from matchmaking.notifications.models import Notification
from needs.models import TechNeed


def state_digest() -> str:
    """Return the SHA-256 over record states, matches with their scores and sides, and notifications.

    Every line starts from public numbers, so that two databases filled in a different order of ids agree.
    """
    digest = hashlib.sha256()
    for line in _lines():
        digest.update(line.encode())
        digest.update(b"\n")
    return digest.hexdigest()


def candidates_digest(run: MatchRun) -> str:
    """Return the SHA-256 over the lists of all needs of a run, in rank order: scores to the last bit, and reasons."""
    digest = hashlib.sha256()
    for kind in ("achievement", "expert"):
        rows = Candidate.objects.of_run(run).filter(**{f"{kind}__isnull": False}).order_by("need__public_no", "rank")
        columns = ("need__public_no", "rank", f"{kind}__public_no", "score", "probability", "above_floor", "reasons")
        for row in rows.values_list(*columns).iterator(chunk_size=1000):
            digest.update(json.dumps(row, sort_keys=True, ensure_ascii=False).encode())
            digest.update(b"\n")
    return digest.hexdigest()


def _lines() -> Iterator[str]:
    for kind, model in (("achievement", Achievement), ("need", TechNeed), ("expert", Expert)):
        yield from _joined(kind, model.objects.order_by("public_no").values_list("public_no", "state"))
    yield from _joined("match", sorted(_matches()))
    told = Notification.objects.values_list("dedupe_key", "recipient__username")
    yield from _joined("notification", sorted((key.rsplit(":", 1)[0], person) for key, person in told))


def _joined(kind: str, rows: Iterable[Iterable[object]]) -> Iterator[str]:
    for row in rows:
        yield "\t".join([kind, *map(str, row)])


def _matches() -> Iterator[tuple[str, ...]]:
    matches = Match.objects.select_related("need", "achievement", "expert", "team").prefetch_related("sides")
    for match in matches.iterator(chunk_size=1000):
        score = "" if match.score is None else repr(match.score)
        sides = sorted(f"{side.side}={side.answer}" for side in match.sides.all())
        yield (match.need.public_no, match.target.public_no, match.state, score, *sides)
