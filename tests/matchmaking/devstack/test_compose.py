"""docker-compose.yml cannot be run here, so its words are compared with the code: commands, names, health checks."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from matchmaking.devstack import health, up
from matchmaking.devstack.layout import PROJECT

COMPOSE = YAML(typ="safe").load((PROJECT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "dispatcher")
SETTINGS = "".join(path.read_text() for path in sorted((PROJECT / "matchmaking" / "settings").glob("*.py")))
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
READ = set(re.findall(r"""(?:required|env(?:\.\w+)?)\(\s*"([A-Z_]+)\"""", SETTINGS))
REQUIRED = set(re.findall(r"""required\(\s*"([A-Z_]+)\"""", SETTINGS))


def options(command: list[str]) -> set[str]:
    """Options with their values, however they are written: `--pool prefork` and `--pool=prefork` are one."""
    joined, words = set(), list(command)
    while words:
        word = words.pop(0)
        if word.startswith("-") and "=" not in word and words and (words[0] == "-" or words[0][0] != "-"):
            word += "=" + words.pop(0)
        joined.add(word)
    long = {"-c": "--concurrency", "-n": "--hostname", "-l": "--loglevel"}
    return {long.get(o.split("=")[0], o.split("=")[0]) + ("=" + o.split("=", 1)[1] if "=" in o else "") for o in joined}


def management_commands() -> set[str]:
    files = [*PROJECT.glob("*/management/commands/*.py"), *PROJECT.glob("matchmaking/*/management/commands/*.py")]
    return {path.stem for path in files} | {"migrate", "collectstatic"}


def test_compose_file_fits_its_schema():
    tool = Path(sys.executable).parent / "check-jsonschema"
    subprocess.run([tool, "--builtin-schema", "vendor.compose-spec", PROJECT / "docker-compose.yml"], check=True)


@pytest.mark.parametrize("name", OURS)
def test_commands_exist(name):
    command = SERVICES[name]["command"]
    assert command[0] == "python"
    if command[1] == "manage.py":
        assert command[2] in management_commands()
    else:
        assert command[:3] in (["python", "-m", "gunicorn"], ["python", "-m", "celery"])


def test_web_runs_as_under_portal_up():
    ours = options(up.web_command(3)[2:])
    theirs = options(SERVICES["web"]["command"][3:])
    # Where it listens differs by nature, and a proxy in front needs time to finish its requests.
    differing = {"--bind", "--graceful-timeout"}
    assert {o for o in ours if o.split("=")[0] not in differing} == {
        o for o in theirs if o.split("=")[0] not in differing
    }


def test_image_starts_the_web_by_default():
    (listed,) = re.findall(r"^CMD \[(.*?)\]", DOCKERFILE, re.MULTILINE | re.DOTALL)
    words = [word.strip(' ,"\\\n') for word in re.findall(r'"[^"]*"', listed)]
    assert options(words[3:]) == options(SERVICES["web"]["command"][3:])


def test_workers_run_as_under_portal_up():
    ours = options(up.worker_command("worker")[1:])
    assert ours == options(SERVICES["worker"]["command"][2:])
    assert SERVICES["worker"]["deploy"]["replicas"] >= 2


def test_dispatcher_runs_as_under_portal_up():
    assert SERVICES["dispatcher"]["command"][1:] == up.DISPATCHER_COMMAND


def test_names_in_the_environment_are_read_by_the_settings():
    for name in OURS:
        unknown = set(SERVICES[name]["environment"]) - READ
        assert not unknown, f"{name} sets {unknown}, which nothing reads"


def test_what_the_settings_require_is_set():
    assert {"SECRET_KEY", "FIELD_KEY", "ALLOWED_HOSTS", "DATABASE_URL"} <= REQUIRED
    for name in OURS:
        assert set(SERVICES[name]["environment"]) >= REQUIRED


def test_image_is_built_with_everything_that_the_settings_require():
    given = set(re.findall(r"\b([A-Z_]+)=\S*build", DOCKERFILE))
    assert given == REQUIRED


def test_image_has_compiled_what_ranks_a_batch_where_its_user_may_write():
    begun = DOCKERFILE.index("USER tongti")
    assert DOCKERFILE.index("ENV NUMBA_CACHE_DIR=") < DOCKERFILE.index("-o tongti -g tongti $NUMBA_CACHE_DIR") < begun
    assert begun < DOCKERFILE.index("RUN " + " ".join(["python", *up.WARMING_COMMAND]))


def test_no_secret_has_a_default():
    for name in ("SECRET_KEY", "FIELD_KEY", "ALLOWED_HOSTS", "DATABASE_URL"):
        assert ":?" in SERVICES["web"]["environment"][name], name
    assert SERVICES["database"]["environment"]["POSTGRES_PASSWORD"].startswith("${DATABASE_PASSWORD:?")
    text = (PROJECT / "docker-compose.yml").read_text()
    assert not re.findall(r"\$\{[A-Z_]*(?:PASSWORD|KEY|SECRET)[A-Z_]*:?-[^}]+\}", text)


def test_demonstration_is_not_switched_on():
    assert "TONGTI_EMBEDDED" not in (PROJECT / "docker-compose.yml").read_text() + DOCKERFILE


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_restarts_and_has_a_health_check(name):
    service = SERVICES[name]
    if name == "migrate":  # runs once, and the others wait for its success
        assert service["restart"] == "no"
        return
    assert service["restart"] == "unless-stopped"
    test = service["healthcheck"]["test"]
    if name in OURS:
        assert test == ["CMD", "python", "-m", "matchmaking.devstack.health", name]
        assert callable(getattr(health, name))
        waits_for = service["depends_on"]
        assert waits_for["migrate"]["condition"] == "service_completed_successfully"
        assert waits_for["database"]["condition"] == "service_healthy"


def test_database_sorts_as_the_embedded_one():
    given = shlex.split(SERVICES["database"]["environment"]["POSTGRES_INITDB_ARGS"])
    source = (PROJECT / "matchmaking" / "devstack" / "postgres.py").read_text()
    for option in ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"):
        assert option in given
        assert f'"{option}"' in source
    assert SERVICES["database"]["image"] == "pgvector/pgvector:pg18"


def test_queue_is_kept_and_never_evicts():
    command = SERVICES["queue"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_volumes_are_declared():
    used = {v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", ())}
    assert used == set(COMPOSE["volumes"])
