"""Two officers at the same moment, each on a connection of his own: the second waits, sees what the first has done, and
fills no room twice."""

# ruff: noqa: F811 (fixtures of another module)

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from matchmaking.matching.enums import MatchState
from matchmaking.matching.models import Match
from matchmaking.matching.services.releasing import release_assigned
from matchmaking.matching.services.review import release_match
from tests.factories.experts import make_expert
from tests.factories.matching import MatchFactory
from tests.factories.needs import make_need
from tests.factories.teams import make_team
from tests.matchmaking.matching.test_releasing import assigned, offers, two_places  # noqa: F401 (fixtures)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("restore_reference_data")]


def one_after_the_other(first, second):
    """What both return; the second begins before the first has committed, and must wait for it."""

    def beside():
        try:
            return second()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            found = first()
            waiting = thread.submit(beside)
            assert waits_for_a_lock(waiting)
        return found, waiting.result(timeout=20)


def waits_for_a_lock(running):
    """Whether what runs beside has to wait for us; not, when it comes to its end."""
    sql = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    until = time.monotonic() + 20
    while not running.done() and time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            if cursor.fetchone()[0]:
                return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("kind", ["achievement", "expert"])
def test_one_target_is_not_given_to_two_needs_beyond_what_it_takes(
    enterprise,
    enterprise_lead,
    university,
    university_officer,
    offers,
    secretary,
    kind,
):
    target = offers[0] if kind == "achievement" else make_expert(university, university_officer)
    places = [assigned(make_need(enterprise, enterprise_lead), [target])[-1:] for _number in range(2)]
    assert places[0][0].need != places[1][0].need
    (done, _none), (nothing, passed) = one_after_the_other(
        *(lambda of=of: release_assigned(by=secretary, places=of) for of in places)
    )
    assert (len(done), nothing, len(passed)) == (1, [], 1)
    assert Match.objects.filter(state=MatchState.RELEASED).count() == 1


def test_one_need_is_not_given_more_than_its_places(need, offers, secretary, settings):
    places = assigned(need, offers[:2])
    settings.MATCHES_PER_NEED = {"achievement": 1, "expert": 1}
    (done, _none), (nothing, passed) = one_after_the_other(
        *(lambda of=of: release_assigned(by=secretary, places=[of]) for of in places)
    )
    assert (len(done), nothing, len(passed)) == (1, [], 1)


def test_a_team_and_its_lead_are_one_person(
    need, enterprise, enterprise_lead, university, university_officer, secretary
):
    lead = make_expert(university, university_officer)
    places = assigned(need, [lead])
    team = make_team(lead, university_officer)
    match = MatchFactory(need=make_need(enterprise, enterprise_lead), achievement=None, team=team)
    _released, (nothing, passed) = one_after_the_other(
        lambda: release_match(by=secretary, match=match), lambda: release_assigned(by=secretary, places=places)
    )
    assert (nothing, len(passed)) == ([], 1)
    assert not Match.objects.filter(expert=lead).exists()
