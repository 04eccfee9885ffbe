"""Telling people once, in their language, without anything confidential."""

import pytest
from django.core.mail import send_mail as django_send_mail
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from matchmaking.jobs.models import Job
from matchmaking.notifications import kinds
from matchmaking.notifications.kinds import UnknownKind, WrongParams, register_kind
from matchmaking.notifications.models import Notification, OutboxMail
from matchmaking.notifications.selectors import COUNT_CAP, in_words, unread_count
from matchmaking.notifications.services import mark_all_read, mark_read, notify, queue_mail
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    register_kind("test", subject="Need %(need)s", body="The need %(need)s is here.", params=("need",))


@pytest.fixture
def reader():
    return UserFactory(language="en", full_name="Reader")


def tell(*recipients, key="event:1", **options):
    options = {"kind": "test", "params": {"need": "XQ-1"}, "url": "/needs/1/"} | options
    return notify(recipients=recipients, dedupe_key=key, **options)


def test_a_notification_a_mail_and_one_job(reader):
    other = UserFactory()
    assert {row.recipient for row in tell(reader, other)} == {reader, other}
    job = Job.objects.get()
    assert (job.kind, sorted(job.args["mails"])) == (
        "send_mail",
        sorted(OutboxMail.objects.values_list("pk", flat=True)),
    )
    mail = OutboxMail.objects.get(to=reader.email)
    assert mail.subject == "Need XQ-1"
    assert mail.body.startswith("Hello Reader,\n\nThe need XQ-1 is here.\n\nOpen it here: /needs/1/\n")


def test_each_person_is_told_once(reader):
    newcomer = UserFactory()
    tell(reader)
    assert [row.recipient for row in tell(reader, newcomer)] == [newcomer]
    assert tell(reader, newcomer) == []
    assert Notification.objects.count() == OutboxMail.objects.count() == Job.objects.count() == 2


def test_a_person_named_twice_is_told_once(reader):
    assert len(tell(reader, reader)) == 1


def test_another_event_is_another_message(reader):
    tell(reader)
    assert len(tell(reader, key="event:2")) == 1


def test_the_message_id_follows_from_the_event(reader):
    tell(reader)
    first = OutboxMail.objects.get().message_id
    Notification.objects.all().delete()
    OutboxMail.objects.all().delete()
    tell(reader)
    assert OutboxMail.objects.get().message_id == first
    assert first.endswith("@localhost>")


def test_without_mail(reader):
    tell(reader, mail=False)
    assert not OutboxMail.objects.exists()
    assert not Job.objects.exists()


def test_nobody_tells_the_departed():
    assert tell(UserFactory(is_active=False)) == []


def test_everything_goes_with_the_transaction(reader):
    @transaction.atomic
    def refused():
        tell(reader)
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 (our own)
        refused()
    assert not Notification.objects.exists()
    assert not OutboxMail.objects.exists()
    assert not Job.objects.exists()


@pytest.mark.parametrize("params", [{}, {"need": "XQ-1", "contact": "13800000000"}, {"need": ["XQ-1"]}])
def test_only_declared_plain_parameters(reader, params):
    with pytest.raises(WrongParams):
        tell(reader, params=params)


def test_an_unknown_kind_is_refused(reader):
    with pytest.raises(UnknownKind):
        tell(reader, kind="nobody_knows")


def test_a_title_with_line_breaks_and_percent_signs_stays_one_header(reader):
    tell(reader, params={"need": "99%\r\nBcc: x@example.test %(need)s"})
    assert OutboxMail.objects.get().subject == "Need 99% Bcc: x@example.test %(need)s"


def test_a_long_title_fits(reader):
    tell(reader, params={"need": "长" * 500})
    assert len(OutboxMail.objects.get().subject) == 300


def test_the_text_is_in_the_language_of_the_reader():
    register_kind("test", subject=_("E-mail"), body="", params=())
    with translation.override("en"):
        tell(UserFactory(language="zh-hans"), params={})
    with translation.override("zh-hans"):
        expected = str(_("E-mail"))
    assert OutboxMail.objects.get().subject == expected


def test_the_words_follow_the_page(reader):
    tell(reader)
    message = in_words(Notification.objects.all())[0]
    assert (message.subject, message.body) == ("Need XQ-1", "The need XQ-1 is here.")


def test_a_message_of_a_forgotten_kind_still_shows(reader):
    tell(reader)
    Notification.objects.update(kind="gone")
    assert in_words(Notification.objects.all())[0].subject


def test_the_link_is_absolute_where_the_address_is_known(reader, settings):
    settings.PUBLIC_URL = "https://portal.example.test/"
    tell(reader)
    assert "https://portal.example.test/needs/1/" in OutboxMail.objects.get().body


def test_reading(reader):
    first, second = tell(reader)[0], tell(reader, key="event:2")[0]
    tell(UserFactory())
    assert unread_count(reader) == 2
    mark_read(notification=first, by=reader)
    mark_read(notification=second, by=UserFactory())  # somebody else's
    assert unread_count(reader) == 1
    assert mark_all_read(by=reader) == 1
    assert unread_count(reader) == 0


def test_the_bell_stops_counting(reader):
    rows = [Notification(recipient=reader, kind="test", dedupe_key=f"k{number}") for number in range(COUNT_CAP + 5)]
    Notification.objects.bulk_create(rows)
    assert unread_count(reader) == COUNT_CAP


class TestMailOfDjango:
    """Sign-in and password mail lands in the outbox as well."""

    @pytest.fixture(autouse=True)
    def backend(self, settings):
        settings.EMAIL_BACKEND = "matchmaking.notifications.mail.OutboxBackend"

    def test_it_becomes_a_row_and_a_job(self):
        assert django_send_mail("Subject\nline", "Body", None, ["a@example.test", "b@example.test"]) == 1
        assert list(OutboxMail.objects.order_by("to").values_list("to", "subject", "body", "state")) == [
            ("a@example.test", "Subject line", "Body", "queued"),
            ("b@example.test", "Subject line", "Body", "queued"),
        ]
        assert Job.objects.get().kind == "send_mail"

    def test_the_same_text_twice_is_two_mails(self):
        queue_mail(to=["a@example.test"], subject="Code", body="1")
        queue_mail(to=["a@example.test"], subject="Code", body="1")
        assert OutboxMail.objects.count() == 2
