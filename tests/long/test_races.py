"""A thousand races of two people over every decision of the portal (`--races 1000`)."""

import json
from collections import Counter

import pytest

from tests.deciding.desks import DESKS, Office
from tests.deciding.racing import entries, faults, run, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("restore_reference_data")]


def test_races(record_property, pytestconfig):
    office = Office()
    clients = signed_in(office)
    wrong, won = [], Counter()
    total = pytestconfig.getoption("--races")
    for number in range(total):
        desk = DESKS[number % len(DESKS)]
        race = desk(office)
        before = entries(race)
        answers = run(race, clients, swapped=bool(number // len(DESKS) % 2))
        found = faults(race, answers, office, before)
        wrong += [f"{desk.__name__} {number}: {one}" for one in found]
        won[[getattr(one, "status_code", 0) for one in answers].index(302) if not found else -1] += 1
    record_property("figures", json.dumps({
        "races": total, "desks": len(DESKS), "one_winner": total - len(wrong), "first_won": won[0],
        "second_won": won[1], "faults": len(wrong),
    }))  # fmt: skip
    assert wrong == []
