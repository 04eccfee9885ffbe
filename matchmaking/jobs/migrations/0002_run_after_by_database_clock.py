"""Leases and due times are compared on one clock, the database's; so a job is due by that clock as well."""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]

    operations = [
        migrations.AlterField("job", "run_after", models.DateTimeField(db_default=Now())),
    ]
