"""Mail goes into the outbox, in the transaction of what caused it; a job hands it to the mail server."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from matchmaking.notifications.services import queue_mail


class OutboxBackend(BaseEmailBackend):
    """Django's mail backend: whatever sends mail through Django (sign-in, password reset) lands in the outbox.

    So a mail never leaves for something that was rolled back, and a slow mail server never slows a page (which would
    also tell a known address from an unknown one).
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        with transaction.atomic():
            for message in email_messages:
                queue_mail(to=message.recipients(), subject=str(message.subject), body=str(message.body))
        return len(email_messages)
