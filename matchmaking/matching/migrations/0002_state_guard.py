"""Write the legal moves of a match to the database and put the trigger on its table."""

from django.db import migrations

from matchmaking.common.workflow import guard_states
from matchmaking.matching.workflow import MATCH


class Migration(migrations.Migration):
    dependencies = [("matching", "0001_initial"), ("vocabularies", "0002_transition_guard")]

    operations = guard_states(MATCH)
