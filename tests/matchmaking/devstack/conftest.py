"""Real servers in temporary directories; no Django database is opened here."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from matchmaking.devstack.layout import PROJECT, Layout
from matchmaking.devstack.postgres import Postgres
from tests.matchmaking.devstack.helpers import until

LEADS_ELSEWHERE = ("DATABASE_URL", "CELERY_BROKER_URL", "TONGTI_CHILD", "TONGTI_DATA", "TONGTI_DETACHED", "TONGTI_FROM")


def scratch() -> Path:
    """A directory with a short path, in memory where there is plenty of it: clusters are copied and removed a lot."""
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a directory that is ours alone
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2_000_000_000
    return Path(tempfile.mkdtemp(prefix="tt-", dir=memory if roomy else None))


@pytest.fixture
def layout() -> Iterator[Layout]:
    """An instance's directory; whatever still runs in it at the end is killed."""
    directory = scratch()
    made = Layout.at(directory / "d")
    made.prepare()
    yield made
    for process in psutil.process_iter():
        try:
            ours = process.environ().get("TONGTI_DATA") == str(made.data)
        except (psutil.Error, OSError):
            continue
        if ours and process.pid != os.getpid():
            process.kill()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Path]:
    """A cluster made once; tests start copies of it."""
    directory = scratch()
    made = Layout.at(directory)
    made.prepare()
    Postgres(made, fast=True).initialise()
    yield made.pg
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def postgres(layout: Layout, cluster: Path) -> Iterator[Postgres]:
    """A cluster of the test's own that has not been started yet."""
    subprocess.run(["cp", "-a", cluster, layout.pg], check=True)
    server = Postgres(layout)
    yield server
    server.stop_orphan()


@pytest.fixture(scope="session")
def server(cluster: Path) -> Iterator[Postgres]:
    """A running cluster for tests that only want a database."""
    directory = scratch()
    made = Layout.at(directory)
    made.prepare()
    subprocess.run(["cp", "-a", cluster, made.pg], check=True)
    running = Postgres(made, fast=True)
    child = running.start()
    assert until(running.is_ready)
    yield running
    child.send_signal(signal.SIGINT)
    child.wait(20)
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def database(server: Postgres) -> Postgres:
    """The running cluster with an empty database."""
    opened = server.connect()
    with opened.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS tongti WITH (FORCE)")
    opened.close()
    server.ensure_database()
    return server


@pytest.fixture
def clean_env() -> dict[str, str]:
    """The environment without what `./portal test` put there, as a person's shell would have it."""
    return {name: value for name, value in os.environ.items() if name not in LEADS_ELSEWHERE} | {
        "PYTHONPATH": str(PROJECT)
    }


@pytest.fixture
def python(clean_env: dict[str, str]) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Run a piece of Python in a process of its own, which is ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def run(code: str) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code)],
            env=clean_env,
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(child)
        return child

    yield run
    for child in started:
        child.kill()
        child.communicate()
