"""Work is a row: nothing talks to the broker but the dispatcher (house law 5)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ["matchmaking", "catalog", "needs", "experts"]
DISPATCHER = "matchmaking/jobs/dispatcher.py"
CELERY_CALLS = {"chord", "group", "chain", "chunks", "starmap"}
TIMING = {"countdown", "eta"}
TASKS = "matchmaking/jobs/tasks.py"


def offences(source: str, path: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            found += _call_offences(node, path)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "celery":
            names = {alias.name for alias in node.names}
            found += [f"{path}:{node.lineno} imports {name}" for name in sorted(names & CELERY_CALLS)]
            found += [f"{path}:{node.lineno} makes a task" for name in names & {"shared_task"} if path != TASKS]
    return found


def _call_offences(node: ast.Call, path: str) -> list[str]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    found = []
    if name in {"delay", "delay_on_commit", "apply_async_on_commit", "send_task"}:
        found.append(f"{path}:{node.lineno} .{name}()")
    if name == "apply_async" and path != DISPATCHER:
        found.append(f"{path}:{node.lineno} .{name}()")
    if name in {"apply_async", "retry", "signature", "subtask"}:
        found += [f"{path}:{node.lineno} {word.arg}=" for word in node.keywords if word.arg in TIMING]
    return found


def test_only_the_dispatcher_talks_to_the_broker():
    found = []
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            found += offences(file.read_text(), file.relative_to(ROOT).as_posix())
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "run_job.delay(1)",
        "run_job.delay_on_commit(1)",
        "run_job.apply_async((1,))",
        "app.send_task('run_job')",
        "from celery import chord",
        "from celery import group, signature",
        "from celery import shared_task",
        "task.retry(countdown=5)",
        "run_job.apply_async((1,), eta=now)",
    ],
)
def test_the_lint_has_teeth(line):
    assert offences(line, "matchmaking/somewhere.py")


def test_it_knows_the_one_place():
    assert offences("run_job.apply_async((1,), retry=False)", DISPATCHER) == []
    assert offences("from celery import Task, shared_task", TASKS) == []
