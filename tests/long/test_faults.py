"""Faults while work is posted: the outcome must equal the undisturbed one, and without the guard it must not.

`./portal test tests/long/test_faults.py --faults 200 --seed 7` runs the full form. The seed is printed; it decides
which faults come, in which order and after which pauses (the machine decides what exactly they hit).
"""

import json
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.long.rig import Poster, Rig, Server

WORKLOADS = {"ledger": "tests.long.workloads.Ledger"}
LONGEST_DRAIN = 60.0  # seconds from the last fault until everything is done
STANDSTILL = 10.0  # seconds without any progress after which the control is told lost


def run_once(
    server: Server, template: str, directory: Path, workload: str, *, posts: int, faults: int, seed: int, guarded: bool
) -> dict[str, Any]:
    """Post while faults happen, drain, and return the outcome and the figures of the run."""
    database = f"{template}_{directory.name[-20:]}"
    server.run(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
    rig = Rig(directory, server, database, WORKLOADS[workload], guarded=guarded)
    try:
        with rig.running() as poster:
            begun = time.monotonic()
            happened = _disturb(rig, poster, posts=posts, faults=faults, chance=random.Random(seed))
            calm = time.monotonic()
            state = _drain(rig, poster, limit=LONGEST_DRAIN if faults else 10 * LONGEST_DRAIN, patient=guarded)
            return {
                "digest": poster.ask("digest"),
                **poster.ask("facts"),
                **state,
                "faults": dict(happened),
                "revived": dict(rig.revived),
                "seconds": round(time.monotonic() - begun, 1),
                "drain": round(time.monotonic() - calm, 1),
            }
    finally:
        server.drop(database)


def _disturb(rig: Rig, poster: Poster, *, posts: int, faults: int, chance: random.Random) -> Counter[str]:
    """Spread the posts over the faults; with no faults, post as fast as it goes."""
    happened: Counter[str] = Counter()
    posted = 0
    kinds = rig.faults()
    plan = [(chance.choice(sorted(kinds)), chance.uniform(0.05, 0.9)) for _fault in range(faults)]
    for number, (kind, pause) in enumerate(plan, start=1):
        while posted < posts * number // faults:
            poster.ask(f"post {posted}")
            posted += 1
        kinds[kind](chance)
        happened[kind] += 1
        _tend_for(rig, pause)
    for number in range(posted, posts):
        poster.ask(f"post {number}")
    return happened


def _tend_for(rig: Rig, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        rig.tend()
        time.sleep(0.02)


def _drain(rig: Rig, poster: Poster, *, limit: float, patient: bool) -> dict[str, Any]:
    """Wait until no job is open and no mail unsent; without patience give up when nothing moves any more."""
    until = time.monotonic() + limit
    state, moved_at = poster.ask("state"), time.monotonic()
    while (state["open"] or state["unsent"]) and time.monotonic() < until:
        _tend_for(rig, 0.2)
        seen = poster.ask("state")
        if seen != state:
            state, moved_at = seen, time.monotonic()
        elif not patient and time.monotonic() - moved_at > STANDSTILL:
            break
    return state


@pytest.fixture(scope="module")
def size(pytestconfig: pytest.Config) -> dict[str, int]:
    faults = pytestconfig.getoption("--faults")
    return {"faults": faults, "posts": max(faults, 20), "seed": pytestconfig.getoption("--seed")}


@pytest.fixture(scope="module", params=sorted(WORKLOADS))
def calm(
    request: pytest.FixtureRequest, server: Server, template: str, tmp_path_factory: pytest.TempPathFactory, size: dict
) -> tuple[str, dict[str, Any]]:
    """The undisturbed run of a workload."""
    directory = tmp_path_factory.mktemp(f"calm_{request.param}")
    options = size | {"faults": 0, "guarded": True}
    return request.param, run_once(server, template, directory, request.param, **options)


def test_the_outcome_survives_faults(calm, server, template, tmp_path, size) -> None:
    workload, expected = calm
    outcome = run_once(server, template, tmp_path, workload, **size, guarded=True)
    print(json.dumps({"workload": workload, **size, **outcome}))
    assert outcome["open"] == outcome["dead"] == outcome["unsent"] == 0
    assert outcome["digest"] == expected["digest"]
    assert outcome["notifications"] == outcome["expected_notifications"] == expected["notifications"]
    assert outcome["mails"] == expected["mails"]
    assert outcome["drain"] <= LONGEST_DRAIN


def test_without_lease_and_fence_work_is_lost(calm, server, template, tmp_path, size) -> None:
    """The control: the same faults must show, or the test above proves nothing."""
    workload, expected = calm
    outcome = run_once(server, template, tmp_path, workload, **size, guarded=False)
    print(json.dumps({"workload": workload, "guarded": False, **size, **outcome}))
    assert outcome["open"] > 0 or outcome["digest"] != expected["digest"]
