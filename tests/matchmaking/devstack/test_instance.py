"""What a process of an instance is told, and what is noted about its database."""

import subprocess

import pytest

from matchmaking.devstack import instance
from matchmaking.devstack.instance import Instance
from tests.matchmaking.devstack.test_postgres import start, stop


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
    monkeypatch.setenv("DATABASE_URL", "postgres://a@b/c")
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://d")
    monkeypatch.setenv("FIELD_KEY", "theirs")
    monkeypatch.delenv("SECRET_KEY", raising=False)
    env = Instance.at(layout).environment()
    assert env["TONGTI_EMBEDDED"] == "0"
    assert (env["DATABASE_URL"], env["CELERY_BROKER_URL"]) == ("postgres://a@b/c", "redis://d")
    assert env["FIELD_KEY"] == "theirs"
    assert len(env["SECRET_KEY"]) >= 50
    assert "PGHOST" not in env


def test_notes_live_and_die_with_the_database(postgres):
    child = start(postgres)
    assert instance.recall(postgres) == {}
    instance.note(postgres, {"sample": "1"})
    instance.note(postgres, {"schema": "it's"})
    assert instance.recall(postgres) == {"sample": "1", "schema": "it's"}
    opened = postgres.connect()
    with opened.cursor() as cursor:
        cursor.execute("DROP DATABASE tongti")
    opened.close()
    postgres.ensure_database()
    assert instance.recall(postgres) == {}
    stop(child)


def test_fingerprint_follows_code_and_database(postgres, monkeypatch, tmp_path):
    child = start(postgres)
    monkeypatch.setattr(instance, "PROJECT", tmp_path)
    (tmp_path / "app" / "migrations").mkdir(parents=True)
    migration = tmp_path / "app" / "migrations" / "0001_initial.py"
    migration.write_text("one")
    assert instance.schema_fingerprint(postgres) == ""  # nothing was ever applied

    opened = postgres.connect("tongti")
    with opened.cursor() as cursor:
        cursor.execute("CREATE TABLE django_migrations (app text, name text)")
        seen = {instance.schema_fingerprint(postgres)}
        assert instance.schema_fingerprint(postgres) in seen
        cursor.execute("INSERT INTO django_migrations VALUES ('app', '0001_initial')")
        seen.add(instance.schema_fingerprint(postgres))
        migration.write_text("two")
        seen.add(instance.schema_fingerprint(postgres))
        data = tmp_path / "matchmaking" / "vocabularies" / "data"
        data.mkdir(parents=True)
        (data / "codes.csv").write_text("a")
        seen.add(instance.schema_fingerprint(postgres))
    opened.close()
    assert len(seen) == 4
    stop(child)
