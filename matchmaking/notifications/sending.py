"""Handing queued mails to the mail server: at least once, each under the Message-ID it was born with.

A mail is leased before it is handed over and marked after. A worker that dies between the two leaves a mail that may
be sent a second time when its lease has run out: the one window that SMTP leaves open (reliability rule 9). The
Message-ID is the same then, so a mailbox shows it once.
"""

import smtplib
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import DateTimeField as TimeOutput
from django.db.models import ExpressionWrapper, F, Q
from django.db.models.functions import Now

from matchmaking.notifications.models import MailState, OutboxMail

REFUSED_FOR_GOOD = 500  # SMTP answers from here on are final


def lease_mail(mail_id: int) -> OutboxMail | None:
    """Take a mail for the length of a lease, or return None: it is sent, given up, or somebody else is at it."""
    free = Q(state=MailState.QUEUED) | Q(state=MailState.SENDING, lease_until__lt=Now())
    until = ExpressionWrapper(Now() + timedelta(seconds=settings.JOB_LEASE_SECONDS), output_field=TimeOutput())
    taken = OutboxMail.objects.filter(free, pk=mail_id).update(
        state=MailState.SENDING, lease_until=until, attempts=F("attempts") + 1
    )
    return OutboxMail.objects.get(pk=mail_id) if taken else None


def deliver(mail: OutboxMail) -> bool:
    """Hand a leased mail to the server and note what came of it; False when it should be tried again."""
    message = EmailMessage(
        subject=mail.subject,
        body=mail.body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[mail.to],
        headers={"Message-ID": mail.message_id},
        connection=get_connection(settings.MAIL_DELIVERY_BACKEND),
    )
    try:
        message.send()
    except (OSError, smtplib.SMTPException) as error:
        final = _is_final(error)
        _note(mail, MailState.FAILED if final else MailState.QUEUED, last_error=f"{type(error).__name__}: {error}")
        return final
    _note(mail, MailState.SENT, sent_at=Now(), last_error="")
    return True


def _note(mail: OutboxMail, state: MailState, **values: object) -> None:
    """What happened has happened: noted at once, whoever holds the job by now."""
    OutboxMail.objects.filter(pk=mail.pk, state=MailState.SENDING).update(state=state, lease_until=None, **values)


def _is_final(error: Exception) -> bool:
    """Whether the server refused this mail for good."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= REFUSED_FOR_GOOD for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= REFUSED_FOR_GOOD


def give_up(mail_ids: list[int]) -> None:
    OutboxMail.objects.filter(pk__in=mail_ids, state__in=[MailState.QUEUED, MailState.SENDING]).update(
        state=MailState.FAILED, lease_until=None
    )
