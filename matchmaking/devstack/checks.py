"""`./portal check`: everything that can be said about the code without running its tests.

All steps run even when one fails, each says how long it took, and the exit code is 1 when any failed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matchmaking.devstack.console import DevstackError, say
from matchmaking.devstack.layout import PROJECT, new_keys
from matchmaking.devstack.postgres import clean_environment
from matchmaking.devstack.servers import throw_away
from matchmaking.devstack.testing import environment

REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
_ADDRESS = re.compile(r"://|^\s*-|^[^#\n]*\s@\s", re.MULTILINE)  # an address, an option line, a direct reference
_PINNED = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*(\[[a-z0-9,_-]+\])?==\S+")


@dataclass(frozen=True)
class Step:
    """One check: a command with its environment, or a function that returns what is wrong (empty when nothing)."""

    name: str
    command: Sequence[str] = ()
    env: Mapping[str, str] | None = None
    look: Callable[[], str] | None = None

    def problems(self) -> str:
        """What is wrong, as text for people; empty when the check passes."""
        if self.look is not None:
            return self.look()
        done = subprocess.run(
            self.command,
            env=self.env,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode == 0:
            return ""
        return (done.stdout + done.stderr).strip() or f"exit code {done.returncode}"


def requirement_problems(path: Path) -> list[str]:
    """What keeps a locked file from being installable anywhere, and only as it was locked."""
    # Continuation lines carry the hashes; each entry is judged as one line.
    text = path.read_text().replace("\\\n", " ")
    entries = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    problems = [f"{path.name}: names an address or an option: {line[:80]}" for line in entries if _names_a_place(line)]
    problems += [f"{path.name}: not pinned: {line[:80]}" for line in entries if not _PINNED.match(line)]
    problems += [f"{path.name}: no hash: {line[:80]}" for line in entries if "--hash=sha256:" not in line]
    return problems


def _names_a_place(line: str) -> bool:
    return bool(_ADDRESS.search(re.sub(r"--hash=sha256:[0-9a-f]{64}", "", line)))


def _requirements() -> str:
    return "\n".join(problem for name in REQUIREMENTS for problem in requirement_problems(PROJECT / name))


def production_environment(database_url: str, broker_url: str) -> dict[str, str]:
    """What a production host sets, and nothing that only our own instances have."""
    inherited = {name: value for name, value in clean_environment(os.environ).items() if not name.startswith("TONGTI_")}
    return (
        inherited
        | new_keys()
        | {
            "DJANGO_SETTINGS_MODULE": "matchmaking.settings.base",
            "DATABASE_URL": database_url,
            "CELERY_BROKER_URL": broker_url,
            "ALLOWED_HOSTS": "portal.example.org",
            "PRIVACY_ASSESSMENTS": "automated=PIA-1,publish=PIA-2,provide=PIA-3",
        }
    )


def steps(env: Mapping[str, str], production: Mapping[str, str], scratch: Path) -> list[Step]:
    """All checks, quick ones first. `env` leads to throw-away servers, `scratch` is a place that vanishes."""
    tools = Path(sys.executable).parent
    manage = [sys.executable, "manage.py"]
    schema = [str(tools / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]
    return [
        Step("requirements: hashes, no addresses", look=_requirements),
        Step("format", [str(tools / "ruff"), "format", "--check", "--diff", "-q", "."], env),
        Step("lint", [str(tools / "ruff"), "check", "-q", "."], env),
        Step("import contracts", [str(tools / "lint-imports")], env),
        Step("migrations complete", [*manage, "makemigrations", "--check", "--dry-run"], env),
        Step("deployment", [*manage, "check", "--deploy", "--fail-level", "WARNING"], production),
        Step("static files", [*manage, "collectstatic", "--noinput"], {**production, "STATIC_ROOT": str(scratch)}),
        Step("compose file", schema, env),
        Step("types", [str(tools / "mypy")], env),
    ]


def run(arguments: Sequence[str]) -> int:
    """Run all checks and print a line for each; 0 when none failed."""
    if arguments:
        raise DevstackError("./portal check takes no arguments.")
    failed = []
    with throw_away() as (layout, urls):
        env = environment(layout, urls)
        production = production_environment(urls["DATABASE_URL"], urls["CELERY_BROKER_URL"])
        for step in steps(env, production, layout.data / "static"):
            begun = time.monotonic()
            problems = step.problems()
            say(f"{'FAILED' if problems else 'ok':<6}  {step.name} ({time.monotonic() - begun:.1f} s)")
            if problems:
                failed.append(step.name)
                say("\n".join(f"        {line}" for line in problems.splitlines()))
    say(f"{len(failed)} of the checks failed: {', '.join(failed)}." if failed else "All checks passed.")
    return 1 if failed else 0
