"""`./portal up --detach`: the same supervisor in a session of its own; we follow its words until it is ready."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from matchmaking.devstack.console import complain, say
from matchmaking.devstack.layout import PROJECT, Layout
from matchmaking.devstack.up import DETACHED


def launch(layout: Layout, *, port: int, scale: str) -> int:
    """Start the supervisor in the background; 0 when the page answers, else its exit code."""
    layout.prepare()
    log = layout.log / "up.log"
    command = [sys.executable, "-m", "matchmaking.devstack", "up", "--data", str(layout.data)]
    with log.open("ab") as output:
        heard = output.tell()
        child = subprocess.Popen(
            [*command, "--port", str(port), "--scale", scale],
            cwd=PROJECT,
            env=os.environ | {DETACHED: "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    with log.open(encoding="utf-8", errors="replace") as words:
        words.seek(heard)
        while True:
            ended = child.poll() is not None
            state = layout.recall("instance") or {}
            for line in words.read().splitlines():
                say(line)
            if ended:
                return child.returncode or 1
            if state.get("pid") == child.pid and state.get("ready"):
                complain("It runs in the background; ./portal status, ./portal logs and ./portal down see to it.")
                return 0
            time.sleep(0.1)
