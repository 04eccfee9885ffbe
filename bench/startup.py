"""Seconds from a clean clone to a page that answers, and of a second start; with a warm package cache.

    python bench/startup.py [--scale 1] [--again 3]

Clones the committed state into a temporary directory, gives it an environment and a data directory of its own, types
`./portal up --detach` and asks for the first page. Everything it starts is stopped and removed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from platform_ import ROOT, git_head, report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", default="1")
    parser.add_argument("--again", type=int, default=3, help="how many second starts; the median counts")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tongti-start-") as directory:
        place = Path(directory)
        clone = place / "clone"
        subprocess.run(["git", "clone", "--quiet", "--no-local", str(ROOT), str(clone)], check=True)
        portal = Portal(clone, place / "data", os.environ | {"TONGTI_VENV": str(place / "venv")})
        load = os.getloadavg()[0]
        try:
            first = portal.up("--scale", chosen.scale)
            later = []
            for _ in range(chosen.again):
                portal.run("down")
                later.append(portal.up())
        finally:
            portal.run("down")
        report("startup", commit=git_head(), scale=chosen.scale, load_before=round(load, 1),
               load_after=round(os.getloadavg()[0], 1), first=first,
               second=[start["answers"] for start in later],
               second_median=statistics.median(start["answers"] for start in later) if later else None)  # fmt: skip


class Portal:
    """The two commands of one clone."""

    def __init__(self, clone: Path, data: Path, env: dict[str, str]) -> None:
        self.clone, self.data, self.env = clone, data, env

    def run(self, *arguments: str) -> str:
        command = ["./portal", *arguments, "--data", str(self.data)]
        done = subprocess.run(command, cwd=self.clone, env=self.env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def up(self, *arguments: str) -> dict[str, float]:
        """Start, and the seconds until the environment is there and until the first page has been read."""
        started = time.time()
        self.run("up", "--detach", *arguments)
        state = json.loads(self.run("status", "--json"))
        with urllib.request.urlopen(state["url"], timeout=20) as page:  # noqa: S310  (our own instance on loopback)
            page.read()
        answers = time.time() - started
        stamp = Path(self.env["TONGTI_VENV"]) / ".stamp"
        return {"packages": round(max(0.0, stamp.stat().st_mtime - started), 1), "answers": round(answers, 1)}


if __name__ == "__main__":
    main()
