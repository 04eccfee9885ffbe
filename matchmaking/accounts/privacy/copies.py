"""A copy of everything that is held of a person: made by a job, kept encrypted, downloaded by the person alone."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from matchmaking.accounts.models import User
from matchmaking.accounts.privacy import rooms
from matchmaking.accounts.privacy.consents import consents_of
from matchmaking.accounts.privacy.ledger import shown_of
from matchmaking.accounts.privacy.models import Correction, PersonalExport
from matchmaking.accounts.privacy.opting import is_left_alone
from matchmaking.accounts.privacy.retention import find_rule
from matchmaking.activity.services import record
from matchmaking.jobs.services import enqueue
from matchmaking.notifications.services import notify

KIND = "personal_export"
KEPT = timedelta(days=7)


@transaction.atomic
def ask_copy(*, by: User) -> PersonalExport:
    """Ask for a copy; one that is still being made is returned as it is."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # two clicks one after the other
    waiting = PersonalExport.objects.filter(person=by, ready_at=None, removed_at=None).first()
    if waiting is not None:
        return waiting
    asked = PersonalExport.objects.create(person=by)
    enqueue(kind=KIND, args={"export": asked.pk}, by=by, dedupe_key=f"{KIND}:{asked.pk}", priority=-5)
    record(by=by, verb="account.copy_asked", about=by, kind="account")
    return asked


@transaction.atomic
def make_copy(*, export: PersonalExport) -> PersonalExport:
    """Fill a copy that was asked for, and tell the person. A second time does nothing."""
    held = PersonalExport.objects.select_for_update(of=("self",)).select_related("person").get(pk=export.pk)
    if held.ready_at is not None or held.removed_at is not None:
        return held
    with translation.override(held.person.language):
        held.data = everything_of(held.person)
    held.ready_at = timezone.now()
    held.expires_at = held.ready_at + KEPT
    held.save(update_fields=["data", "ready_at", "expires_at"])
    notify(
        recipients=[held.person],
        kind="personal_copy_ready",
        params={"day": timezone.localtime(held.expires_at).date().isoformat()},
        url="/my-data/",
        dedupe_key=f"personal_copy_ready:{held.uuid}",
    )
    return held


@transaction.atomic
def take_copy(*, by: User, export: PersonalExport) -> bytes | None:
    """The copy as a ZIP archive for its person; None when it is not there (any more). Each download is written down."""
    found = PersonalExport.objects.visible_to(by).there().filter(pk=export.pk).first()
    if found is None:
        return None
    PersonalExport.objects.filter(pk=found.pk).update(downloaded_at=timezone.now())
    record(by=by, verb="account.copy_downloaded", about=by, kind="account")
    text = json.dumps(found.data, ensure_ascii=False, indent=2, sort_keys=False)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("my-data.json", text)
    return file.getvalue()


def everything_of(user: User) -> dict[str, Any]:
    """All rooms with their lines, the consents with their texts, the ledger and the requests, as JSON."""
    found: dict[str, Any] = {"made": timezone.now().isoformat(), "rooms": []}
    records = set()
    for room in rooms.rooms():
        lines = list(room.held(user))
        records |= {one.object_id for one in lines if one.object_id}
        rule = find_rule(room.retention)
        found["rooms"].append({
            "room": str(room.label), "purpose": str(room.purpose), "basis": str(room.basis),
            "retention": str(rule.how_long), "lines": [_line(one) for one in lines],
        })  # fmt: skip
    found["shown"] = [
        {"what": str(one.get_what_display()), "record": one.object_no, "at": one.at.isoformat(),
         "to": str(one.shown_to) if one.shown_to else _("visitors without an account"),
         "organisation": one.organisation.name if one.organisation else ""}
        for one in shown_of(user, records)
    ]  # fmt: skip
    found["consents"] = [
        {"consent": one.label, "version": one.consent.text_version, "digest": one.consent.text_hash,
         "given": one.consent.given_at.isoformat(), "text": one.text,
         "withdrawn": one.consent.withdrawn_at.isoformat() if one.consent.withdrawn_at else None}
        for one in consents_of(user)
    ]  # fmt: skip
    found["requests"] = [
        {"record": one.object_no, "request": one.text, "state": str(one.get_state_display()), "answer": one.answer,
         "due": one.due_on.isoformat()}
        for one in Correction.objects.filter(person=user).order_by("pk")
    ]  # fmt: skip
    return found | {"left_alone_by_the_engine": is_left_alone(user=user)}


def _line(one: rooms.Held) -> dict[str, Any]:
    return {
        "title": one.title, "record": one.object_no, "source": str(one.source),
        "since": one.since.isoformat() if one.since else None, "data": one.data,
        "sources": [{"field": where.field, "source": where.said, "at": where.at.isoformat()} for where in one.origins],
    }  # fmt: skip
