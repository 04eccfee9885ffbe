"""What people and programs put into fields, and a walk that puts it into every form and parameter of the portal."""

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client

TEXTS = [
    "",
    " ",
    "\u3000",
    "\u200b",
    "\ufeff",
    "\x00",
    "a\x00b",
    "\ud800",
    "𠮷",
    "﷽" * 1000,
    "\u202e反",
    "e" + "\u0301" * 1000,
    "x",
    "x" * 255,
    "x" * 256,
    "x" * 10_000,
    "x" * 1_000_000,
    "汉" * 256,
    "'\";--",
    "' OR 1=1 --",
    "%",
    "_",
    "\\",
    "%_\\",
    "%" * 500,
    "..%2f",
    "../../etc/passwd",
    "a\r\nSet-Cookie: x=1",
    "\r",
    "\n",
    "\t",
    "\x0b",
    "\x1b[2J",
    "\x7f",
    "\x85",
    "{{7*7}}",
    "{% debug %}",
    "{0.__class__}",
    "%(name)s",
    "%s%n",
    "${7*7}",
    "#{7}",
    "=cmd|' /C calc'!A0",
    "＝1+1",
    "\t=1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "<img src=x onerror=alert(1)>",
    "<script>1</script>",
    '"><svg/onload=1>',
    "javascript:1",
    "data:text/html,x",
    "//example.org",
    "https://example.org/",
    "\\\\example.org",
    "null",
    "true",
    "false",
    "None",
    "undefined",
    "[]",
    "{}",
    "[object Object]",
    "()",
    "*",
    "?",
    "(",
    "[",
    "a|b",
    "(a+)+$",
    "&",
    "!",
    ":*",
    "a & | b",
    "<->",
]
NUMBERS = [
    "-1",
    "0",
    "1",
    "-0",
    "2147483647",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    str(10**20),
    "9" * 400,
    "٣",
    "１２",
    "1,000",
    "1_000",
    "0x10",
    ".5",
    "1.",
    "1e5",
    "1e309",
    "-1e309",
    "NaN",
    "Infinity",
    "-inf",
    "0.1e-400",
    "1e-9999",
    "TRL-6",
    "6",
    "10",
    "²",
    "½",
    "五",
]
DATES = [
    "2026-02-30",
    "0000-00-00",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "1986-05-04",
    "1986-05-04 00:30",
    "60",
    "-5",
    "明天",
    "2026-13-01",
    "2026-11-22T25:61",
    "2026-W47",
    "1900-02-29",
    "22/11/2026",
    "2026年11月22日",
]
IDS = [
    "999999999",
    "1e3",
    str(UUID(int=7)),
    "{" + str(UUID(int=7)) + "}",
    "g" * 36,
    "0" * 32,
    "[1,2]",
    "1,2",
    "a[]=1",
    "../1",
]
CHINESE = [
    "91320100MA1MXXXX0O",
    "91320100ma1mxxxx00",
    "９１３２０１００",
    "11010519491231002X",
    "11010519491231002x",
    "110105491231002",
    "+8613912345678",
    "139 1234 5678",
    "86-13912345678",
    "阿依古丽·买买提",
    "阿依古丽•买买提",
    "南京大学",
    "南大",
    "990000",
    "32",
    "\ue000",
    "㈱",
    "ﾃｽﾄ",
    "中\u200d文",
]
VALUES = [*TEXTS, *NUMBERS, *DATES, *IDS, *CHINESE]


@dataclass
class Form:
    """A form of a page: where it goes, how, and {name: what stands in it}; `files` are the names of its file fields."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    @property
    def place(self) -> tuple[str, str, tuple[str, ...]]:
        """Forms that differ in nothing but the record they are about have the same."""
        path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "*", urlsplit(self.action).path)
        names = {re.sub(r"\d+", "*", name) for name in (*self.fields, *self.files)}
        return self.method, path, tuple(sorted(names))


class Page(HTMLParser):
    """The forms and the own links of a page."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name, method in (("href", "get"), ("hx-get", "get"), ("hx-post", "post"), ("formaction", "post")):
            if tag != "form" and given.get(name, "").startswith(("/", "?", ".")):
                to = urljoin(self.address, given[name])
                if method == "get" and tag != "link" and "download" not in given:
                    self.links.append(to)
                elif method == "post":
                    self.forms.append(Form(to, "post", {"csrfmiddlewaretoken": ["x"]}))
        if tag == "form":
            to = given.get("action") or given.get("hx-post") or given.get("hx-get") or self.address
            method = "post" if "hx-post" in given else given.get("method", "get").lower()
            self._form = Form(urljoin(self.address, to), method)
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        assert self._form is not None
        name = given.get("name", "")
        if tag == "option" and self._select and ("selected" in given or not self._form.fields[self._select]):
            self._form.fields[self._select] = [given.get("value", "")]
        if not name or tag not in ("input", "textarea", "select", "button"):
            return
        if given.get("type") == "file":
            self._form.files.add(name)
        elif given.get("type") in ("checkbox", "radio") and "checked" not in given and name in self._form.fields:
            return
        else:
            self._form.fields[name] = [given["value"]] if "value" in given else []
        self._select = name if tag == "select" else self._select

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag == "select":
            self._select = ""


