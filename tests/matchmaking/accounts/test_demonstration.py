"""The one-click sign-in exists on a private demonstration only, and that cannot be switched on in production."""

import os
import subprocess
import sys

import pytest
from django.core.checks import run_checks
from django.urls import reverse

from matchmaking.settings.guard import exposed
from tests.factories.accounts import MembershipFactory, UserFactory


@pytest.fixture
def persona(db):
    return MembershipFactory(user=UserFactory(username="demo.x", full_name="演示人物", is_sample=True)).user


def test_a_demonstration_signs_in_with_one_click(client, persona):
    assert "演示人物" in client.get(reverse("account_login")).content.decode()
    assert client.post(reverse("accounts:demo_sign_in", args=[persona.pk])).status_code == 302
    assert client.session["_auth_user_id"] == str(persona.pk)


def test_elsewhere_the_route_is_gone_and_no_persona_is_shown(client, persona, settings):
    settings.EMBEDDED = False
    assert "演示人物" not in client.get(reverse("account_login")).content.decode()
    assert client.post(reverse("accounts:demo_sign_in", args=[persona.pk])).status_code == 404
    assert "_auth_user_id" not in client.session


def test_real_people_are_never_signed_in_by_a_click(client, db):
    person = MembershipFactory().user
    assert client.post(reverse("accounts:demo_sign_in", args=[person.pk])).status_code == 404


@pytest.mark.parametrize(
    ("hosts", "database", "count"),
    [
        (["localhost", "127.0.0.1", "[::1]", "testserver"], "", 0),
        (["localhost"], "/run/sock", 0),
        (["localhost", "portal.example.org"], "127.0.0.1", 1),
        (["*"], "db.example.org", 2),
        ([".example.org"], "localhost", 1),
        (["localhost"], "10.0.0.5", 1),
    ],
)
def test_what_reaches_beyond_the_machine(hosts, database, count):
    assert len(exposed(hosts, database)) == count


def test_the_check_says_so(settings):
    settings.ALLOWED_HOSTS = ["portal.example.org"]
    assert [error.id for error in run_checks(tags=["security"]) if error.id == "tongti.E010"] == ["tongti.E010"]
    settings.EMBEDDED = False
    assert not [error for error in run_checks(tags=["security"]) if error.id == "tongti.E010"]


@pytest.mark.parametrize(
    "changes", [{"ALLOWED_HOSTS": "portal.example.org"}, {"DATABASE_URL": "postgres://a@db.example.org/x"}]
)
def test_the_start_stops_with_a_sentence(changes):
    base = {"SECRET_KEY": "x" * 60, "FIELD_KEY": "x", "ALLOWED_HOSTS": "localhost", "TONGTI_EMBEDDED": "1",
            "DATABASE_URL": "postgres://a@localhost/x", "CELERY_BROKER_URL": "redis://localhost"}  # fmt: skip
    command = [sys.executable, "-c", "import matchmaking.settings.base"]
    start = subprocess.run(command, env={**os.environ, **base}, capture_output=True, text=True, check=False)
    assert start.returncode == 0, start.stderr
    stopped = subprocess.run(
        command, env={**os.environ, **base, **changes}, capture_output=True, text=True, check=False
    )
    assert stopped.returncode != 0
    assert "ImproperlyConfigured: TONGTI_EMBEDDED" in stopped.stderr
