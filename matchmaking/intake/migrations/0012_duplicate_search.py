"""Remember how far the nightly search for duplicates has come, by kind of record."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0011_rows_left_out"),
    ]

    operations = [
        migrations.CreateModel(
            name="DuplicateSearch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20, unique=True)),
                ("compared_to", models.DateTimeField()),
                ("edition", models.PositiveSmallIntegerField()),
            ],
        ),
    ]
