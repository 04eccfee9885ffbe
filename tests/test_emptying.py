"""What a committing test leaves is gone before the next, the append-only history too."""

from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection

from matchmaking.activity.models import Entry
from matchmaking.vocabularies.models import Region

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("restore_reference_data")]


def test_a_flush_leaves_no_row_anywhere(enterprise_lead):
    Entry.objects.create(verb="tested", object_kind="user", object_id=uuid4(), actor_id=enterprise_lead.pk)
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    assert Region.objects.exists()
    call_command("flush", verbosity=0, interactive=False, reset_sequences=False, inhibit_post_migrate=True)
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            assert cursor.fetchone() == (0,), table
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)
