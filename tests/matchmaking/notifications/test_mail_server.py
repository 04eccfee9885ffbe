"""The mail server proves who it is: a certificate of a known issuer, made out to the name in EMAIL_HOST."""

import socketserver
import ssl
import threading
from contextlib import ExitStack

import pytest
from django.core.mail.backends import smtp

from matchmaking.notifications import sending
from matchmaking.notifications.models import MailState, OutboxMail
from matchmaking.notifications.services import queue_mail
from tests.certificates import certificate

pytestmark = pytest.mark.django_db
OURS, ANOTHER = "localhost", "mail.example.org"


class _Server(socketserver.ThreadingTCPServer):
    """Just enough of SMTP with STARTTLS; `got` is what came after it, in words."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, certificate):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        self.got = []
        super().__init__(("127.0.0.1", 0), _Talk)

    def handle_error(self, request, client_address):
        """A client that does not like the certificate leaves in the middle."""


class _Talk(socketserver.BaseRequestHandler):
    def handle(self):
        with ExitStack() as opened:
            self.talk(opened, self.request)

    def talk(self, opened, line):
        secret = False
        line.sendall(b"220 test\r\n")
        reader = opened.enter_context(line.makefile("rb"))
        while word := reader.readline().decode().strip():
            command = word[:4].upper()
            if secret:
                self.server.got.append(word)
            if command == "EHLO":
                line.sendall(b"250-test\r\n250 STARTTLS\r\n")
            elif command == "STAR":
                line.sendall(b"220 go on\r\n")
                line = opened.enter_context(self.server.context.wrap_socket(line, server_side=True))
                reader, secret = opened.enter_context(line.makefile("rb")), True
            elif command == "DATA":
                line.sendall(b"354 go on\r\n")
                while reader.readline() not in (b".\r\n", b""):
                    pass
                line.sendall(b"250 taken\r\n")
            else:
                line.sendall(b"250 yes\r\n")
                if command == "QUIT":
                    return


@pytest.fixture
def sent(settings, tmp_path, monkeypatch):
    """`sent(name, trusted=)` hands a mail to a server whose certificate is made out to the name; (mail, server)."""
    servers = []

    def hand_over(name, *, trusted):
        place = certificate(tmp_path, name)
        monkeypatch.setenv("SSL_CERT_FILE", str(place if trusted else certificate(tmp_path, "unknown.example.org")))
        server = _Server(place)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = OURS, server.server_address[1], True
        settings.MAIL_DELIVERY_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        (mail,) = queue_mail(to=["a@example.test"], subject="Subject", body="Body")
        sending.deliver(sending.lease_mail(mail.pk))
        return OutboxMail.objects.get(pk=mail.pk), server

    yield hand_over
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_server_with_a_name_and_an_issuer_gets_the_mail(sent):
    mail, server = sent(OURS, trusted=True)
    assert (mail.state, mail.last_error) == (MailState.SENT, "")
    assert any(word.startswith("rcpt TO") for word in server.got)


@pytest.mark.parametrize(("name", "trusted"), [(OURS, False), (ANOTHER, True)])
def test_a_server_that_cannot_prove_its_name_gets_nothing(sent, name, trusted):
    mail, server = sent(name, trusted=trusted)
    assert mail.state == MailState.QUEUED
    assert "certificate verify failed" in mail.last_error
    assert server.got == []


def test_without_the_check_it_would_get_the_mail(sent, monkeypatch):
    """So the two above are refused for their certificate and nothing else."""
    monkeypatch.setattr(smtp.ssl, "create_default_context", ssl._create_unverified_context)
    assert sent(ANOTHER, trusted=False)[0].state == MailState.SENT
