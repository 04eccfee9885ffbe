"""Two hundred rights that end (`--revocations 200`): each is denied at the very next request."""

import json

import pytest

from tests.revoking.cases import CASES, faults

pytestmark = pytest.mark.django_db


def test_revocations(record_property, pytestconfig):
    total, asked, wrong = pytestconfig.getoption("--revocations"), 0, []
    for number in range(total):
        case = CASES[number % len(CASES)]
        addresses, found = faults(case())
        asked += addresses
        wrong += [f"{case.__name__} {number}: {one}" for one in found]
    record_property("figures", json.dumps({"revocations": total, "cases": len(CASES), "addresses": asked,
                                           "denied": asked - len(wrong), "faults": len(wrong)}))  # fmt: skip
    assert wrong == []
