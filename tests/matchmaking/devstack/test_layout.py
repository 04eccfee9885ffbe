"""The data directory: who may use it, what it keeps, where its sockets are."""

import os
import stat
from pathlib import Path

import pytest

from matchmaking.devstack.console import DevstackError
from matchmaking.devstack.layout import Layout, held, holder_of, load_keys
from matchmaking.devstack.postgres import Postgres
from matchmaking.devstack.valkey import Valkey
from tests.matchmaking.devstack.helpers import until


def test_keys_are_made_once_and_readable_by_us_alone(layout):
    keys = load_keys(layout, create=True)
    assert load_keys(layout, create=True) == keys
    assert stat.S_IMODE(layout.keys.stat().st_mode) == 0o600
    assert len(keys["SECRET_KEY"]) >= 50


def test_keys_of_two_instances_differ(layout, tmp_path):
    assert load_keys(layout, create=True) != load_keys(Layout.at(tmp_path), create=False)


def test_keys_for_one_process_are_not_written(layout):
    assert set(load_keys(layout, create=False)) == {"SECRET_KEY", "FIELD_KEY"}
    assert not layout.keys.exists()


def test_torn_key_file_is_refused_and_left_alone(layout):
    layout.keys.write_text("SECRET_KEY=abc\n")
    with pytest.raises(DevstackError, match="lacks FIELD_KEY"):
        load_keys(layout, create=True)
    assert layout.keys.read_text() == "SECRET_KEY=abc\n"


def test_directories_are_closed_to_others(layout):
    for directory in (layout.data, layout.run, layout.sockets, layout.mail):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700, directory


def test_second_holder_gets_a_sentence_that_says_what_to_do(layout):
    with held(layout, "up"):
        assert holder_of(layout) == {"pid": os.getpid(), "what": "up"}
        sentence = rf"already in use by “portal up” \(process {os.getpid()}\).*down"
        with pytest.raises(DevstackError, match=sentence), held(layout, "manage migrate"):
            raise AssertionError("two holders")
    assert holder_of(layout) is None
    with held(layout, "up"):
        pass


@pytest.mark.parametrize("name", ["x" * 150, "with space", "com,ma", "per%cent", "同题"])
def test_socket_paths_stay_short_and_plain(layout, name):
    deep = Layout.at(layout.data / name)
    deep.prepare()
    try:
        for path in (deep.sockets / ".s.PGSQL.5432.lock", Valkey(deep).socket):
            assert len(os.fsencode(path)) < 108
        assert " " not in Valkey(deep).url
        assert "," not in str(deep.sockets)
        assert deep.sockets != Layout.at(layout.data / "other").sockets
    finally:
        deep.sockets.rmdir()


def test_long_data_path_really_serves(layout):
    deep = Layout.at(layout.data / ("x" * 120))
    deep.prepare()
    server = Postgres(deep, fast=True)
    server.initialise()
    child = server.start()
    try:
        assert until(server.is_ready)
    finally:
        child.terminate()
        child.wait(10)
        server.stop_orphan()
        deep.sockets.rmdir()


def test_socket_directory_of_somebody_else_is_refused(layout, monkeypatch):
    """Its name can be guessed, and the servers trust whoever reaches the socket."""
    theirs = layout.data / "theirs"
    theirs.mkdir()
    monkeypatch.setattr(Layout, "sockets", property(lambda self: layout.data / "link"))
    (layout.data / "link").symlink_to(theirs)
    with pytest.raises(DevstackError, match="another user or is not a plain directory"):
        layout.prepare()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_data_directory_of_another_user_is_refused(layout):
    os.chown(layout.data, 12345, 12345)
    with pytest.raises(DevstackError, match="another user"):
        layout.prepare()
    os.chown(layout.data, 0, 0)


def test_unwritable_place_is_a_sentence(layout):
    (layout.data / "file").write_text("")
    with pytest.raises(DevstackError, match="cannot be made"):
        Layout.at(layout.data / "file" / "below").prepare()


def test_kept_facts_survive_garbage(layout):
    layout.remember("instance", {"url": "x"})
    assert layout.recall("instance") == {"url": "x"}
    (layout.run / "instance.json").write_text("{half")
    assert layout.recall("instance") is None
    assert not list(Path(layout.run).glob(".instance*"))
