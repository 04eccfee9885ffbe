"""Let the merge of an achievement be undone: the record goes back to where it stood. Going back leaves the wider table of moves."""

import django.contrib.postgres.fields
from django.db import migrations, models

from catalog.workflow import ACHIEVEMENT
from matchmaking.common.workflow import guard_states


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0006_duplicate_pairs"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="duplicatepair",
            name="first_text",
        ),
        migrations.RemoveField(
            model_name="duplicatepair",
            name="second_text",
        ),
        migrations.AddField(
            model_name="duplicatepair",
            name="before",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AlterField(
            model_name="duplicatepair",
            name="state",
            field=models.CharField(
                choices=[("found", "to be looked at"), ("different", "told apart"), ("merged", "merged")],
                default="found",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="duplicatepair",
            name="reasons",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20), default=list, size=None
            ),
        ),
        migrations.RunSQL(guard_states(ACHIEVEMENT)[0].sql, migrations.RunSQL.noop),
    ]
