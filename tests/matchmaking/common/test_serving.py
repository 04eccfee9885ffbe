"""Gunicorn as it serves the portal: its own refusals carry our headers, its log keeps no query and no key."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from matchmaking.common.headers import standing_headers
from matchmaking.common.serving import limit_request_field_size


@pytest.fixture(scope="module")
def served():
    """`served(bytes)` sends them to a real web process and returns (status, headers, body); `served.log()` its log."""
    with tempfile.TemporaryDirectory(prefix="tongti-") as folder:
        place, log = f"{folder}/web", Path(folder, "log")
        command = [sys.executable, "-m", "gunicorn", "matchmaking.wsgi:application", "--bind", f"unix:{place}",
                   "--worker-class", "gthread", "--threads", "2", "--no-control-socket",
                   "--config", "python:matchmaking.common.serving"]  # fmt: skip
        env = os.environ | {"DJANGO_SETTINGS_MODULE": "matchmaking.settings.test", "PYTHONPATH": str(settings.BASE_DIR)}
        with log.open("wb") as out:
            process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=env, stdout=out, stderr=out)
        try:
            yield _Web(place, log)
        finally:
            process.terminate()
            process.wait(20)


class _Web:
    def __init__(self, place, log):
        self.place, self._log = place, log

    def __call__(self, sent):
        until = time.monotonic() + 120
        while True:
            with socket.socket(socket.AF_UNIX) as line:
                try:
                    line.connect(self.place)
                except OSError:
                    assert time.monotonic() < until, self.log()
                    time.sleep(0.1)
                    continue
                line.settimeout(60)
                line.sendall(sent)
                got = b""
                while more := line.recv(65_536):
                    got += more
            head, _, body = got.decode().partition("\r\n\r\n")
            first, *rest = head.split("\r\n")
            return int(first.split()[1]), dict(one.split(": ", 1) for one in rest), body

    def log(self):
        return self._log.read_text()


END = b"\r\nHost: localhost\r\nConnection: close\r\n\r\n"
DAMAGED = {
    "no request line": (b"hello\r\n\r\n", 400),
    "a name with a space": (b"GET / HTTP/1.1\r\nA b: c" + END, 400),
    "a header without end": (b"GET / HTTP/1.1\r\nA: " + b"x" * (limit_request_field_size + 10) + END, 431),
    "too many headers": (b"GET / HTTP/1.1" + b"".join(b"\r\nA%d: b" % n for n in range(99)) + END, 431),
    "a line without end": (b"GET /" + b"x" * 9000 + b" HTTP/1.1" + END, 400),
    "NUL in a header": (b"GET / HTTP/1.1\r\nA: b\0c" + END, 400),
    "two lengths": (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2" + END, 400),
    "length and chunks": (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked" + END, 400),
}


def in_parts(value):
    """A policy says its directives in an order that each process chooses."""
    return sorted(value.split("; "))


@pytest.mark.parametrize("what", DAMAGED)
def test_what_gunicorn_refuses_carries_the_headers_too(served, what):
    sent, expected = DAMAGED[what]
    status, headers, body = served(sent)
    assert status == expected
    told = {name: in_parts(headers.get(name, "")) for name in standing_headers()}
    assert told == {name: in_parts(value) for name, value in standing_headers().items()}
    assert "x" * 20 not in body


def test_the_access_log_keeps_no_query_and_no_key(served):
    for path in (b"/healthz?token=abcdefgh", b"/accounts/confirm-email/Mw:1abcdef:xyz/", b"/healthz%0d%0aforged"):
        served(b"GET " + path + b" HTTP/1.1\r\nReferer: http://localhost/?q=bottleneck\r\nUser-Agent: me/1" + END)
    status, headers, _body = served(b"GET /healthz HTTP/1.1" + END)
    assert status == 200
    until = time.monotonic() + 10
    while headers["X-Request-Id"] not in served.log() and time.monotonic() < until:
        time.sleep(0.05)
    lines = served.log().splitlines()
    (line,) = [line for line in lines if headers["X-Request-Id"] in line and " GET /healthz 200 " in line]
    assert datetime.fromisoformat(line.split()[0]).utcoffset() == timedelta(0)
    for secret in ("abcdefgh", "1abcdef", "bottleneck", "me/1"):
        assert secret not in served.log()
    assert not [line for line in lines if line.startswith("forged")]
