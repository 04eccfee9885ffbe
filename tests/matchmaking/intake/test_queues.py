"""The boxes of a queue, as a browser sends them."""

from uuid import uuid4

import pytest

from matchmaking.intake.queues import ticked


@pytest.mark.parametrize("version", ["", "x", "-1", "１", "9" * 10, "9" * 5_000])
def test_a_box_whose_version_is_none_is_left_out(version):
    good = uuid4()
    assert ticked([f"{uuid4()}:{version}", f"{good}:12", "nonsense:1"]) == {str(good): 12}
