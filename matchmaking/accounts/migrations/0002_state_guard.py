"""Date the state of an organisation, keep the reason of a return, and guard the moves by a trigger."""

import django.utils.timezone
from django.db import migrations, models

from matchmaking.accounts.workflow import ORGANISATION
from matchmaking.common.workflow import guard_states


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("vocabularies", "0002_transition_guard")]

    operations = [
        migrations.AddField(
            "organisation", "state_since", models.DateTimeField(default=django.utils.timezone.now)
        ),
        migrations.AddField(
            "organisation", "return_reason",
            models.TextField(blank=True, default="", max_length=500, verbose_name="reason of the return"),
            preserve_default=False,
        ),
        *guard_states(ORGANISATION),
    ]
