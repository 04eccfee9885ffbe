"""An act on many records tells each person once; what failed tells nothing."""

import json

import pytest

from matchmaking.notifications import gathering, kinds
from matchmaking.notifications.kinds import Many, register_kind
from matchmaking.notifications.models import Notification, OutboxMail
from matchmaking.notifications.services import notify, send_gathered, telling_once
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    many = Many("%(count)s needs", "Look at all %(count)s.", "/needs/")
    register_kind("test", subject="Need %(need)s", body="The need %(need)s is here.", params=("need",), many=many)
    register_kind("single", subject="Need %(need)s", body="", params=("need",))


@pytest.fixture
def reader():
    return UserFactory(language="en")


def tell(number, *people, kind="test"):
    return notify(recipients=people, kind=kind, params={"need": f"XQ-{number}"}, url=f"/needs/{number}/",
                  dedupe_key=f"{kind}:{number}")  # fmt: skip


def told(person):
    return list(Notification.objects.filter(recipient=person).values_list("kind", "params", "url").order_by("pk"))


def test_many_are_told_by_their_number_and_one_as_always(reader):
    other = UserFactory()
    with telling_once():
        assert tell(1, reader, other) == []
        tell(2, reader)
        assert not Notification.objects.exists()
    assert told(reader) == [("test_many", {"count": 2}, "/needs/")]
    assert told(other) == [("test", {"need": "XQ-1"}, "/needs/1/")]
    mail = OutboxMail.objects.get(to=reader.email)
    assert (mail.subject, "Look at all 2." in mail.body) == ("2 needs", True)


def test_kinds_without_a_wording_for_many_are_told_each(reader):
    with telling_once():
        tell(1, reader, kind="single")
        tell(2, reader, kind="single")
    assert [kind for kind, _params, _url in told(reader)] == ["single"] * 2


def test_an_act_within_a_larger_one_tells_at_its_end(reader):
    with telling_once():
        for number in (1, 2):
            with telling_once():
                tell(number, reader)
    assert told(reader) == [("test_many", {"count": 2}, "/needs/")]


def test_an_act_that_fails_tells_nothing_and_leaves_nothing_open(reader):
    @telling_once()
    def fail():
        tell(1, reader)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert told(reader) == []
    assert tell(2, reader)  # at once again


def test_what_is_gathered_outlives_the_process_and_is_sent_once(reader):
    with gathering.gathering() as first:
        tell(1, reader)
    with gathering.gathering(json.loads(json.dumps(first.kept))) as second:
        tell(2, reader)
    assert [send_gathered(second, act="job-1") for _run in range(2)] == [1, 0]
    assert told(reader) == [("test_many", {"count": 2}, "/needs/")]
