"""Keeping unsaved texts: written by the page while a person types, dropped when the form is saved or the text old."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.intake.drafts import Fields
from matchmaking.intake.models import FormDraft

PIECE = 500


class DraftMoved(Exception):
    """Another window goes on with this text, or it was saved or discarded meanwhile; nothing was written."""

    message = _("Another window has gone on with this text.")


@transaction.atomic
def save_draft(
    *, by: User, uuid: UUID, key: str, fields: Fields, base_version: int | None = None, revision: int = 0
) -> FormDraft:
    """Write what stands in a form now. `revision` is what the page wrote last, 0 when it has written nothing yet.

    A page that is behind gets DraftMoved and goes on under a uuid of its own, so that no text replaces another unseen;
    a late request of a form that was saved meanwhile brings nothing back. Beyond the number that a person may have,
    the oldest drafts go.
    """
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
def drop_old_drafts() -> int:
    """Drop some of the drafts that nobody has touched for long; returns how many, 0 when none is left."""
    long_ago = timezone.now() - timedelta(days=settings.DRAFT_DAYS)
    old = FormDraft.objects.filter(saved_at__lt=long_ago).values_list("pk", flat=True)[:PIECE]
    return FormDraft.objects.filter(pk__in=list(old)).delete()[0]
