"""Real workers: jobs that harm them, a warm shutdown, and the sign of life."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.long.conftest import database
from tests.long.rig import WORKERS, Poster, Rig, Server
from tests.long.workloads import HARMS, LONG_JOB

TROUBLE = "tests.long.workloads.Trouble"


@pytest.fixture
def template(prepared) -> str:
    return prepared(TROUBLE)


@contextmanager
def rigged(server: Server, template: str, directory: Path, **limits: str) -> Iterator[tuple[Rig, Poster]]:
    with database(server, template) as name:
        rig = Rig(directory, server, name, TROUBLE, limits=limits)
        with rig.running() as poster:
            yield rig, poster


def wait_until(rig: Rig, statement: str, expected: object, seconds: float) -> float:
    """Tend the rig until the statement gives the expected value; return how long it took."""
    begun = time.monotonic()
    while (found := rig.ask(statement)[0][0]) != expected:
        assert time.monotonic() - begun < seconds, f"{statement} gives {found}, not {expected}"
        rig.tend()
        time.sleep(0.05)
    return time.monotonic() - begun


def test_jobs_that_harm_their_worker_are_given_up_and_hold_nobody_up(server, template, tmp_path):
    good = 20
    with rigged(server, template, tmp_path, JOB_MAX_ATTEMPTS="2") as (rig, poster):
        for number in range(len(HARMS) + good):
            poster.ask(f"post {number}")
        wait_until(rig, "SELECT count(*) FROM jobs_job WHERE kind = 'fault_ledger' AND state = 'done'", good, 60)
        wait_until(rig, "SELECT count(*) FROM jobs_job WHERE kind = 'fault_harm' AND state = 'dead'", len(HARMS), 60)
        reasons = dict(
            rig.ask(
                "SELECT args ->> 'how', split_part(last_error, ':', 1) FROM jobs_job"
                " WHERE kind = 'fault_harm' AND attempts = 2"
            )
        )
    assert reasons["error"] == "ValueError"
    assert reasons["loop"] == "ChunkTooLong"
    assert all(reasons[how] for how in HARMS)


def test_a_worker_that_is_asked_to_end_gives_its_job_back(server, template, tmp_path):
    with rigged(server, template, tmp_path) as (rig, poster):
        poster.ask(f"post {LONG_JOB}")
        wait_until(rig, "SELECT count(*) FROM jobs_job WHERE kind = 'fault_long' AND done_units > 5", 1, 20)
        begun = time.monotonic()
        for name in WORKERS:
            rig.children[name].send_signal(signal.SIGTERM)
        for name in WORKERS:
            rig.children[name].wait(10)
        assert time.monotonic() - begun < 5
        ((state, attempts, done),) = rig.ask(
            "SELECT state, attempts, done_units FROM jobs_job WHERE kind = 'fault_long'"
        )
        assert (state, attempts) == ("queued", 0)
        rig.tend()  # starts them again
        wait_until(
            rig, f"SELECT count(*) FROM jobs_job WHERE kind = 'fault_long' AND done_units > {done} AND attempts = 1",
            1, 20,
        )  # fmt: skip


@pytest.fixture
def by_name(pytestconfig: pytest.Config) -> None:
    """These take a minute each, so they run only when this file is named."""
    if "test_workers" not in " ".join(map(str, pytestconfig.args)):
        pytest.skip("run tests/long/test_workers.py by name")


@pytest.mark.long
@pytest.mark.usefixtures("by_name")
def test_a_worker_beats_while_it_hears_and_while_it_works(server, template, tmp_path):
    """One is idle, one busy with a long job; neither falls silent. Then work, or its end, is all that is heard."""
    with rigged(server, template, tmp_path) as (rig, poster):
        poster.ask(f"post {LONG_JOB}")
        until = time.monotonic() + 20
        while time.monotonic() < until:
            (oldest,) = rig.ask("SELECT max(extract(epoch FROM now() - beat_at)) FROM jobs_workerbeat")[0]
            assert oldest < 12
            time.sleep(0.5)


@pytest.mark.long
@pytest.mark.usefixtures("by_name")
def test_a_worker_that_has_gone_deaf_ends_itself(server, template, tmp_path):
    """The broker hangs while the end of a job is acknowledged: that worker never hears anything again."""
    with rigged(server, template, tmp_path) as (rig, poster):
        poster.ask(f"post {LONG_JOB}")
        wait_until(rig, "SELECT count(*) FROM jobs_job WHERE kind = 'fault_long' AND done_units > 780", 1, 60)
        rig.children["valkey"].send_signal(signal.SIGSTOP)
        wait_until(rig, "SELECT count(*) FROM jobs_job WHERE kind = 'fault_long' AND state = 'done'", 1, 20)
        time.sleep(16)  # longer than the socket's time-out and its repetitions
        rig.children["valkey"].send_signal(signal.SIGCONT)
        until = time.monotonic() + 90
        while not rig.revived and time.monotonic() < until:
            rig.tend()
            time.sleep(0.1)
        assert set(rig.revived) <= set(WORKERS)
        assert rig.revived
        wait_until(
            rig, "SELECT count(*) FROM jobs_workerbeat WHERE beat_at > now() - interval '12 s'", len(WORKERS), 30
        )
