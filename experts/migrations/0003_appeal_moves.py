"""Let an appeal that is upheld put a refused expert back into review. Going back leaves the wider table: the former code asks for fewer moves."""

from django.db import migrations

from experts.workflow import EXPERT
from matchmaking.common.workflow import guard_states


class Migration(migrations.Migration):
    dependencies = [("experts", "0002_state_guard"), ("vocabularies", "0002_transition_guard")]

    operations = [migrations.RunSQL(guard_states(EXPERT)[0].sql, migrations.RunSQL.noop)]
