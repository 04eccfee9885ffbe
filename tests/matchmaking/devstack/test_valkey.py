"""Valkey from its wheel or from PATH, and what a kill costs."""

import os
import shutil

import pytest
import redis

from matchmaking.devstack import postgres, servers, valkey
from matchmaking.devstack.console import DevstackError
from matchmaking.devstack.valkey import Valkey
from tests.matchmaking.devstack.helpers import until

# `./portal test` puts the tools of the wheel in front.
PATH = os.pathsep.join(place for place in os.environ["PATH"].split(os.pathsep) if "pixeltable" not in place)


@pytest.fixture
def _no_wheels(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)


def client(server: Valkey) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(server.socket))


def test_killed_server_comes_back_with_its_messages(layout):
    server = Valkey(layout)
    child = server.start()
    assert until(server.is_ready)
    with client(server) as asked:
        assert asked.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        asked.rpush("celery", "message")
        assert until(lambda: asked.info("persistence")["aof_last_write_status"] == "ok")
    child.kill()
    child.wait()
    assert not server.is_ready()
    child = server.start()
    assert until(server.is_ready)
    with client(server) as asked:
        assert asked.lrange("celery", 0, -1) == [b"message"]
    child.terminate()
    assert child.wait(10) == 0


@pytest.mark.usefixtures("_no_wheels")
@pytest.mark.parametrize("name", ["valkey-server", "redis-server"])
def test_server_on_path_serves(tmp_path, monkeypatch, name):
    (tmp_path / name).write_text("#!/bin/sh\n")
    (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert valkey.find_server() == tmp_path / name


@pytest.mark.usefixtures("_no_wheels")
def test_without_any_server_the_sentence_names_the_way_out(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DevstackError, match="CELERY_BROKER_URL"):
        valkey.find_server()


@pytest.mark.usefixtures("_no_wheels")
@pytest.mark.skipif(not shutil.which("initdb", path=PATH), reason="no PostgreSQL on PATH")
def test_postgresql_on_path_serves(layout, monkeypatch):
    monkeypatch.setenv("PATH", PATH)
    assert "pixeltable" not in str(postgres.find_binaries())
    with servers.running(layout, fast=True, broker=False):
        opened = postgres.Postgres(layout).connect("tongti")
        with opened.cursor() as cursor:
            cursor.execute("SELECT to_tsvector('simple', '锂电池，材料')::text")
            assert cursor.fetchone() == ("'材料':2 '锂电池':1",)
        opened.close()
