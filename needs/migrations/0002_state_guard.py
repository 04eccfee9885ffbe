"""Write the legal moves of a technical need to the database and put the trigger on its table."""

from django.db import migrations

from matchmaking.common.workflow import guard_states
from needs.workflow import TECH_NEED


class Migration(migrations.Migration):
    dependencies = [("needs", "0001_initial"), ("vocabularies", "0002_transition_guard")]

    operations = guard_states(TECH_NEED)
