"""Fixtures of the whole suite: reference data once per database, and the fixed cast."""

import pytest
from django.core.management import call_command
from django.db import connection


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Load the vocabularies and programmes once; let the suite empty the append-only history between tests."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE activity_entry DISABLE TRIGGER activity_entry_no_truncate")
        load_reference_data()


def load_reference_data() -> None:
    call_command("load_vocabularies", verbosity=0)
    call_command("load_programmes", verbosity=0)


@pytest.fixture
def restore_reference_data(transactional_db):
    """For tests that commit: the flush after such a test empties every table, so fill them again before the next."""
    from importlib import import_module

    from matchmaking.vocabularies.models import StateTransition

    if not StateTransition.objects.exists():
        flows = ["catalog", "needs", "experts", "matchmaking.intake", "matchmaking.matching"]
        for module in (import_module(f"{name}.workflow") for name in flows):
            for workflow in vars(module).values():
                if type(workflow).__name__ == "Workflow":
                    StateTransition.objects.bulk_create(
                        StateTransition(noun=workflow.noun, source=source, target=target)
                        for source, target in workflow.pairs
                    )
        load_reference_data()
