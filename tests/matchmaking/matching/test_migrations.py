"""Migrations of matching can be taken back over rows that only the later tables know."""

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from matchmaking.matching.enums import RunScope, Variant
from matchmaking.matching.models import Assignment, ContactReveal, Disclosure, Match, MatchRun
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


LADDER = ("matching", "0017_disclosure_ladder")
NAMED = ("matching", "0016_contact_reveals")
UNTOLD = ("matching", "0015_reasons_stay_as_they_are")


def test_the_ladder_can_be_taken_back_and_made_again(need, researcher, enterprise_lead):
    """A match by interest becomes one by hand; what contact data were shown stays in its ledger."""
    match = Match.objects.create(need=need, achievement=AchievementFactory(state="accepted"), origin="sealed",
                                 proposed_by=researcher, need_text_version=1, target_text_version=1)  # fmt: skip
    ContactReveal.objects.create(match=match, side="enterprise", shown_to=researcher)
    Disclosure.objects.create(match=match, side="enterprise", step="problem", opened_by=enterprise_lead)
    loader = MigrationLoader(connection)

    def carry_out(how, migration, before):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks that wait cannot be altered
        with connection.schema_editor(collect_sql=False, atomic=True) as editor:
            getattr(loader.get_migration(*migration), how)(loader.project_state(before), editor)

    carry_out("unapply", LADDER, NAMED)
    carry_out("unapply", NAMED, UNTOLD)
    with connection.cursor() as cursor:
        cursor.execute("SELECT origin FROM matching_match")
        assert cursor.fetchall() == [("human",)]
        cursor.execute("SELECT side FROM matching_disclosure")
        assert cursor.fetchall() == [("enterprise",)]
    carry_out("apply", NAMED, UNTOLD)
    carry_out("apply", LADDER, NAMED)
    assert (ContactReveal.objects.count(), Disclosure.objects.count()) == (1, 0)
