"""Write the legal moves of an upload to the database and put the trigger on its table."""

from django.db import migrations

from matchmaking.common.workflow import guard_states
from matchmaking.intake.workflow import IMPORT_BATCH


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial"), ("vocabularies", "0002_transition_guard")]

    operations = guard_states(IMPORT_BATCH)
