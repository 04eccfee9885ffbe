"""How a parallel run spreads the tests: what shares something costly stays in one process and begins first.

The marks of `--dist loadgroup` do nothing with pytest 9.2 (pytest-xdist issue 1386), hence the names of the places.
"""

from xdist.scheduler import LoadScopeScheduling

TOGETHER = (
    "tests/journeys/",  # one portal and one browser
    "tests/long/test_faults.py",  # one undisturbed run
    "tests/long/test_workers.py",  # one prepared database
)


class Spreading(LoadScopeScheduling):
    """Groups come first, the largest of them foremost; then single tests as they are collected."""

    def _split_scope(self, nodeid: str) -> str:
        return next((place for place in TOGETHER if nodeid.startswith(place)), nodeid)
