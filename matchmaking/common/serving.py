"""How gunicorn serves the portal: `--config python:matchmaking.common.serving`.

What gunicorn refuses itself (a request line that is none, headers that are too long) never reaches Django, and would
go out without a header of ours; its access log would keep searches, keys in addresses and where people came from.
"""

import logging
from typing import Any

from gunicorn import util
from gunicorn.glogging import Logger

from matchmaking.common.log_lines import LineFormatter, on_one_line, without_secrets

accesslog = "-"
access_log_format = "%(h)s %(m)s %(U)s %(s)s %(b)s %(L)s %({x-request-id}o)s"
limit_request_line = 8190  # filters of a long list, and a compared text beside them
limit_request_fields = 64
limit_request_field_size = 16_380  # the largest is the cookie of a browser


class AccessLogger(Logger):
    """Gunicorn's logger with our lines: no query, no referrer, nothing that could be used again."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log, line in ((self.error_log, self.error_fmt), (self.access_log, f"%(asctime)s {self.access_fmt}")):
            for handler in log.handlers:
                handler.setFormatter(LineFormatter(line))

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        path = str(environ.get("RAW_URI") or environ.get("PATH_INFO") or "-").partition("?")[0]
        return found | {"U": without_secrets(on_one_line(path)), "r": "-", "q": "-", "f": "-", "a": "-"}


logger_class = AccessLogger


def refuse(sock: Any, status_int: int, reason: str, mesg: str) -> None:
    """Gunicorn's `write_error` with the standing headers, and without an echo of what was sent."""
    from matchmaking.common.headers import standing_headers  # settings: not before a worker has started

    body = f"{status_int} {reason}\n".encode("latin-1", "replace")
    lines = [
        f"HTTP/1.1 {status_int} {reason}",
        "Connection: close",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in standing_headers().items()),
    ]
    util.write_nonblock(sock, "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
    logging.getLogger(__name__).debug("refused: %s", mesg)


def post_worker_init(worker: Any) -> None:
    util.write_error = refuse
