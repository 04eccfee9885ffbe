"""A right that ends is denied at the very next request, on open pages, polls, downloads and by token.

The full form, with two hundred of them, stands in tests/long/test_revocations.py.
"""

import pytest

from tests.revoking.cases import CASES, faults

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_what_ended_is_denied_at_the_next_request(case):
    asked, wrong = faults(case())
    assert (asked > 0, wrong) == (True, [])
