"""Database and queue are reached through TLS, and must prove their names, where their addresses say so."""

import socket
import ssl
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings

from matchmaking.devstack.checks import production_environment
from tests.certificates import certificate

PROJECT = Path(settings.BASE_DIR)
OURS, ANOTHER = "localhost", "other.example.org"
DATABASE = """
import django; django.setup()
from django.db import connection
connection.ensure_connection()
"""
QUEUE = """
from matchmaking.celery_app import app
app.connection_for_write().connect()
"""
ASKS_FOR_TLS = 8  # bytes with which a client of PostgreSQL asks whether the server speaks TLS


class Server:
    """Speaks TLS with one client at a time and hangs up. `got` is the first thing each said inside it."""

    def __init__(self, pem: Path, *, asked: bool) -> None:
        self.asked, self.got = asked, []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pem)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _address = self.socket.accept()
            except OSError:
                return
            with closing(line):
                try:
                    if self.asked:
                        line.recv(ASKS_FOR_TLS)
                        line.sendall(b"S")
                    with self.context.wrap_socket(line, server_side=True) as inner:
                        if said := inner.recv(4096):
                            self.got.append(said)
                except OSError:
                    continue  # a client that does not like the certificate leaves in the middle


@pytest.fixture
def tried(tmp_path):
    """`tried(code, name)` runs code of a production process whose servers show a certificate made out to the name.

    The issuer is known. Returns (what the process complained of, what the server got inside TLS).
    """
    opened = []

    def run(code, name):
        pem = certificate(tmp_path, name)
        server = Server(pem, asked=code is DATABASE)
        opened.append(server.socket)
        env = production_environment(
            f"postgres://u:p@{OURS}:{server.port}/none?sslmode=verify-full&sslrootcert={pem}",
            f"rediss://{OURS}:{server.port}/0?ssl_cert_reqs=required&ssl_ca_certs={pem}",
        )
        done = subprocess.run([sys.executable, "-c", code], env=env, cwd=PROJECT, capture_output=True, text=True,
                              check=False, timeout=60)  # fmt: skip
        return done.stderr, b"".join(server.got)

    yield run
    for one in opened:
        one.close()


@pytest.mark.parametrize(("code", "first"), [(DATABASE, b"user\0u\0"), (QUEUE, b"PING")], ids=["database", "queue"])
def test_a_server_of_the_right_name_is_spoken_to(tried, code, first):
    assert first in tried(code, OURS)[1]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [(DATABASE, "does not match host name"), (QUEUE, "certificate verify failed: Hostname mismatch")],
    ids=["database", "queue"],
)
def test_a_server_of_another_name_is_told_nothing(tried, code, sentence):
    complaint, got = tried(code, ANOTHER)
    assert sentence in complaint
    assert got == b""
