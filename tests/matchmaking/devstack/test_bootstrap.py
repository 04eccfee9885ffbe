"""`portal`, the shell script: what it says when Python is not as needed, and when it installs."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from matchmaking.devstack.layout import PROJECT

NEED = "Python ≥ 3.11 with venv (Debian/Ubuntu: apt install python3-venv)"
# Stands in for the interpreter of a virtual environment: notes what is installed, and echoes the hand-over.
FAKE = """#!/bin/sh
case "$*" in
    *version_info*) echo {version} ;;
    "-m pip --version") exit 0 ;;
    "-m pip install"*) echo "$@" >> "{notes}"; {install} ;;
    "-m matchmaking.devstack"*) echo "handed over: $*"; [ -z "${{PYTHONDONTWRITEBYTECODE:-}}" ] || echo "slowly" ;;
esac
"""


def script(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


class Clone:
    """A copy of the bootstrap with locked files of one line, and a virtual environment that is a stand-in."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.venv = directory / "environment"
        self.notes = directory / "installed.txt"
        shutil.copy(PROJECT / "portal", directory / "portal")
        (directory / "requirements.txt").write_text("a==1\n")
        (directory / "requirements-dev.txt").write_text("b==1\n")

    def make_environment(self, *, version: str = "3.11", install: str = "exit 0") -> None:
        (self.venv / "bin").mkdir(parents=True, exist_ok=True)
        script(self.venv / "bin" / "python", FAKE.format(version=version, notes=self.notes, install=install))

    def base(self, *, version: str = "3.11", usable: str = "exit 0") -> Path:
        """An interpreter that makes such an environment with `-m venv`."""
        inner = FAKE.format(version=version, notes=self.notes, install="exit 0")
        return script(
            self.directory / "base-python",
            f"""#!/bin/sh
case "$*" in
    *"< (3, 11)"*) exit 0 ;;
    *ensurepip*) {usable} ;;
    *fcntl*) exec {sys.executable} "$@" ;;
    --version) echo "Python {version}.0" ;;
    "-m venv --clear"*) echo made >> "{self.notes}"; rm -rf "$4"; mkdir -p "$4/bin"
        cat > "$4/bin/python" <<'EOF'
{inner}
EOF
        chmod +x "$4/bin/python" ;;
esac
""",
        )

    def run(self, *arguments: str, python: Path | str | None = None) -> subprocess.CompletedProcess[str]:
        env = {"PATH": "/usr/bin:/bin", "TONGTI_VENV": str(self.venv), "LC_ALL": "C.UTF-8"}
        env["PYTHONDONTWRITEBYTECODE"] = "1"  # as some people and most images have it
        return subprocess.run(
            [self.directory / "portal", *arguments],
            env=env | {"PYTHON": str(python or self.base())},
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )

    def installed(self) -> list[str]:
        """What was done since the last look."""
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        self.notes.unlink(missing_ok=True)
        return lines


@pytest.fixture
def clone(tmp_path) -> Clone:
    return Clone(tmp_path)


def test_old_python_is_one_sentence(clone):
    old = script(clone.directory / "old", '#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" || exit 1\n')
    done = clone.run("up", python=old)
    assert done.returncode == 1
    assert done.stderr == f"portal: Python 3.9.2 is too old; install {NEED}.\n"


def test_no_python_is_one_sentence(clone):
    done = clone.run("up", python="/nonexistent/python")
    assert done.returncode == 1
    assert done.stderr == f"portal: there is no Python here; install {NEED}.\n"


def test_python_without_ensurepip_is_told_what_to_install(clone):
    base = clone.base(usable="exit 1")
    done = clone.run("up", python=base)
    assert done.returncode == 1
    assert done.stderr == f"portal: {base} lacks venv; install {NEED}.\n"
    assert not clone.venv.exists()


def test_first_run_makes_and_installs_then_hands_over_and_the_second_only_hands_over(clone):
    done = clone.run("up", "--port", "1")
    assert done.stdout == "handed over: -m matchmaking.devstack up --port 1\n", done.stderr
    made, install = clone.installed()
    assert made == "made"
    assert "--require-hashes -r requirements.txt" in install
    assert "requirements-dev" not in install
    assert clone.run("up").stdout == "handed over: -m matchmaking.devstack up\n"
    assert clone.installed() == []


def test_changed_requirements_are_installed_on_top(clone):
    clone.run("up")
    clone.installed()
    (clone.directory / "requirements.txt").write_text("a==2\n")
    clone.run("up")
    (install,) = clone.installed()
    assert "-r requirements.txt" in install
    clone.run("up")
    assert clone.installed() == []


@pytest.mark.parametrize("command", ["test", "check"])
def test_tools_are_installed_on_top_when_first_needed(clone, command):
    clone.run("up")
    clone.installed()
    (clone.venv / "keepsake").touch()
    clone.run(command)
    (install,) = clone.installed()
    assert "-r requirements-dev.txt" in install
    assert (clone.venv / "keepsake").exists()
    clone.run(command)
    clone.run("up")
    assert clone.installed() == []


def test_environment_without_stamps_is_kept(clone):
    clone.make_environment()
    (clone.venv / "keepsake").touch()
    clone.run("up")
    assert len(clone.installed()) == 1
    assert (clone.venv / "keepsake").exists()


@pytest.mark.parametrize("trouble", ["interrupted", "other python", "broken"])
def test_environment_that_cannot_be_trusted_is_made_again(clone, trouble):
    clone.run("up")
    clone.installed()
    if trouble == "interrupted":
        (clone.venv / ".installing").touch()
    elif trouble == "other python":
        clone.make_environment(version="3.13")
    else:
        (clone.venv / "bin" / "python").unlink()
    done = clone.run("up")
    assert "handed over" in done.stdout
    assert clone.installed()[0] == "made"
    clone.run("up")
    assert clone.installed() == []


@pytest.mark.parametrize(("reached", "kept"), [("Collecting a", True), ("Installing collected packages: a", False)])
def test_failed_installation_is_reported_and_tried_again(clone, reached, kept):
    """Without the packages at hand nothing was touched; in the middle of unpacking everything was."""
    clone.make_environment(install=f"echo '{reached}'; echo 'the reason'; exit 1")
    (clone.venv / "keepsake").touch()
    done = clone.run("up")
    assert done.returncode == 1
    assert "the reason" in done.stderr
    assert "run the same command again" in done.stderr
    assert done.stdout == ""
    clone.installed()
    clone.make_environment()
    assert "handed over" in clone.run("up").stdout
    assert (clone.venv / "keepsake").exists() is kept
