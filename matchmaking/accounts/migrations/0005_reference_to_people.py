"""A person has a uuid, under which the history tells what was done to the account."""

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_age_of_passwords")]

    operations = [
        migrations.AddField("user", "uuid", models.UUIDField(null=True, editable=False)),
        migrations.RunSQL("UPDATE accounts_user SET uuid = gen_random_uuid() WHERE uuid IS NULL", migrations.RunSQL.noop),
        # A pending trigger event of a deferred key would forbid the change of the table in the same transaction.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField("user", "uuid", models.UUIDField(default=uuid.uuid4, unique=True, editable=False)),
    ]
