"""How `./portal test` spreads the suite, and that nothing of it stays."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from matchmaking.devstack import testing
from matchmaking.devstack.layout import PROJECT
from tests.matchmaking.devstack.helpers import alive, family, until


@pytest.mark.parametrize(
    ("arguments", "parallel"),
    [
        ([], True),
        (["tests/needs"], True),
        (["-x", "-k", "review"], True),
        (["tests/a/test_b.py::test_c", "tests/a/test_b.py::test_d"], True),
        (["tests/a/test_b.py::test_c"], False),
        (["tests/a/test_b.py::test_c", "-x"], False),
        (["-n", "0"], False),
        (["-n1"], False),
        (["--numprocesses=3"], False),
        (["-p", "no:xdist"], False),
        (["-pno:xdist"], False),
        (["--pdb"], False),
    ],
)
def test_parallel_unless_in_the_way(arguments, parallel, monkeypatch):
    monkeypatch.setattr(testing, "cores", lambda: 16)
    assert testing.parallel_options(arguments) == (["-n", "4", "--dist", "loadgroup"] if parallel else [])


def test_one_core_runs_plainly(monkeypatch):
    monkeypatch.setattr(testing, "cores", lambda: 1)
    assert testing.parallel_options([]) == []


def test_byte_code_is_kept_whatever_the_caller_prefers(layout, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert "PYTHONDONTWRITEBYTECODE" not in testing.environment(layout, {})


@pytest.fixture
def suite(tmp_path: Path, clean_env):
    """A suite of one test that runs until it is told to end."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:django\n")
    (tmp_path / "test_one.py").write_text(
        "import os, time, pathlib\n"
        "def test_one():\n"
        "    here = pathlib.Path(__file__).parent\n"
        "    (here / 'url').write_text(os.environ['DATABASE_URL'] + '\\n' + os.environ['TONGTI_DATA'])\n"
        "    while not (here / 'go').exists(): time.sleep(0.02)\n"
        "    assert not (here / 'fail').exists()\n"
    )

    def run():
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "matchmaking.devstack",
                "test",
                "-n0",
                "-c",
                str(tmp_path / "pytest.ini"),
                str(tmp_path),
            ],
            env=clean_env,
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return run


@pytest.mark.parametrize("fails", [False, True])
def test_exit_code_and_closing_line_are_pytests_and_the_servers_vanish(suite, tmp_path, fails):
    running = suite()
    assert until((tmp_path / "url").exists)
    if fails:
        (tmp_path / "fail").touch()
    servers = family(running.pid)
    (tmp_path / "go").touch()
    output, _ = running.communicate(timeout=20)
    assert running.returncode == (1 if fails else 0), output
    assert ("1 failed" if fails else "1 passed") in output.splitlines()[-1]
    assert not alive(servers)
    assert not Path((tmp_path / "url").read_text().splitlines()[1]).exists()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_killed_run_leaves_nothing_running(suite, tmp_path, signum):
    running = suite()
    assert until((tmp_path / "url").exists)
    servers = family(running.pid)
    assert len(servers) > 5
    running.send_signal(signum)
    running.communicate(timeout=20)
    assert until(lambda: not alive(servers), 8), alive(servers)
    directory = Path((tmp_path / "url").read_text().splitlines()[1])
    if signum == signal.SIGTERM:
        assert not directory.exists()
    shutil.rmtree(directory, ignore_errors=True)
