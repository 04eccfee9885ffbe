from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("matching", "0008_shards_of_runs"),
    ]

    operations = [
        migrations.AddField(
            model_name="match",
            name="probability",
            field=models.FloatField(blank=True, null=True),
        ),
    ]
