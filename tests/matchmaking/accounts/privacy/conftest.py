"""A person in the pool, and the work that waits."""

import pytest

from matchmaking.jobs import runner
from matchmaking.jobs.models import Job
from tests.factories.experts import make_expert


@pytest.fixture
def expert(university, university_officer, expert_user):
    """In the pool, public, with an account, contact data and a consent."""
    return make_expert(university, university_officer, user=expert_user, name="专家甲")


@pytest.fixture
def run_jobs(db):
    """`run_jobs(kind, ...)` carries out what waits of these kinds; returns how many."""

    def run(*kinds: str) -> int:
        waiting = list(Job.objects.filter(state="queued", kind__in=kinds).order_by("pk"))
        for job in waiting:
            assert runner.run(job.pk, raise_errors=True) == "done"
        return len(waiting)

    return run
