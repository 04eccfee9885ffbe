"""The table behind `CACHES`: counters of attempts and used codes, shared by all processes (Django's own layout)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_reference_to_people")]

    operations = [
        migrations.RunSQL(
            [
                'CREATE TABLE IF NOT EXISTS counters (cache_key varchar(255) NOT NULL PRIMARY KEY, '
                "value text NOT NULL, expires timestamp with time zone NOT NULL)",
                "CREATE INDEX IF NOT EXISTS counters_expires ON counters (expires)",
            ],
            "DROP TABLE counters",
        )
    ]
