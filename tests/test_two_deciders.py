"""Two people decide on one record at the same moment: one wins, the other reads who was faster and when.

The full form, with a thousand races, stands in tests/long/test_races.py.
"""

import pytest

from tests.deciding.desks import DESKS, Office
from tests.deciding.racing import entries, faults, run, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("restore_reference_data")]
ROUNDS = 2


def test_exactly_one_of_two_wins_at_every_desk():
    office = Office()
    clients = signed_in(office)
    found = {}
    for desk in DESKS:
        for number in range(ROUNDS):
            race = desk(office)
            before = entries(race)
            wrong = faults(race, run(race, clients, swapped=bool(number % 2)), office, before)
            if wrong:
                found[f"{desk.__name__} {number}"] = wrong
    assert found == {}
