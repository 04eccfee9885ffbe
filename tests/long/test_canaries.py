"""At least 500 canaries in confidential and personal fields, and a crawl of everything as each of 32 principals.

    pytest tests/long/test_canaries.py --principals all -n 4        the full form: four groups beside each other
"""

import pytest

from tests.canaries.cast import EVERYBODY
from tests.canaries.reporting import figures, told
from tests.canaries.sessions import session

pytestmark = pytest.mark.django_db
GROUPS = 8
FEW = ("anonymous", "foreign_owner", "miit", "transfer")


def groups(config):
    if config.getoption("--principals") != "all":
        wanted = config.getoption("--principals")
        return [FEW] if wanted == "few" else [tuple(group.split("+")) for group in wanted.split(",")]
    names = sorted(EVERYBODY)
    return [tuple(names[start::GROUPS]) for start in range(GROUPS)]


def pytest_generate_tests(metafunc):
    if "principals" in metafunc.fixturenames:
        metafunc.parametrize("principals", groups(metafunc.config), ids=lambda names: "+".join(names))


def test_nobody_meets_a_canary_that_is_not_his(principals, login, monkeypatch, record_property, pytestconfig):
    walk = session(login, monkeypatch, principals, seed=pytestconfig.getoption("--seed"))
    record_property("figures", figures(walk, principals=len(principals)))
    assert len(walk.world.garden.plants) >= 500
    assert told(walk) == ""
