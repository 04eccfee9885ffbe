"""A ledger without any uniqueness: work that is lost or done twice stays visible in it."""

from django.db import migrations


class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            "CREATE TABLE fault_item (number int PRIMARY KEY);"
            "CREATE TABLE fault_post (number int PRIMARY KEY);"
            "CREATE TABLE fault_line (item int NOT NULL, line int NOT NULL);",
            "DROP TABLE fault_item; DROP TABLE fault_post; DROP TABLE fault_line;",
        )
    ]
