"""Keeping unsaved texts: written by the page while a person types, dropped when the form is saved or the text old."""

from collections.abc import Iterable
from datetime import timedelta
from typing import cast
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.common.marks import MARKED
from matchmaking.intake.drafts import Fields, is_marked, mark_in
from matchmaking.intake.models import FormDraft

PIECE = 500


class DraftMoved(Exception):
    """Another window goes on with this text, or it was saved or discarded meanwhile; nothing was written."""

    message = _("Another window has gone on with this text.")


class Marked(Exception):
    """The text carries a mark of a state secret; it was not kept, and what was kept of it is gone."""

    def __init__(self, mark: str) -> None:
        super().__init__(mark)
        self.message = MARKED % {"mark": mark}


def save_draft(
    *, by: User, uuid: UUID, key: str, fields: Fields, base_version: int | None = None, revision: int = 0
) -> FormDraft:
    """Write what stands in a form now. `revision` is what the page wrote last, 0 when it has written nothing yet.

    A page that is behind gets DraftMoved and goes on under a uuid of its own, so that no text replaces another unseen;
    a late request of a form that was saved meanwhile brings nothing back. Beyond the number that a person may have,
    the oldest drafts go. A text with a mark of a state secret is Marked: what was kept of it earlier is gone too.
    """
    if mark := mark_in(value for _name, value in fields):
        drop_refused(by=by, uuid=uuid)
        raise Marked(mark)
    return _write(by=by, uuid=uuid, key=key, fields=fields, base_version=base_version, revision=revision)


@transaction.atomic
def _write(*, by: User, uuid: UUID, key: str, fields: Fields, base_version: int | None, revision: int) -> FormDraft:
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # two first requests of one page at the same moment
    mine = FormDraft.objects.filter(user=by, uuid=uuid, key=key)
    values = {"fields": fields, "base_version": base_version, "saved_at": timezone.now()}
    if revision:
        if mine.filter(revision=revision).update(**values, revision=F("revision") + 1) != 1:
            raise DraftMoved
        return mine.get()
    if FormDraft.objects.filter(user=by, uuid=uuid).exists():
        raise DraftMoved
    draft = FormDraft.objects.create(user=by, uuid=uuid, key=key, **values)
    kept = FormDraft.objects.filter(user=by).order_by("-saved_at", "-pk")
    FormDraft.objects.filter(pk__in=list(kept.values_list("pk", flat=True)[settings.DRAFTS_PER_PERSON :])).delete()
    return draft


def drop_draft(*, by: User, uuid: UUID) -> None:
    """The form was saved, or the person wants the text no more."""
    FormDraft.objects.filter(user=by, uuid=uuid).delete()


@transaction.atomic
def drop_saved(*, by: User, sent: Iterable[tuple[str, str]]) -> None:
    """A form was saved: drop what was kept of just this text under another name, by a window that lost its answer."""
    saved = {(name, _one_break(value)) for name, value in sent}
    mine = FormDraft.objects.filter(user=by)
    same = [
        draft.pk for draft in mine
        if all((name, _one_break(value)) in saved for name, value in cast("Fields", draft.fields))
    ]  # fmt: skip
    mine.filter(pk__in=same).delete()


def _one_break(text: str) -> str:
    """The text with one kind of line break; a browser sends two signs for each when it sends the form."""
    return text.replace("\r\n", "\n")


@transaction.atomic
def drop_refused(*, by: User, uuid: UUID | None) -> None:
    """A text carries a mark of a state secret: drop what was kept of it, and whatever else of his is marked."""
    mine = FormDraft.objects.filter(user=by)
    marked = [draft.pk for draft in mine if draft.uuid == uuid or is_marked(draft)]
    mine.filter(pk__in=marked).delete()


@transaction.atomic
def drop_marked_drafts(*, after: int) -> tuple[int, int]:
    """Look through some drafts for marks that were not known when they were kept.

    Returns how many were dropped, and where to go on: the number to begin after, 0 when all were seen.
    """
    piece = list(FormDraft.objects.filter(pk__gt=after).order_by("pk")[:PIECE])
    marked = [draft.pk for draft in piece if is_marked(draft)]
    FormDraft.objects.filter(pk__in=marked).delete()
    return len(marked), piece[-1].pk if piece else 0


@transaction.atomic
def drop_old_drafts() -> int:
    """Drop some of the drafts that nobody has touched for long; returns how many, 0 when none is left."""
    long_ago = timezone.now() - timedelta(days=settings.DRAFT_DAYS)
    old = FormDraft.objects.filter(saved_at__lt=long_ago).values_list("pk", flat=True)[:PIECE]
    return FormDraft.objects.filter(pk__in=list(old)).delete()[0]
