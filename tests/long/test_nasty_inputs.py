"""Every form and parameter of every part, each value of `tests/nasty.py`: no error of ours, no trace, no echo.

    ./portal test tests/long/test_nasty_inputs.py

The suite runs the short form (`tests/test_nasty_inputs.py`).
"""

import random

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from matchmaking.accounts.models import User
from matchmaking.accounts.selectors import PERSONA_PREFIX
from tests.nasty import VALUES, pages_of, send, tries, troubles

pytestmark = pytest.mark.django_db


def test_no_value_in_any_field_breaks_a_page(pytestconfig, record_property):
    if "test_nasty_inputs" not in " ".join(map(str, pytestconfig.args)):
        pytest.skip("run tests/long/test_nasty_inputs.py by name")
    call_command("seed", verbosity=0, no_matching=True)
    with connection.cursor() as cursor:  # what the seed leaves to be checked is checked once, and not at every form
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    chosen = random.Random(pytestconfig.getoption("seed"))
    seen, found, sent = set(), [], 0
    for person in [*User.objects.filter(username__startswith=PERSONA_PREFIX).order_by("username"), None]:
        client = Client(raise_request_exception=False)
        if person is not None:
            client.force_login(person)
        for page in pages_of(client, ["/", "/accounts/login/", "/accounts/signup/"], most=400):
            for form in page.forms:
                if form.place in seen:
                    continue
                seen.add(form.place)
                for value, values in tries(form, chosen, every=True):
                    sent += 1
                    if trouble := troubles(*send(client, form, values), value):
                        found.append((trouble, form.method, form.action, value[:40]))
    record_property("figures", {"forms": len(seen), "values": len(VALUES), "sent": sent, "troubles": len(found)})
    assert len(seen) > 50
    assert found == []
