"""Let an appeal that is upheld put a rejected need back into review. Going back leaves the wider table: the former code asks for fewer moves."""

from django.db import migrations

from needs.workflow import TECH_NEED
from matchmaking.common.workflow import guard_states


class Migration(migrations.Migration):
    dependencies = [("needs", "0005_talent_post_state_guard"), ("vocabularies", "0002_transition_guard")]

    operations = [migrations.RunSQL(guard_states(TECH_NEED)[0].sql, migrations.RunSQL.noop)]
