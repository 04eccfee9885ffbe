"""Let an appeal that is upheld put a refused team back into review; a team in the pool is changed without leaving it."""

from django.db import migrations

from experts.teams.workflow import TEAM
from matchmaking.common.workflow import guard_states


# Going back leaves the move of the appeal, for which the former code does not ask.
FORMER = (
    "INSERT INTO vocabularies_statetransition (noun, source, target) VALUES ('experts_team', 'in_pool', 'draft') "
    "ON CONFLICT DO NOTHING"
)


class Migration(migrations.Migration):
    dependencies = [("experts", "0005_same_person"), ("vocabularies", "0002_transition_guard")]

    operations = [migrations.RunSQL(guard_states(TEAM)[0].sql, FORMER)]
