"""The portal runs with a database role that makes no tables and cannot change the history (`limit_database_role`)."""

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.urls import reverse

from matchmaking.accounts.models import User
from matchmaking.activity import sealing
from matchmaking.activity.models import Entry, Seal
from matchmaking.activity.services import record
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.jobs.services import enqueue
from tests.factories.needs import make_need
from tests.matchmaking.accounts.sign_in.people import is_signed_in, person, sign_in

pytestmark = pytest.mark.django_db
ROLE = "tongti_limited_test"


def run(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def limited():
    """`limited()` goes on as the limited role, until the transaction of the test is undone, the role with it."""
    run(f"CREATE ROLE {ROLE} NOLOGIN")
    call_command("limit_database_role", ROLE, verbosity=0)
    return lambda: run(f"SET LOCAL ROLE {ROLE}")


def test_people_sign_in_write_read_and_jobs_run(limited, client, enterprise_lead, login):
    person()
    need = make_need(owner=enterprise_lead.memberships.get().organisation, by=enterprise_lead, state="draft")
    limited()
    sign_in(client)
    assert is_signed_in(client)
    lead = login(enterprise_lead)
    for address in ("/", "/needs/", need.get_absolute_url(), reverse("finding:search"), reverse("privacy:my_data")):
        assert lead.get(address).status_code == 200, address
    answer = lead.post(reverse("accounts:profile"), {"full_name": "改名的人", "language": "zh-hans"})
    assert (answer.status_code, User.objects.get(pk=enterprise_lead.pk).full_name) == (302, "改名的人")
    enqueue(kind="carry_out_retention", args={})
    assert {state for _kind, state in run_due_jobs()} == {"done"}
    record(by=enterprise_lead, verb="need.edited", about=need, kind="need")
    assert sealing.seal_entries() > 0
    assert Seal.objects.count() == Entry.objects.count()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE activity_entry SET verb = 'x'", "DELETE FROM activity_entry", "TRUNCATE activity_entry",
        "DELETE FROM activity_seal", "UPDATE activity_anchor SET position = 0", "DELETE FROM intake_recordversion",
        "ALTER TABLE activity_entry DISABLE TRIGGER ALL", "DROP TABLE needs_techneed", "CREATE TABLE mine (a int)",
        "TRUNCATE accounts_user CASCADE", "DROP TRIGGER activity_entry_no_truncate ON activity_entry",
        "INSERT INTO vocabularies_statetransition (noun, source, target) VALUES ('need', 'draft', 'published')",
        "DELETE FROM django_migrations", "SET session_replication_role = replica", "CREATE ROLE other",
    ],
)  # fmt: skip
def test_what_reaches_behind_the_portal_is_refused(limited, statement):
    limited()
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        run(statement)


def test_a_role_that_grants_cannot_limit_is_refused():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        owner = cursor.fetchone()[0]
    with pytest.raises(CommandError, match="superuser"):
        call_command("limit_database_role", owner, verbosity=0)
    with pytest.raises(CommandError, match="no database role"):
        call_command("limit_database_role", "nobody_of_this_name", verbosity=0)
