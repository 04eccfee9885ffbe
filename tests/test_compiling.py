"""Processes that need machine code at the same time wait for one of them to make it."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import compiling


def test_what_is_asked_for_at_the_same_time_is_made_once(tmp_path, monkeypatch):
    noted = tmp_path / "noted"
    making = f"import time; time.sleep(0.2); open({str(noted)!r}, 'a').write('made ')"
    monkeypatch.setattr(compiling, "WARM", ["-c", making])
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(compiling.once, [tmp_path] * 3))
    assert noted.read_text() == "made "


def test_a_failure_is_told_and_the_next_who_asks_tries_again(tmp_path, monkeypatch):
    monkeypatch.setattr(compiling, "WARM", ["-c", "raise SystemExit(1)"])
    with pytest.raises(subprocess.CalledProcessError):
        compiling.once(tmp_path)
    monkeypatch.setattr(compiling, "WARM", ["-c", ""])
    compiling.once(tmp_path)
    assert (tmp_path / "compiled").exists()
