"""Many worlds that change at random: an incremental run finds bit for bit what a full run finds.

`./portal test tests/long/test_incremental.py --worlds 30` is the full form, some minutes; without the option a few run.
"""

import pytest

from tests.matchmaking.matching.incremental import World, assert_equal_after, keep_small, run_all

pytestmark = pytest.mark.django_db
ROUNDS = 5
FIRST = 100  # the numbers before it belong to the smaller worlds of tests/matchmaking/matching


def pytest_generate_tests(metafunc):
    metafunc.parametrize("seed", range(FIRST, FIRST + metafunc.config.getoption("--worlds")))


def test_incremental_equals_full(
    seed, monkeypatch, enterprise, enterprise_lead, university, university_officer, researcher
):
    keep_small(monkeypatch, MOST_CHANGED=99, SHARD=3, MERGED=5)
    people = enterprise, enterprise_lead, university, university_officer, researcher
    world = World(seed, people, needs=12, achievements=25, experts=12)
    run_all()
    based = 0
    for _round in range(ROUNDS):
        short, _acts = assert_equal_after(world, how_many=world.rng.randint(1, 6))
        based += short.base is not None
    assert based == ROUNDS
