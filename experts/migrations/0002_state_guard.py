"""Write the legal moves of an expert to the database and put the trigger on its table."""

from django.db import migrations

from matchmaking.common.workflow import guard_states
from experts.workflow import EXPERT


class Migration(migrations.Migration):
    dependencies = [("experts", "0001_initial"), ("vocabularies", "0002_transition_guard")]

    operations = guard_states(EXPERT)
