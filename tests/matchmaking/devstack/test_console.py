"""What is printed, and that nobody has to listen."""

import os
import subprocess
import sys

from matchmaking.devstack import console
from matchmaking.devstack.layout import PROJECT


def test_ticker_repeats_the_newest_line_once(tmp_path, capsys):
    log = tmp_path / "x.log"
    ticker = console.Ticker(log, seconds=0)
    ticker()
    log.write_text("one\ntwo\n")
    ticker()
    ticker()
    log.write_text("one\ntwo\nthree\n")
    ticker()
    assert capsys.readouterr().out == "    two\n    three\n"


def test_ticker_is_quiet_for_quick_work(tmp_path, capsys):
    log = tmp_path / "x.log"
    log.write_text("one\n")
    ticker = console.Ticker(log, seconds=60)
    ticker()
    assert capsys.readouterr().out == ""


def test_tail_of_a_long_log_is_short(tmp_path):
    log = tmp_path / "x.log"
    log.write_bytes(b"x" * 100_000 + b"\n\xff\nlast\n")
    assert console.tail(log, 2) == "\ufffd\nlast"
    assert console.tail(tmp_path / "none") == ""


def test_closed_output_is_no_reason_to_fall_over():
    code = "from matchmaking.devstack.console import say, report\nfor _ in range(9): say('x' * 9999); report('y')\n"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, stdout=writer, stderr=writer, check=False)
    os.close(writer)
    assert done.returncode in (0, 120)  # 120: Python itself could not flush at its very end
