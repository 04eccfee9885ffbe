"""A row of an upload may be left out by a person: a group of its own."""

from django.db import migrations, models

# Before the group was known, such a row was imported by nobody either.
BACK = """
UPDATE intake_importrow SET "group" = CASE WHEN errors = '[]'::jsonb THEN 'unchanged' ELSE 'invalid' END
WHERE "group" = 'left_out'
"""


class Migration(migrations.Migration):
    dependencies = [("intake", "0010_versions_append_only")]

    operations = [
        migrations.RemoveConstraint(model_name="importrow", name="row_group_known"),
        migrations.AlterField(
            model_name="importrow",
            name="group",
            field=models.CharField(
                choices=[
                    ("new", "new"),
                    ("changed", "changed"),
                    ("unchanged", "unchanged"),
                    ("missing", "not in the file"),
                    ("invalid", "invalid"),
                    ("left_out", "left out"),
                ],
                max_length=10,
            ),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, BACK),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.CheckConstraint(
                condition=models.Q(("group__in", ["new", "changed", "unchanged", "missing", "invalid", "left_out"])),
                name="row_group_known",
            ),
        ),
    ]
