"""The log: one line an event, whoever wrote into it; no passwords, tokens, cookies or contact data."""

import io
import logging
import logging.config
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from matchmaking.accounts.models import User
from matchmaking.common.log_lines import LineFormatter, without_secrets
from tests.factories.accounts import UserFactory

OURS = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 [A-Z]+ [\w.]+ \[[-0-9a-f]+\] |^    ")


@pytest.fixture
def log():
    """What the handler of the settings writes, line by line."""
    stream = io.StringIO()
    config = settings.LOGGING
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter(config["formatters"]["line"]["format"]))
    from matchmaking.common.middleware import RequestIdFilter

    handler.addFilter(RequestIdFilter())
    logging.getLogger().addHandler(handler)
    yield lambda: stream.getvalue().splitlines()
    logging.getLogger().removeHandler(handler)


def test_the_settings_use_it():
    assert settings.LOGGING["formatters"]["line"]["()"] == "matchmaking.common.log_lines.LineFormatter"
    assert set(settings.LOGGING["handlers"]) == {"stderr"}


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_the_time_is_utc_with_its_offset_whatever_the_clock_of_the_host(log, monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    before = datetime.now(UTC)
    try:
        logging.getLogger("portal").warning("now")
    finally:
        monkeypatch.undo()
        time.tzset()
    said = datetime.fromisoformat(log()[0].split()[0])
    assert said.utcoffset() == timedelta(0)
    assert abs(said - before) < timedelta(seconds=5)


@pytest.mark.parametrize(
    "end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00", "\x1b[2K"]
)
def test_nobody_writes_a_line_of_his_own(log, end):
    logging.getLogger("portal").warning(
        "asked for %s", f"x{end}2026-11-22 00:00:00,000 INFO root [-] secretary signed in"
    )
    assert len(log()) == 1
    assert OURS.match(log()[0])


def test_nor_with_what_an_error_says(log):
    try:
        raise ValueError("x\n2026-11-22 00:00:00,000 INFO root [-] secretary signed in")
    except ValueError:
        logging.getLogger("portal").exception("it failed")
    assert len(log()) > 3
    assert all(map(OURS.match, log()))


SECRETS = [
    ("password=hunter2-long", "hunter2-long"), ("'password': 'hunter2 long'", "hunter2 long"),
    ('"new_password1": "hunter2"', "hunter2"), ("Authorization: Token 8f14e45fceea167a5a36dedd4bea2543", "8f14e45f"),
    ("Cookie: session=abcdefghij; csrf=klmnop", "abcdefghij"), ("__Host-session=abcdefghij", "abcdefghij"),
    ("csrfmiddlewaretoken=abcdefghij", "abcdefghij"), ("token 8f14e45fceea167a5a36dedd4bea2543", "8f14e45f"),
    ("secret_key=abc/def+g", "abc/def"), ("otp: 123456", "123456"), ("sent to chang.yinuo@demo.invalid", "chang"),
    ("call 13912345678 now", "13912345678"), ("call +86 139-1234-5678", "1234-5678"),
    ("id 11010519491231002X.", "11010519491231002X"), ("/accounts/confirm-email/Mw:1abc:xyz/", "1abc"),
    ("/accounts/password/reset/key/3-abc123/", "abc123"), ("/invitations/9f8e7d6c/", "9f8e7d6c"),
    ("/organisations/invitations/open/9f8e7d6c/", "9f8e7d6c"), ("/organisations/outreach/open/9f8e:1a/", "9f8e"),
    ("/saved-searches/stop/Mw:1abc/", "1abc"), ("/matches/by-mail/WyJi:1abc:x_Y-z/", "1abc"),
    ("POST https://portal.example/matches/by-mail/WyJi:1abc:x_Y-z/ HTTP/1.1", "x_Y-z"),
    ("DETAIL:  Failing row contains (7, 绝密的难题, 13912345678).", "绝密的难题"),
    ("DETAIL:  Key (email)=(chang@demo.invalid) already exists.", "chang"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "secret"), SECRETS, ids=[str(n) for n in range(len(SECRETS))])
def test_what_is_secret_is_not_written(log, text, secret):
    logging.getLogger("portal").error("%s", text)
    assert secret not in "\n".join(log())
    assert "[…]" in log()[0]


@pytest.mark.parametrize("text", ["Not Found: /needs/7/", "run 12345678901 took 3.2 s", "job 20261122000000 done",
                                  "2 of 5 tokens ended", "need XQ-2026-000123 matched 3 achievements",
                                  "a9993e364706816aba3e25717850c26c"])  # fmt: skip
def test_what_is_needed_stays(text):
    assert without_secrets(text) == text


@pytest.mark.django_db
def test_a_refused_row_is_not_quoted(log):
    UserFactory(username="twice", email="chang@demo.invalid")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO accounts_user SELECT * FROM accounts_user WHERE username = 'twice'")
    except IntegrityError:
        logging.getLogger("portal").exception("not saved")
    text = "\n".join(log())
    assert "IntegrityError" in text
    assert "chang@demo" not in text


@pytest.mark.django_db
def test_a_whole_sign_in_leaves_nothing(log, enterprise_lead):
    """Wrong password, reset, right password, a page that fails: none of what was typed is in the log."""
    enterprise_lead.set_password("a-long-try-2026")
    enterprise_lead.email = "kong@demo.invalid"
    enterprise_lead.save()
    client = Client(raise_request_exception=False)
    logging.getLogger("django").setLevel(logging.DEBUG)
    try:
        client.post(reverse("account_login"), {"login": enterprise_lead.username, "password": "wrong-try-77"})
        client.post(reverse("account_reset_password"), {"email": "kong@demo.invalid"})
        client.post(reverse("account_login"), {"login": enterprise_lead.username, "password": "a-long-try-2026"})
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        client.get("/no/such/page/", {"token": "8f14e45fceea167a"})
        client.get("/needs/?q=%00")
    finally:
        logging.getLogger("django").setLevel(logging.NOTSET)
    text = "\n".join(log())
    assert log()
    for secret in ("wrong-try-77", "a-long-try-2026", "kong@demo", session, "8f14e45fceea167a"):
        assert secret not in text, secret
    assert User.objects.filter(pk=enterprise_lead.pk).exists()
