"""The reasons of a candidate stay in its row as they are.

PostgreSQL otherwise compresses what makes a row larger than two thousand bytes, most of them, for a fifth of the space
and half of the time of writing it.
"""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("matching", "0017_disclosure_ladder"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE matching_candidate SET (toast_tuple_target = 8160)",
            "ALTER TABLE matching_candidate RESET (toast_tuple_target)",
        ),
    ]
