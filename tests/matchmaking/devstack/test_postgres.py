"""Starting PostgreSQL over whatever an earlier run left behind."""

import signal
import subprocess

import environ
import psycopg2
import pytest

from matchmaking.devstack import postgres as module
from matchmaking.devstack import process
from matchmaking.devstack.console import DevstackError
from matchmaking.devstack.postgres import Postgres
from tests.matchmaking.devstack.helpers import alive, family, until

SQL = "CREATE TABLE IF NOT EXISTS kept (n int); INSERT INTO kept VALUES (1); SELECT count(*) FROM kept"


def start(server: Postgres) -> subprocess.Popen:
    """Start as the supervisor does: a start that fails is tried again for some seconds."""
    child = server.start()

    def answers():
        nonlocal child
        if child.poll() is not None:
            child = server.start()
        return server.is_ready()

    assert until(answers, 15), server.log.read_text()
    server.ensure_database()
    return child


def count(server: Postgres) -> int:
    opened = server.connect("tongti")
    with opened.cursor() as cursor:
        cursor.execute(SQL)
        (rows,) = cursor.fetchone()
    opened.close()
    return rows


def stop(child: subprocess.Popen) -> None:
    child.send_signal(signal.SIGINT)
    child.wait(20)


def test_makes_a_database_that_django_and_libpq_reach_by_the_same_url(postgres):
    child = start(postgres)
    opened = psycopg2.connect(postgres.url)
    with opened.cursor() as cursor:
        cursor.execute("SELECT current_database(), to_tsvector('simple', '锂电池，材料')::text")
        assert cursor.fetchone() == ("tongti", "'材料':2 '锂电池':1")
    opened.close()
    parsed = environ.Env.db_url_config(postgres.url)
    assert (parsed["NAME"], parsed["USER"]) == ("tongti", "app")
    assert parsed["OPTIONS"]["host"] == str(postgres.layout.sockets)
    stop(child)


def test_killed_postmaster_leaves_a_database_that_starts_again(postgres):
    child = start(postgres)
    count(postgres)
    backends = family(child.pid)
    child.kill()
    child.wait()
    again = start(postgres)
    assert count(postgres) == 2
    assert until(lambda: not alive(backends))
    stop(again)


def test_pid_file_naming_a_stranger_is_stale_and_the_stranger_lives(postgres):
    stranger = subprocess.Popen(["sleep", "60"])
    (postgres.layout.pg / "postmaster.pid").write_text(f"{stranger.pid}\n{postgres.layout.pg}\n")
    (postgres.layout.sockets / ".s.PGSQL.5432.lock").write_text(f"{stranger.pid}\n")
    child = start(postgres)
    assert stranger.poll() is None
    stop(child)
    stranger.kill()
    stranger.wait()


def test_pid_file_naming_another_cluster_does_not_end_that_cluster(postgres, server):
    """A process number is used again after a reboot, and it may be somebody else's PostgreSQL."""
    theirs = int((server.layout.pg / "postmaster.pid").read_text().split()[0])
    (postgres.layout.pg / "postmaster.pid").write_text(f"{theirs}\n{postgres.layout.pg}\n")
    child = start(postgres)
    assert process.is_alive(theirs)
    assert server.is_ready()
    stop(child)


def test_orphan_of_this_cluster_is_stopped_before_its_sockets_are_cleared(postgres, monkeypatch):
    orphan = start(postgres)
    count(postgres)
    order = []
    send, unlink = process.send, module.Path.unlink
    monkeypatch.setattr(process, "send", lambda pid, signum: (order.append("signal"), send(pid, signum)))
    # Our own child is reaped here; a real orphan would be by init.
    monkeypatch.setattr(process, "is_alive", lambda pid: orphan.poll() is None and pid == orphan.pid)

    def note_unlink(path, missing_ok=False):
        order.append(path.name)
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(module.Path, "unlink", note_unlink)
    (postgres.layout.sockets / ".s.PGSQL.9999").write_text("")  # left by an even earlier one
    postgres.stop_orphan()
    assert orphan.poll() is not None
    assert order[0] == "signal"
    assert ".s.PGSQL.9999" in order
    monkeypatch.undo()
    child = start(postgres)
    assert count(postgres) == 2
    stop(child)


def test_torn_pid_file_is_no_obstacle(postgres):
    (postgres.layout.pg / "postmaster.pid").write_text("")
    stop(start(postgres))


def test_interrupted_initdb_is_thrown_away(layout):
    fresh = layout.data / "pg.new"
    fresh.mkdir()
    (fresh / "PG_VERSION").write_text("18\n")
    server = Postgres(layout, fast=True)
    server.initialise()
    assert server.exists()
    assert not fresh.exists()


def test_cluster_of_another_version_is_refused_with_both_versions(postgres):
    (postgres.layout.pg / "PG_VERSION").write_text("11\n")
    with pytest.raises(DevstackError, match=r"made by PostgreSQL 11, but .* is version \d+"):
        postgres.initialise()


def test_without_any_postgresql_the_sentence_names_the_way_out(monkeypatch):
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    with pytest.raises(DevstackError, match="DATABASE_URL"):
        module.find_binaries()


def test_root_without_setpriv_is_told_to_use_a_plain_user(monkeypatch):
    monkeypatch.setattr(module.os, "geteuid", lambda: 0)
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    with pytest.raises(DevstackError, match="plain user"):
        module.unprivileged()


def test_plain_user_needs_no_prefix(monkeypatch):
    monkeypatch.setattr(module.os, "geteuid", lambda: 1000)
    assert module.unprivileged() == []


def test_variables_that_redirect_clients_are_dropped():
    assert module.clean_environment({"PGHOST": "elsewhere", "PGOPTIONS": "-c x=1", "HOME": "/h"}) == {"HOME": "/h"}


@pytest.mark.parametrize("setting", ["fsync", "autovacuum"])
def test_only_a_server_that_is_thrown_away_spares_itself_the_housekeeping(postgres, server, setting):
    child = start(postgres)
    for one, expected in ((postgres, "on"), (server, "off")):
        opened = one.connect("postgres")
        with opened.cursor() as cursor:
            cursor.execute(f"SHOW {setting}")
            assert cursor.fetchone() == (expected,)
        opened.close()
    stop(child)
