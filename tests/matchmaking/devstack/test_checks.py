"""The check of the locked requirements, and the shape of the others."""

import pytest

from matchmaking.devstack import checks
from matchmaking.devstack.layout import PROJECT

HASH = "--hash=sha256:" + "a" * 64


def problems(tmp_path, text):
    path = tmp_path / "requirements.txt"
    path.write_text(text)
    return checks.requirement_problems(path)


@pytest.mark.parametrize("name", checks.REQUIREMENTS)
def test_our_locked_files_pass(name):
    assert checks.requirement_problems(PROJECT / name) == []


def test_good_entry(tmp_path):
    assert (
        problems(tmp_path, f"django==5.2.19 ; python_version > '3' \\\n    {HASH} \\\n    {HASH}\n    # via x\n") == []
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"--index-url https://packages.example.org/simple\nx==1 {HASH}\n", "names an address or an option"),
        (f"--find-links ./wheels\nx==1 {HASH}\n", "names an address or an option"),
        (f"x @ https://packages.example.org/x.whl {HASH}\n", "names an address or an option"),
        (f"x @ file.whl {HASH}\n", "names an address or an option"),
        (f"x>=1 {HASH}\n", "not pinned"),
        ("x==1\n", "no hash"),
    ],
)
def test_what_is_refused(tmp_path, text, expected):
    assert any(expected in problem for problem in problems(tmp_path, text))


def test_failed_and_silent_steps_are_told_apart():
    import sys

    assert checks.Step("x", [sys.executable, "-c", ""]).problems() == ""
    assert checks.Step("x", [sys.executable, "-c", "raise SystemExit(3)"]).problems() == "exit code 3"
    assert "why" in checks.Step("x", [sys.executable, "-c", "raise SystemExit('why')"]).problems()


def test_production_environment_has_no_switch_of_our_own_instances(monkeypatch):
    monkeypatch.setenv("TONGTI_EMBEDDED", "1")
    monkeypatch.setenv("TONGTI_DATA", "/somewhere")
    env = checks.production_environment("postgres://a@b/c", "redis://d")
    assert not [name for name in env if name.startswith("TONGTI_")]
    assert env["DATABASE_URL"] == "postgres://a@b/c"
