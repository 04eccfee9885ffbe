"""A pool process does not outlive its worker."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from matchmaking.devstack.layout import PROJECT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asked of the kernel of Linux")
# A worker that forks one process and waits; the process says who it is as soon as it would take work.
WORKER = """
import os, time
from matchmaking.jobs import orphans
orphans.remember()
if not os.fork():
    {before}
    orphans.end_with_worker()
    print(os.getpid(), flush=True)
    time.sleep(60)
else:
    time.sleep(60)
"""


def started(before="pass"):
    code = WORKER.format(before=before)
    return subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT, stdout=subprocess.PIPE, text=True)


def ended(pid):
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    return False


def test_killing_the_worker_ends_it():
    with started() as worker:
        child = int(worker.stdout.readline())
        worker.kill()
        worker.wait()
        assert ended(child)


def test_it_does_not_begin_when_the_worker_has_gone():
    with started("os.kill(os.getppid(), 9); time.sleep(0.2)") as worker:
        said, _nothing = worker.communicate(timeout=10)
    assert said == ""
