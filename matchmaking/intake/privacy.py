"""What intake holds of a person: unsaved texts, uploads, files, decisions and appeals."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from matchmaking.accounts.models import User
from matchmaking.accounts.privacy.retention import Rule, register_rule
from matchmaking.accounts.privacy.rooms import Held, Room, register_room
from matchmaking.intake.models import Appeal, FormDraft, IdempotencyKey, ImportBatch, ReviewStep, StoredFile


def held(user: User) -> Iterator[Held]:
    for draft in FormDraft.objects.filter(user=user).order_by("-saved_at"):
        yield Held(title=_("Unsaved text"), data={"form": draft.key, "fields": draft.fields}, source=_("you"),
                   since=draft.saved_at)  # fmt: skip
    for batch in ImportBatch.objects.filter(created_by=user).select_related("file").order_by("-pk"):
        yield Held(title=batch.file.name, data={"kind": batch.kind, "rows": batch.counts}, source=_("you"),
                   since=batch.created_at, kind="import", object_id=batch.uuid)  # fmt: skip
    for file in StoredFile.objects.filter(created_by=user).order_by("-pk"):
        yield Held(title=file.name, data={"bytes": file.size, "sha256": file.sha256}, source=_("you"),
                   since=file.created_at)  # fmt: skip
    for step in ReviewStep.objects.filter(by=user).order_by("-pk"):
        yield Held(title=_("Decision"), data={"decision": step.decision, "reason": step.reason}, source=_("you"),
                   since=step.at, kind=step.object_kind)  # fmt: skip
    for appeal in Appeal.objects.filter(by=user).order_by("-pk"):
        yield Held(title=_("Appeal"), data={"text": appeal.text}, source=_("you"), since=appeal.at)


def erase(user: User) -> None:
    """Unsaved texts and answers to programs go; files, decisions and appeals belong to records."""
    FormDraft.objects.filter(user=user).delete()
    IdempotencyKey.objects.filter(user=user).delete()


def register() -> None:
    pipl = t("PIPL art. 19 and 47: no longer than the purpose needs")
    register_rule(Rule("drafts", t("unsaved texts of forms"), t("90 days"), t("the last change"), t("removed"), pipl))
    register_rule(
        Rule("uploads", t("rows of uploads as they were before"), t("until the upload can no longer be undone"),
             t("the import"), t("stay with the upload, encrypted"), pipl)
    )  # fmt: skip
    register_room(
        Room("intake", t("Uploads, texts and decisions"), t("to check records and to prove decisions"),
             t("contract and statutory duty (PIPL art. 13 no. 2 and 3)"), "records", held, erase=erase,
             stays=t("files of records, decisions and appeals, without the name"))
    )  # fmt: skip
