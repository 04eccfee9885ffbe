"""The process that forks for every table: what happens to one file is nothing to the next."""

import os
import signal
import threading

import psutil
import pytest

from matchmaking.common.spreadsheet import Limits, WorkbookRefused, read_table, reader
from tests.hostile import CORPUS, good
from tests.matchmaking.devstack.helpers import until

SLOW = "1,048,574 empty rows"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "good"
    path.write_bytes(good())
    return path


@pytest.fixture
def waiting(path):
    """The one keeper, which has read a file and waits for the next."""
    reader.end_keepers()
    read_table(path, name="a.xlsx")
    [keeper] = reader._keepers
    return keeper


def alive_in(group: int) -> list[psutil.Process]:
    """The processes of a group that are more than a number."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def test_a_file_that_breaks_its_process_is_nothing_to_the_next(waiting, path):
    expected = read_table(path, name="a.xlsx")
    with pytest.raises(WorkbookRefused):
        read_table(path, name="a.xlsx", limits=Limits(memory_bytes=2**20))
    assert read_table(path, name="a.xlsx") == expected
    assert reader._keepers == [waiting]
    assert psutil.Process(waiting.pid).children() == []


def test_a_file_that_takes_too_long_leaves_nothing_running(waiting, path, tmp_path):
    slow = tmp_path / "slow"
    slow.write_bytes(CORPUS[SLOW].make())
    with pytest.raises(WorkbookRefused) as refused:
        read_table(slow, name="a.xlsx", limits=Limits(wall_seconds=1))
    assert refused.value.code == "too_slow"
    assert until(lambda: not alive_in(waiting.pid))
    assert read_table(path, name="a.xlsx").rows


def test_a_read_that_is_broken_off_gives_its_answer_to_nobody(waiting, path, monkeypatch):
    def broken_off(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("matchmaking.common.spreadsheet.keeper.socket.send_fds", broken_off)
        with pytest.raises(KeyboardInterrupt):
            read_table(path, name="a.xlsx")
    assert until(lambda: not alive_in(waiting.pid))
    assert reader._keepers == []


def test_a_keeper_that_was_killed_is_replaced(waiting, path):
    os.kill(waiting.pid, signal.SIGKILL)
    os.waitid(os.P_PID, waiting.pid, os.WEXITED | os.WNOWAIT)
    assert read_table(path, name="a.xlsx").rows
    assert waiting not in reader._keepers


def test_a_fork_of_the_owner_does_not_talk_in_between(waiting, monkeypatch):
    wanted = reader._ROOT, reader._START, reader._ENVIRONMENT
    assert waiting.is_for(*wanted)
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: 1)
        assert not waiting.is_for(*wanted)


def test_threads_that_read_at_once_do_not_mix_their_answers(waiting, path):
    tables = []
    both = [threading.Thread(target=lambda: tables.append(read_table(path, name="a.xlsx"))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert tables[0] == tables[1]


def test_the_keeper_ends_with_its_owner(waiting):
    reader.end_keepers()
    assert alive_in(waiting.pid) == []