LEFT_OUT = re.compile(r"/accounts/logout/|/export|\.xlsx|/sample-sign-in/|/accounts/login/as")


def pages_of(client: Client, begin: Iterable[str], most: int) -> Iterator[Page]:
    """Walk the own links, one page of each kind (addresses that differ in ids and values only are one kind)."""
    waiting, seen = list(begin), set()
    while waiting and most:
        address = waiting.pop(0)
        parts = urlsplit(address)
        kind = (
            re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "*", parts.path),
            tuple(sorted(k for k, _ in parse_qsl(parts.query))),
        )
        if kind in seen or parts.netloc or LEFT_OUT.search(parts.path):
            continue
        seen.add(kind)
        answer = client.get(address)
        most -= 1
        if answer.streaming:
            b"".join(answer.streaming_content)
            for close in answer._resource_closers:
                close()
        elif "html" in answer.headers.get("Content-Type", "") and answer.status_code == 200:
            page = Page(address)
            page.feed(answer.content.decode())
            yield page
            waiting += page.links


def send(client: Client, form: Form, values: dict[str, list[str]]) -> tuple[int, str]:
    """Send a form and undo what it did; what the database checks at the end is checked before. (status, the page)"""
    with transaction.atomic():
        if form.method == "post":
            data: dict[str, object] = {name: found if len(found) != 1 else found[0] for name, found in values.items()}
            name = values.get("csrfmiddlewaretoken", ["x"])[0][:300] or "x"
            data |= {one: SimpleUploadedFile(name, b"PK\x03\x04 nothing") for one in form.files}
            answer = client.post(form.action, **_encoded(data))
        else:
            query = urlencode([(k, v) for k, found in values.items() for v in found], errors="surrogatepass")
            answer = client.get(form.action.partition("?")[0], QUERY_STRING=query)
        text = "" if answer.streaming else answer.content.decode("utf-8", "replace")
        if answer.streaming:
            b"".join(answer.streaming_content)
            for close in answer._resource_closers:
                close()
        if answer.status_code < 500:
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)
    return answer.status_code, text


def _encoded(data: dict[str, object]) -> dict[str, object]:
    if any(isinstance(one, SimpleUploadedFile) for one in data.values()):
        return {"data": {k: v.replace("\ud800", "?") if isinstance(v, str) else v for k, v in data.items()}}
    pairs = [(k, one) for k, found in data.items() for one in (found if isinstance(found, list) else [found])]
    body = urlencode([(k, str(v)) for k, v in pairs], errors="surrogatepass")
    return {"data": body, "content_type": "application/x-www-form-urlencoded"}


def tries(form: Form, chosen: random.Random, every: bool) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """(what, values): each value in all fields at once; then, in every field alone, some values (or `every` one)."""
    names = [name for name in form.fields if name != "csrfmiddlewaretoken"]
    some = VALUES if every else chosen.sample(VALUES, 3)
    for value in some:
        yield value, form.fields | {name: [value] for name in names}
    for name in names:
        for value in chosen.sample(VALUES, 12) if every else chosen.sample(VALUES, 1):
            yield value, form.fields | {name: [value]}
        yield "twice", form.fields | {name: ["1", "2"]}
    yield "unknown", form.fields | {"is_staff": ["1"], "owner": ["1"], "state": ["accepted"], "x" * 300: ["1"]}


def troubles(status: int, text: str, value: str) -> str:
    """What is wrong with an answer: an error of ours, a trace, or an echo that is not escaped."""
    if status >= 500:
        return str(status)
    if "Traceback (most recent call last)" in text:
        return "trace"
    if value.startswith(("<img", "<script", '"><svg')) and value in text:
        return "echo"
    return ""
