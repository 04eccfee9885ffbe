"""Handing mail over: leased, once where possible, never silently lost."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail as django_mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from matchmaking.jobs.models import Job, JobState
from matchmaking.jobs.runner import run, run_due_jobs
from matchmaking.notifications import audience, sending
from matchmaking.notifications.models import Notification, OutboxMail
from matchmaking.notifications.services import queue_mail
from tests.factories.accounts import UserFactory
from tests.factories.jobs import assert_repeatable, make_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def mails():
    return queue_mail(to=["a@example.test", "b@example.test"], subject="Subject", body="Body")


def states():
    return list(OutboxMail.objects.order_by("to").values_list("state", flat=True))


def refuse(monkeypatch, error, address="a@example.test"):
    """Let the server refuse one address."""
    whole = EmailBackend.send_messages

    def send(self, messages):
        if address in messages[0].to:
            raise error
        return whole(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send)


def test_mails_are_sent_under_their_message_id(mails):
    assert run_due_jobs() == [("send_mail", "done")]
    assert states() == ["sent", "sent"]
    assert [sent.extra_headers["Message-ID"] for sent in django_mail.outbox] == [one.message_id for one in mails]
    assert Job.objects.get().done_units == 2


def test_a_leased_mail_is_nobody_elses(mails):
    assert sending.lease_mail(mails[0].pk).attempts == 1
    assert sending.lease_mail(mails[0].pk) is None


def test_an_expired_lease_is_taken_over(mails):
    sending.lease_mail(mails[0].pk)
    OutboxMail.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert sending.lease_mail(mails[0].pk).attempts == 2


def test_a_mail_under_lease_makes_the_job_come_back(mails):
    sending.lease_mail(mails[0].pk)
    run_due_jobs()
    assert states() == ["sending", "sent"]
    assert Job.objects.get().state == JobState.QUEUED


def test_one_bad_address_does_not_hold_up_the_others(mails, monkeypatch):
    refuse(monkeypatch, ConnectionError("away"))
    assert run(Job.objects.get().pk) == "failed"
    assert states() == ["queued", "sent"]
    monkeypatch.undo()
    make_due(Job.objects.get(), run_after=timezone.now())
    assert run(Job.objects.get().pk) == "done"
    assert states() == ["sent", "sent"]
    assert [sent.to for sent in django_mail.outbox] == [["b@example.test"], ["a@example.test"]]


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPRecipientsRefused({"a@example.test": (550, b"no such user")}),
        smtplib.SMTPDataError(554, b"refused"),
    ],
)
def test_a_final_refusal_is_not_tried_again(mails, monkeypatch, error):
    refuse(monkeypatch, error)
    run_due_jobs()
    assert states() == ["failed", "sent"]
    assert "SMTP" in OutboxMail.objects.get(to="a@example.test").last_error


def test_a_temporary_refusal_is(mails, monkeypatch):
    refuse(monkeypatch, smtplib.SMTPRecipientsRefused({"a@example.test": (451, b"later")}))
    run_due_jobs(raise_errors=False)
    assert states() == ["queued", "sent"]


def test_when_the_job_is_given_up_its_mails_are_failed_and_the_operators_know(mails, monkeypatch, settings):
    operator = UserFactory()
    monkeypatch.setattr(audience, "_resolver", lambda capability: [operator] if capability == "jobs.operate" else [])
    refuse(monkeypatch, ConnectionError("away"))
    Job.objects.update(attempts=settings.JOB_MAX_ATTEMPTS - 1)
    assert run(Job.objects.get().pk) == "given up"
    assert states() == ["failed", "sent"]
    alarm = Notification.objects.get()
    assert (alarm.recipient, alarm.kind, alarm.params["kind"]) == (operator, "job_dead", "send_mail")
    assert Job.objects.count() == 1  # no mail about mail that does not go


def test_sending_may_run_twice(monkeypatch):
    assert_repeatable(
        "send_mail",
        lambda: Job.objects.get(
            args={"mails": [one.pk for one in queue_mail(to=["a@example.test"], subject="S", body="B")]}
        ),
        lambda: (states(), len(django_mail.outbox)),
        monkeypatch,
    )
    assert len(django_mail.outbox) == 1
