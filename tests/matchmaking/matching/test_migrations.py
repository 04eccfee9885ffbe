"""Migrations of matching can be taken back over rows that only the later tables know."""

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from matchmaking.matching.enums import RunScope, Variant
from matchmaking.matching.models import Assignment, MatchRun
from tests.factories.catalog import AchievementFactory

pytestmark = pytest.mark.django_db
WISHED = ("matching", "0010_wished_lists")
BEFORE = ("matching", "0009_match_probability")


def test_the_wished_lists_can_be_taken_back_and_made_again(need):
    run = MatchRun.objects.create(scope=RunScope.ALL)
    achievement = AchievementFactory(state="accepted")
    for variant in Variant.values:
        Assignment.objects.create(run=run, variant=variant, need=need, achievement=achievement, position=1, score=0.5,
                                  because="best")  # fmt: skip
    loader = MigrationLoader(connection)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks that wait cannot be altered
    for carry_out in ("unapply", "apply"):
        with connection.schema_editor(collect_sql=False, atomic=True) as editor:
            getattr(loader.get_migration(*WISHED), carry_out)(loader.project_state(BEFORE), editor)
    assert set(Assignment.objects.values_list("variant", flat=True)) == set(Variant.assigned())
