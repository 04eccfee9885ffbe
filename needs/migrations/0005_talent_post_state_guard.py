"""Write the legal moves of a talent post to the database and put the trigger on its table."""

from django.db import migrations

from matchmaking.common.workflow import guard_states
from needs.talent.workflow import TALENT_POST


class Migration(migrations.Migration):
    dependencies = [("needs", "0004_talent_posts"), ("vocabularies", "0002_transition_guard")]

    operations = guard_states(TALENT_POST)
