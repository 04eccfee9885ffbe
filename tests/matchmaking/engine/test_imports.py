"""What importing the engine costs the process that does it."""

from __future__ import annotations

import subprocess
import sys

import pytest

NUMERICAL = ("numpy", "scipy")
NEVER = ("numba", "sklearn", "ortools", "django", "celery")


def loaded_after(statement):
    code = f"import sys; {statement}; print(*sorted(name for name in sys.modules if '.' not in name))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize("module", ["types", "policy", "text", "statistics", "checks", "metrics", "indicators"])
def test_the_light_modules_load_no_numerical_library(module):
    assert loaded_after(f"import matchmaking.engine.{module}").isdisjoint((*NUMERICAL, *NEVER, "rjieba"))


def test_ranking_loads_numpy_and_scipy_and_nothing_heavier():
    loaded = loaded_after("import matchmaking.engine.ranking")
    assert loaded.issuperset(NUMERICAL)
    assert loaded.isdisjoint(NEVER)


def test_the_assignment_does_without_what_the_solver_names_for_other_uses():
    refusing = "sys.modules['pandas'] = None"
    assert "ortools" in loaded_after(f"{refusing}; import matchmaking.engine.assignment")
