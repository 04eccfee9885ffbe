"""The inbox, the bell, and the mails of a demonstration instance."""

import pytest
from django.urls import reverse

from matchmaking.notifications import kinds
from matchmaking.notifications.kinds import register_kind
from matchmaking.notifications.models import Notification
from matchmaking.notifications.services import notify, queue_mail
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
LIST = "/notifications/"


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    register_kind("test", subject="Need %(need)s", body="The need %(need)s is here.", params=("need",))


@pytest.fixture
def reader():
    return UserFactory()


def tell(reader, number=1, url="/needs/"):
    (row,) = notify(
        recipients=[reader], kind="test", params={"need": f"XQ-{number}"}, url=url, dedupe_key=f"event:{number}"
    )
    return row


def test_the_inbox_shows_my_messages_and_no_others(login, reader):
    tell(reader)
    tell(UserFactory(), 2)
    page = login(reader).get(LIST).content.decode()
    assert "The need XQ-1 is here." in page
    assert "XQ-2" not in page


def test_an_empty_inbox_says_so(login, reader):
    assert "empty" in login(reader).get(LIST).content.decode()


def test_a_visitor_signs_in_first(login):
    assert login().get(LIST).status_code == 302


def test_opening_marks_as_read_and_goes_there(login, reader):
    row = tell(reader)
    response = login(reader).post(f"{LIST}{row.uuid}/open/")
    assert (response.status_code, response["Location"]) == (302, "/needs/")
    row.refresh_from_db()
    assert row.read_at


@pytest.mark.parametrize("url", ["https://elsewhere.test/", "//elsewhere.test/", "javascript:alert(1)", ""])
def test_opening_never_leaves_the_portal(login, reader, url):
    row = tell(reader, url=url)
    assert login(reader).post(f"{LIST}{row.uuid}/open/")["Location"] == LIST


def test_somebody_elses_message_does_not_exist(login, reader):
    row = tell(UserFactory())
    assert login(reader).post(f"{LIST}{row.uuid}/open/").status_code == 404


def test_reading_changes_nothing_by_get(login, reader):
    row = tell(reader)
    assert login(reader).get(f"{LIST}{row.uuid}/open/").status_code == 405
    assert Notification.objects.unread().count() == 1


def test_marking_all_as_read(login, reader):
    tell(reader)
    tell(reader, 2)
    assert login(reader).post(reverse("notifications:read_all")).status_code == 302
    assert not Notification.objects.unread().exists()


def test_the_bell_counts(login, reader):
    tell(reader)
    assert "1" in login(reader).get(reverse("notifications:bell")).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_inbox_costs_the_same_for_one_and_three(login, reader, count, django_assert_max_num_queries):
    for number in range(count):
        tell(reader, number)
    client = login(reader)
    with django_assert_max_num_queries(8):
        client.get(LIST)


class TestSentMail:
    @pytest.fixture
    def mail(self):
        return queue_mail(to=["a@example.test"], subject="Subject", body="<b>Body</b> https://portal.example.test/x")[0]

    def test_a_visitor_of_the_demonstration_reads_it(self, login, mail, settings):
        settings.EMBEDDED = True
        assert "Subject" in login().get(reverse("notifications:mail_list")).content.decode()
        page = login().get(reverse("notifications:mail_detail", args=[mail.pk])).content.decode()
        assert "&lt;b&gt;Body&lt;/b&gt;" in page
        assert 'href="https://portal.example.test/x"' in page

    def test_nowhere_else_does_it_exist(self, login, mail, settings, reader):
        settings.EMBEDDED = False
        for url in (reverse("notifications:mail_list"), reverse("notifications:mail_detail", args=[mail.pk])):
            assert login(reader).get(url, secure=True).status_code == 404
