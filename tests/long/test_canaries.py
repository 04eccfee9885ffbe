"""At least 500 canaries in confidential and personal fields, and a crawl of everything as each of 32 principals.

pytest tests/long/test_canaries.py --principals all --addresses 0 -n 4: the full form
"""

import logging
import random

import pytest

from tests.canaries.cast import EVERYBODY
from tests.canaries.reporting import figures, told
from tests.canaries.sessions import few, session

pytestmark = pytest.mark.django_db
GROUPS = 8
FEW = ("anonymous", "foreign_owner", "miit", "transfer")


def said(walk, name):
    """What was found so far: a full crawl takes long."""
    logging.getLogger("canaries").warning("%s: %s\n%s", name, figures(walk), told(walk))


def groups(config):
    if config.getoption("--principals") != "all":
        wanted = config.getoption("--principals")
        return [FEW] if wanted == "few" else [tuple(group.split("+")) for group in wanted.split(",")]
    names = sorted(EVERYBODY)
    return [tuple(names[start::GROUPS]) for start in range(GROUPS)]


def pytest_generate_tests(metafunc):
    if "principals" in metafunc.fixturenames:
        metafunc.parametrize("principals", groups(metafunc.config), ids="+".join)


def test_nobody_meets_a_canary_that_is_not_his(principals, login, monkeypatch, record_property, pytestconfig):
    seed, most = pytestconfig.getoption("--seed"), pytestconfig.getoption("--addresses")
    small = few(random.Random(seed)) if most else None
    walk = session(login, monkeypatch, principals, seed=seed, take=small, most=most, after=said)
    record_property("figures", figures(walk, principals=len(principals)))
    assert len(walk.world.garden.plants) >= 500
    assert (told(walk), walk.errors) == ("", [])
