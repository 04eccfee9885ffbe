"""What a process of an instance is told."""

import subprocess

import pytest

from matchmaking.devstack import notes
from matchmaking.devstack.instance import Instance


@pytest.fixture
def _no_servers_named(monkeypatch):
    for name in ("DATABASE_URL", "CELERY_BROKER_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("_no_servers_named")
def test_own_servers(layout, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "of another project")
    monkeypatch.setenv("PGHOST", "elsewhere")
    env = Instance.at(layout).environment()
    assert env["DATABASE_URL"] == f"postgres://app@/tongti?host={layout.sockets}"
    assert env["CELERY_BROKER_URL"].startswith("redis+socket:///")
    assert env["TONGTI_EMBEDDED"] == "1"
    assert env["PGHOST"] == str(layout.sockets)
    assert env["SECRET_KEY"] == layout.keys.read_text().splitlines()[0].removeprefix("SECRET_KEY=")
    assert {env["TONGTI_DATA"], env["MEDIA_ROOT"], env["MAIL_DIR"]} == {
        str(layout.data),
        str(layout.media),
        str(layout.mail),
    }


@pytest.mark.usefixtures("_no_servers_named")
def test_psql_and_pg_dump_are_those_of_the_server(layout):
    env = Instance.at(layout).environment()
    assert (
        subprocess.run(["pg_dump", "--version"], env=env, check=True, capture_output=True).stdout.split()[2][:3]
        == b"18."
    )


def test_database_of_the_caller_gets_no_demonstration_and_the_callers_keys(layout, monkeypatch):
    """Fictional people must not sign in to somebody's real data, and its fields are encrypted with its own key."""
    monkeypatch.setenv("DATABASE_URL", f"postgres://a@/b?host={layout.data}")
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://d")
    monkeypatch.setenv("FIELD_KEY", "theirs")
    monkeypatch.delenv("SECRET_KEY", raising=False)
    env = Instance.at(layout).environment()
    assert env["TONGTI_EMBEDDED"] == "0"
    assert (env["DATABASE_URL"], env["CELERY_BROKER_URL"]) == (f"postgres://a@/b?host={layout.data}", "redis://d")
    assert env["FIELD_KEY"] == "theirs"
    assert len(env["SECRET_KEY"]) >= 50
    assert "PGHOST" not in env


def test_database_of_the_caller_that_up_has_filled_gets_the_demonstration(layout, monkeypatch, database):
    monkeypatch.setenv("DATABASE_URL", database.url)
    assert Instance.at(layout).environment()["TONGTI_EMBEDDED"] == "0"
    notes.claim(database.url)
    assert Instance.at(layout).environment()["TONGTI_EMBEDDED"] == "1"
