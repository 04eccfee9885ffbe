"""What intake holds of a person: unsaved texts, uploads, files, decisions and appeals."""

from collections.abc import Iterator

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.accounts.privacy.retention import Rule, register_rule
from matchmaking.accounts.privacy.rooms import Held, Room, register_room
from matchmaking.intake.models import Appeal, FormDraft, IdempotencyKey, ImportBatch, ReviewStep, StoredFile


def held(user: User) -> Iterator[Held]:
    for draft in FormDraft.objects.filter(user=user).order_by("-saved_at"):
        yield Held(
            title=gettext("Unsaved text"),
            data={"form": draft.key, "fields": draft.fields},
            source=gettext("you"),
            since=draft.saved_at,
        )
    for batch in ImportBatch.objects.filter(created_by=user).select_related("file").order_by("-pk"):
        yield Held(
            title=batch.file.name,
            data={"kind": batch.kind, "rows": batch.counts},
            source=gettext("you"),
            since=batch.created_at,
            kind="import",
            object_id=batch.uuid,
        )
    for file in StoredFile.objects.filter(created_by=user).order_by("-pk"):
        yield Held(
            title=file.name,
            data={"bytes": file.size, "sha256": file.sha256},
            source=gettext("you"),
            since=file.created_at,
        )
    for step in ReviewStep.objects.filter(by=user).order_by("-pk"):
        yield Held(
            title=gettext("Decision"),
            data={"decision": step.decision, "reason": step.reason},
            source=gettext("you"),
            since=step.at,
            kind=step.object_kind,
        )
    for appeal in Appeal.objects.filter(by=user).order_by("-pk"):
        yield Held(title=gettext("Appeal"), data={"text": appeal.text}, source=gettext("you"), since=appeal.at)


def erase(user: User) -> None:
    """Unsaved texts and answers to programs go; files, decisions and appeals belong to records."""
    FormDraft.objects.filter(user=user).delete()
    IdempotencyKey.objects.filter(user=user).delete()


def register() -> None:
    pipl = _("PIPL art. 19 and 47: no longer than the purpose needs")
    register_rule(Rule("drafts", _("unsaved texts of forms"), _("90 days"), _("the last change"), _("removed"), pipl))
    register_rule(
        Rule(
            "uploads",
            _("rows of uploads as they were before"),
            _("until the upload can no longer be undone"),
            _("the import"),
            _("stay with the upload, encrypted"),
            pipl,
        )
    )
    register_room(
        Room(
            "intake",
            _("Uploads, texts and decisions"),
            _("to check records and to prove decisions"),
            _("contract and statutory duty (PIPL art. 13 no. 2 and 3)"),
            "records",
            held,
            erase=erase,
            stays=_("files of records, decisions and appeals, without the name"),
        )
    )
