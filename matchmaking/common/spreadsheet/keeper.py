"""Reading processes without their start: one that has loaded the parser forks for every file.

Loading the parser costs a fifth of a second of the processor, twenty times what a usual table does. So a keeper starts
isolated, with an empty environment and no Django, loads it once and never looks at a file; each fork of it bounds
itself, reads one file and ends. Nothing of a file outlives its fork.
"""

import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import IO, Any

_SERVE = "import sys; sys.path.insert(0, sys.argv[1]); from matchmaking.common.spreadsheet.keeper import serve; serve()"
_STATUS_BYTES = 4


class Keeper:
    """The keeper as its owner sees it; it ends with the owner."""

    def __init__(self, root: str, code: str, environment: dict[str, str]) -> None:
        """`code` is what each fork executes, with `root` and the request in `sys.argv`. OSError: it cannot start."""
        self.wanted = (os.getpid(), root, code, environment)
        self._control, theirs = socket.socketpair()
        command = [sys.executable, "-I", "-c", _SERVE, root, code]
        with theirs:
            try:
                self._process = subprocess.Popen(
                    command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, env=environment, start_new_session=True
                )
            except BaseException:
                self._control.close()
                raise
        self.pid = self._process.pid

    def is_for(self, *wanted: Any) -> bool:
        """Whether it runs, and serves this process: a fork of its owner must not talk in between."""
        return self.wanted == (os.getpid(), *wanted) and self._process.poll() is None

    def run(self, files: Sequence[IO[bytes]], request: str, wall_seconds: int) -> int:
        """The exit status of a fork with these files as its standard input, output and error; `request` is one line.

        Everything is killed when its time is over. Raises OSError when the keeper cannot be reached.
        """
        try:
            self._control.settimeout(wall_seconds)
            socket.send_fds(self._control, [request.encode() + b"\n"], [file.fileno() for file in files])
            status = self._control.recv(_STATUS_BYTES)
        except TimeoutError:
            self.kill()
            return -signal.SIGXCPU
        except BaseException:
            self.kill()  # an answer that nobody has waited for would be taken for the next one
            raise
        return int.from_bytes(status, signed=True) if status else self._process.wait()

    def kill(self) -> None:
        if self._process.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
        self.leave()

    def leave(self) -> None:
        """End it, or only let go of it when this is a fork of its owner."""
        if self.wanted[0] == os.getpid():
            with contextlib.suppress(OSError):  # it has gone already
                self._control.shutdown(socket.SHUT_RDWR)  # forks of ours may hold the socket too
            self._process.wait()
        self._control.close()


def serve() -> None:
    """The keeper itself: answer requests from standard input until the owner has gone."""
    sys.modules["numpy"] = None  # type: ignore[assignment]  # openpyxl would load it for nothing, 60 MB
    import matchmaking.common.spreadsheet.worker  # noqa: F401

    gc.collect()
    gc.freeze()
    control = socket.socket(fileno=0)
    while request := _receive(control):
        message, files = request
        if not (child := os.fork()):
            control.detach()
            _become_reader(message, files)
            return
        for opened in files:
            os.close(opened)
        _child, status = os.waitpid(child, 0)
        control.sendall(os.waitstatus_to_exitcode(status).to_bytes(_STATUS_BYTES, signed=True))


def _receive(control: socket.socket) -> tuple[str, list[int]] | None:
    message, files = b"", list[int]()
    while not message.endswith(b"\n"):
        piece, came, _flags, _address = socket.recv_fds(control, 65_536, 3)
        if not piece:
            return None
        message, files = message + piece, files + came
    return message.decode(), files


def _become_reader(request: str, files: list[int]) -> None:
    for place, opened in enumerate(files):
        os.dup2(opened, place)
        os.close(opened)
    code = sys.argv.pop()
    sys.argv.append(request)
    exec(code, {"__name__": "__main__"})  # noqa: S102  (what the owner has started us with)
