"""Telling people: rows written in the transaction of what happened; each person is told once."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from matchmaking.jobs.services import enqueue
from matchmaking.notifications import gathering, kinds
from matchmaking.notifications.models import MailState, Notification, OutboxMail

SUBJECT_LENGTH = 300
MAIL_PRIORITY = -5  # short, and somebody waits for it


@transaction.atomic
def notify(
    *,
    recipients: Iterable[Any],
    kind: str,
    params: dict[str, Any],
    url: str,
    dedupe_key: str,
    mail: bool = True,
) -> list[Notification]:
    """Tell each recipient once; return the notifications that are new.

    `dedupe_key` names the event (“match_released:MT-2026-000123”); a repeat does nothing. With `mail`, each new
    notification also becomes a mail in the recipient's language, and one job sends them. Raises UnknownKind and
    WrongParams, so that no confidential value slips in beside the declared ones. Within `telling_once` a kind that has
    a wording for many is only gathered, and nothing is new yet.
    """
    found = kinds.find(kind)
    kinds.check_params(found, params)
    people = {person.pk: person for person in recipients if person.is_active}
    if found.many_url and (told := gathering.current()) is not None:
        for person in people.values():
            told.add(person, {"kind": kind, "params": params, "url": url, "dedupe_key": dedupe_key, "mail": mail})
        return []
    rows = [
        Notification(recipient=person, kind=kind, params=params, url=url, dedupe_key=f"{dedupe_key}:{person.pk}")
        for person in sorted(people.values(), key=lambda person: person.pk)
    ]
    fresh = _insert_new(rows)
    if mail:
        mailed = [row for row in fresh if people[row.recipient_id].email]
        readers = [people[row.recipient_id] for row in mailed]
        own = found.personal.links(url, readers) if found.personal and readers else {}
        _queue([_mail_for(row, people[row.recipient_id], own.get(row.recipient_id, "")) for row in mailed])
    return fresh


@contextmanager
def telling_once() -> Iterator[None]:
    """One transaction for an act on many records, at whose end each recipient is told once; also a decorator.

    One record is told as always, more of them by their number and the list where they stand. Within a larger act that
    gathers already, everything is told at the end of that one.
    """
    if gathering.current() is not None:
        with transaction.atomic():
            yield
        return
    with transaction.atomic():
        with gathering.gathering() as told:
            yield
        send_gathered(told, act=uuid4().hex)


def send_gathered(told: gathering.Told, *, act: str) -> int:
    """Tell everybody what was gathered; `act` names what happened, so that a repeat does nothing. Returns how many."""
    people = get_user_model().objects.in_bulk([entry["person"] for entry in told.kept.values()])
    alike: dict[tuple[str, int, str], list[Any]] = {}
    for entry in told.kept.values():
        # Many are told alike to all whose number is the same; a single record is told as it was.
        name = entry["dedupe_key"] if entry["count"] == 1 else ""
        alike.setdefault((entry["kind"], entry["count"], name), []).append(entry)
    sent = 0
    for (kind, count, _name), entries in alike.items():
        notice = {name: entries[0][name] for name in ("kind", "params", "url", "dedupe_key", "mail")}
        if count > 1:
            many = kinds.many_of(kind)
            notice |= {"kind": many, "params": {"count": count}, "url": str(kinds.find(kind).many_url),
                       "dedupe_key": f"{many}:{act}"}  # fmt: skip
        sent += len(notify(recipients=[people[entry["person"]] for entry in entries], **notice))
    return sent


def _insert_new(rows: list[Notification]) -> list[Notification]:
    """Insert what is not there yet. The uuid tells our rows from those of somebody who was faster."""
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    ours = [row.uuid for row in rows]
    return list(Notification.objects.filter(uuid__in=ours).order_by("pk"))


def _mail_for(row: Notification, person: Any, own_link: str) -> OutboxMail:
    """`own_link` is a key: it stands in the mail, never in the row that the portal shows."""
    with translation.override(person.language):
        subject, body = kinds.say(row.kind, row.params)
        link, personal = absolute(row.url), kinds.find(row.kind).personal
        lines = [
            _("Hello %(name)s,") % {"name": person.get_full_name()},
            "",
            body,
            *(["", str(personal.sentence) % {"link": absolute(own_link)}] if personal and own_link else []),
            *(["", _("Open it here: %(link)s") % {"link": link}] if link else []),
            "",
            _("This message was sent by the portal. Please do not reply to it."),
        ]
    digest = hashlib.sha256(row.dedupe_key.encode()).hexdigest()[:40]
    return OutboxMail(message_id=message_id(digest), to=person.email, subject=subject, body="\n".join(lines))


def absolute(url: str) -> str:
    """A link that works outside the portal, as far as the installation says where it answers (PUBLIC_URL)."""
    base = getattr(settings, "PUBLIC_URL", "")
    return base.rstrip("/") + url if url.startswith("/") else url


def message_id(local: str) -> str:
    """A Message-ID; it is stored with the mail and never changes, so that a mail sent twice shows once."""
    return f"<{local}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2].rstrip('>') or 'localhost'}>"


def _queue(mails: Sequence[OutboxMail]) -> list[OutboxMail]:
    """Insert mails and one job that sends them."""
    for mail in mails:
        mail.subject = mail.subject[:SUBJECT_LENGTH]
    OutboxMail.objects.bulk_create(mails, ignore_conflicts=True)
    wanted = [mail.message_id for mail in mails]
    queued = list(OutboxMail.objects.filter(message_id__in=wanted, state=MailState.QUEUED).order_by("pk"))
    if queued:
        enqueue(
            kind="send_mail",
            args={"mails": [mail.pk for mail in queued]},
            priority=MAIL_PRIORITY,
            total=len(queued),
        )
    return queued


@transaction.atomic
def queue_mail(*, to: Sequence[str], subject: str, body: str) -> list[OutboxMail]:
    """Queue one mail per address that belongs to no notification (sign-in mails); each is its own event."""
    one_line = " ".join(subject.split())
    mails = [OutboxMail(message_id=message_id(uuid4().hex), to=address, subject=one_line, body=body) for address in to]
    return _queue(mails)


def mark_read(*, notification: Notification, by: Any) -> None:
    """Mark one notification of the reader as read; the first time counts."""
    Notification.objects.visible_to(by).filter(pk=notification.pk, read_at=None).update(read_at=timezone.now())


def mark_all_read(*, by: Any) -> int:
    return Notification.objects.visible_to(by).unread().update(read_at=timezone.now())
