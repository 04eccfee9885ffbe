"""Let an appeal that is upheld put a rejected post back into review. Going back leaves the wider table: the former code asks for fewer moves."""

from django.db import migrations

from matchmaking.common.workflow import guard_states
from needs.talent.workflow import TALENT_POST


class Migration(migrations.Migration):
    dependencies = [("needs", "0008_same_challenge"), ("vocabularies", "0002_transition_guard")]

    operations = [migrations.RunSQL(guard_states(TALENT_POST)[0].sql, migrations.RunSQL.noop)]
