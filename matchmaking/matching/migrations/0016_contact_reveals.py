import django.db.models.deletion
from django.db import migrations, models


def _rename_indexes(before: str, after: str) -> str:
    """Indexes keep the name of the old table, and a new table of that name could not be made."""
    return f"""
    DO $$ DECLARE one text; BEGIN
      FOR one IN SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()
                 AND tablename = 'matching_contactreveal' AND indexname LIKE '{before}%' LOOP
        EXECUTE format('ALTER INDEX %I RENAME TO %I', one, replace(one, '{before}', '{after}'));
      END LOOP;
    END $$"""  # noqa: S608 (constants of this file)


class Migration(migrations.Migration):
    """The ledger of contact data shown gets the name of what it holds: a disclosure is a step opened to the other side."""

    dependencies = [
        ("matching", "0015_reasons_stay_as_they_are"),
    ]

    operations = [
        migrations.RenameModel("Disclosure", "ContactReveal"),
        migrations.RunSQL(
            _rename_indexes("matching_disclosure", "matching_contactreveal"),
            _rename_indexes("matching_contactreveal", "matching_disclosure"),
        ),
        migrations.AlterField(
            model_name="contactreveal",
            name="match",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="contact_reveals", to="matching.match"
            ),
        ),
    ]
