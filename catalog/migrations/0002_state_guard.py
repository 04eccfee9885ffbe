"""Write the legal moves of an achievement to the database and put the trigger on its table."""

from django.db import migrations

from matchmaking.common.workflow import guard_states
from catalog.workflow import ACHIEVEMENT


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial"), ("vocabularies", "0002_transition_guard")]

    operations = guard_states(ACHIEVEMENT)
