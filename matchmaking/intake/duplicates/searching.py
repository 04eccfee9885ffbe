"""The nightly search of one kind: what changed since the last one is compared with everything."""

from django.db import transaction

from matchmaking.intake.duplicates.keeping import drop_unseen, keep_found
from matchmaking.intake.duplicates.kinds import find
from matchmaking.intake.models import DuplicateSearch
from matchmaking.jobs.context import JobContext

COMPARED_AT_ONCE = 500


def search(job: JobContext, kind: str) -> dict[str, int]:
    """Compare by key, in chunks; what is found twice is one pair. Returns how many records were compared."""
    how = find(kind)
    last = DuplicateSearch.objects.filter(kind=kind, edition=how.edition).first()
    compared = how.read_all()
    keys = sorted(key for key, at in compared.changed.items() if last is None or at >= last.compared_to)
    waiting = [key for key in keys if key > (job.cursor or 0)]
    for start in range(0, len(waiting), COMPARED_AT_ONCE):
        piece = waiting[start : start + COMPARED_AT_ONCE]
        with job.chunk(total=len(keys)) as chunk:
            keep_found(how, [pair for key in piece for pair in compared.near(key)])
            chunk.advance(len(piece))
            chunk.cursor = piece[-1]
    with job.chunk(), transaction.atomic():
        drop_unseen(how, since=job.job.created_at, compared=None if last is None else keys)
        DuplicateSearch.objects.update_or_create(
            kind=kind, defaults={"compared_to": job.job.created_at, "edition": how.edition}
        )
    return {"compared": len(keys)}
