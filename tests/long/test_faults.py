"""Faults while work is posted: the outcome must equal the undisturbed one, and without the guard it must not.

`./portal test tests/long/test_faults.py --faults 200 --seed 7` runs the full form; the short one of the suite has
twenty faults, over the written sample records alone. The seed is printed; it decides which faults come, in which order
and after which pauses (the machine decides what exactly they hit).
"""

import json
import random
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests import compiling
from tests.long.conftest import database
from tests.long.rig import Poster, Rig, Server
from tests.tables import Tables

WORKLOADS = {name.lower(): f"tests.long.workloads.{name}" for name in ("Ledger", "Matching", "Portal")}
LONGEST_DRAIN = 60.0  # seconds from the last fault until everything is done
STANDSTILL = 7.0  # seconds without any progress after which the control is told lost; longer than any lease
CONTROLS = 3  # runs in which the control must lose something: a few faults may all miss


@dataclass(frozen=True)
class Trial:
    """One workload, and how it is disturbed."""

    server: Server
    template: str
    workload: str
    posts: int
    faults: int
    seed: int

    def plan(self) -> list[tuple[str, float]]:
        """Each kind of fault equally often, in an order and with pauses that the seed decides."""
        chance = random.Random(self.seed)
        kinds = sorted(Rig.FAULTS)
        deck = (kinds * (self.faults // len(kinds) + 1))[: self.faults]
        chance.shuffle(deck)
        return [(kind, chance.uniform(0.05, 0.9)) for kind in deck]

    def run_calmly(self, directory: Path) -> dict[str, Any]:
        """The undisturbed run: the same posts, worked off by one process without any broker."""
        with database(self.server, self.template) as name:
            poster = Poster(Rig(directory, self.server, name, WORKLOADS[self.workload]))
            try:
                for number in range(self.posts):
                    poster.ask(f"post {number}")
                poster.ask("work")
                return _outcome(poster)
            finally:
                poster.end()

    def run(self, directory: Path, *, guarded: bool) -> dict[str, Any]:
        """Post while faults happen, drain, and return the outcome and the figures; they are printed as well."""
        with database(self.server, self.template) as name:
            rig = Rig(directory, self.server, name, WORKLOADS[self.workload], guarded=guarded)
            with rig.running() as poster:
                begun = time.monotonic()
                happened = _disturb(rig, poster, self.posts, self.plan())
                calm = time.monotonic()
                _drain(rig, poster, patient=guarded)
                figures = {
                    "faults": dict(happened),
                    "revived": dict(rig.revived),
                    "seconds": round(time.monotonic() - begun, 1),
                    "drain": round(time.monotonic() - calm, 1),
                }
                outcome = _outcome(poster) | figures
        print(json.dumps({"workload": self.workload, "seed": self.seed, "guarded": guarded, **outcome}))
        return outcome


def _outcome(poster: Poster) -> dict[str, Any]:
    return {"digest": poster.ask("digest"), **poster.ask("facts"), **poster.ask("state")}


def _disturb(rig: Rig, poster: Poster, posts: int, plan: list[tuple[str, float]]) -> Counter[str]:
    """Spread the posts over the faults, and tend what they broke."""
    happened: Counter[str] = Counter()
    chance = random.Random(len(plan))
    posted = 0
    for number, (kind, pause) in enumerate(plan, start=1):
        while posted < posts * number // len(plan):
            poster.ask(f"post {posted}")
            posted += 1
        rig.cause(kind, chance)
        happened[kind] += 1
        _tend_for(rig, pause)
    return happened


def _tend_for(rig: Rig, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        rig.tend()
        time.sleep(0.02)


def _drain(rig: Rig, poster: Poster, *, patient: bool) -> None:
    """Wait until no job is open and no mail unsent; without patience give up when nothing moves any more."""
    until = time.monotonic() + LONGEST_DRAIN
    state, moved_at = poster.ask("state"), time.monotonic()
    while (state["open"] or state["unsent"]) and time.monotonic() < until:
        _tend_for(rig, 0.2)
        seen = poster.ask("state")
        if seen != state:
            state, moved_at = seen, time.monotonic()
        elif not patient and time.monotonic() - moved_at > STANDSTILL:
            return


@pytest.fixture(scope="module")
def trial(pytestconfig: pytest.Config, server: Server, made_tables: Tables, prepared) -> Trial:
    compiling.once(made_tables.folder)  # else each worker compiles for itself what ranks, and again when it was killed
    workload, faults = pytestconfig.getoption("--workload"), pytestconfig.getoption("--faults")
    template = prepared(WORKLOADS[workload])
    return Trial(server, template, workload, max(faults, 20), faults, pytestconfig.getoption("--seed"))


@pytest.fixture(scope="module")
def calm(trial: Trial, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    outcome = trial.run_calmly(tmp_path_factory.mktemp("calm"))
    assert outcome["open"] == outcome["dead"] == outcome["unsent"] == 0
    return outcome


def test_the_outcome_survives_faults(trial: Trial, calm: dict[str, Any], tmp_path: Path) -> None:
    outcome = trial.run(tmp_path, guarded=True)
    assert outcome["open"] == outcome["dead"] == outcome["unsent"] == 0
    assert outcome["digest"] == calm["digest"]
    assert outcome["notifications"] == outcome["expected_notifications"] == calm["notifications"]
    assert outcome["mails"] == calm["mails"]
    assert outcome["drain"] <= LONGEST_DRAIN


def test_without_lease_and_fence_work_is_lost(trial: Trial, calm: dict[str, Any], tmp_path: Path) -> None:
    """The control: the same faults must show, or the test above proves nothing."""
    for number in range(CONTROLS):
        directory = tmp_path / str(number)
        outcome = replace(trial, seed=trial.seed + number).run(directory, guarded=False)
        if outcome["open"] > 0 or outcome["digest"] != calm["digest"]:
            return
    pytest.fail(f"nothing was lost in {CONTROLS} runs without the guard")
