"""docs/security.md names tests that exist, and a production host passes the deploy check."""

import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from matchmaking.devstack.checks import production_environment
from tests.test_routes import ROUTES, concrete

PROJECT = Path(settings.BASE_DIR)
TEXT = (PROJECT / "docs" / "security.md").read_text()
NAMED = sorted(set(re.findall(r"`((?:\w+/)*test_\w+\.py(?:::\w+)*)`", TEXT)))
ROWS = re.findall(r"^\| (\d+\.\d+\.\d+) \| (.+?) \| (.+) \|$", TEXT, re.MULTILINE)
# Rows of levels 1 and 2 in each chapter of ASVS 5.0.
ROWS_OF = {1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 34, 7: 18, 8: 7, 9: 7, 10: 29, 11: 14, 12: 9, 13: 13, 14: 9, 15: 13,
           16: 16, 17: 7}  # fmt: skip


def names_in(path: Path) -> set[str]:
    """`test_x` and `TestY::test_z` of a file."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        found.add(getattr(node, "name", ""))
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)}
    return found


def missing(named: str) -> bool:
    path, _, inner = named.partition("::")
    place = PROJECT / "tests" / path
    return not place.is_file() or bool(inner and inner not in names_in(place))


def test_every_named_test_exists():
    assert len(NAMED) > 80
    assert [one for one in NAMED if missing(one)] == []


@pytest.mark.parametrize("named", ["test_nothing.py", "test_security.py::test_of_nothing", "test_security.py::TestX"])
def test_a_name_that_is_none_is_noticed(named):
    assert missing(named)


def test_every_row_stands_once_with_a_test_or_a_reason():
    assert [number for number, times in Counter(number for number, *_ in ROWS).items() if times > 1] == []
    assert Counter(int(number.split(".")[0]) for number, *_ in ROWS) == ROWS_OF
    kinds = ("reason: ", "n/a: ", "`")
    assert [number for number, _what, how in ROWS if not how.startswith(kinds)] == []
    assert [number for number, _what, how in ROWS if re.search(r"\bopen: |being built|not built", how)] == []
    shown = [(number, how) for number, _what, how in ROWS if kind_of(how) == "test"]
    assert [number for number, how in shown if not re.match(r"`(?:\w+/)*test_\w+\.py(?:::\w+)*`", how)] == []


def kind_of(how: str) -> str:
    if how.startswith("n/a"):
        return "n/a"
    return "reason" if how.startswith("reason") else "test"


def test_the_count_in_the_text_is_that_of_the_rows():
    count = Counter(map(kind_of, (how for _number, _what, how in ROWS)))
    said = re.search(r"Of (\d+) rows (\d+) are shown by a test, (\d+) by a reason, none is open, (\d+) do", TEXT)
    assert said
    told = [int(one) for one in said.groups()]
    assert told == [len(ROWS), *(count[kind] for kind in ("test", "reason", "n/a"))]


def test_the_first_page_leads_there():
    assert "(docs/security.md)" in (PROJECT / "README.md").read_text()


def deploy_check(**changed: str) -> subprocess.CompletedProcess[str]:
    env = production_environment("postgres://app@localhost/none", "redis://localhost:1") | changed
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, env=env, cwd=PROJECT, capture_output=True, text=True, check=False)


def test_a_production_host_passes_the_deploy_check():
    done = deploy_check()
    assert (done.returncode, "no issues" in done.stdout + done.stderr) == (0, True), done.stderr


def test_the_deploy_check_has_teeth():
    done = deploy_check(SECRET_KEY="short", SSL_REDIRECT="false")
    assert done.returncode == 1
    assert "security.W008" in done.stderr
    assert "security.W009" in done.stderr


def test_no_history_of_the_code_is_in_the_image_or_served(db):
    left_out = (PROJECT / ".dockerignore").read_text().split()
    assert {".git", "tests", "var"} <= set(left_out)
    assert not [line for line in left_out if line.startswith("!.git")]
    client = Client()
    for address in (".git/HEAD", ".git/config", "static/.git/HEAD", "static/../.git/HEAD", "static/%2e%2e/.git/HEAD"):
        assert client.get(f"/{address}").status_code == 404, address


def test_trace_is_no_method_of_ours(db):
    client = Client()
    assert {client.trace(concrete(route)).status_code for route in ROUTES} == {405}
    assert client.generic("LINK", "/").status_code == 405
