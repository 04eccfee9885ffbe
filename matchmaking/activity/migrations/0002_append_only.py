"""History is append-only: the database refuses to change or remove an entry."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("activity", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'history is append-only' USING ERRCODE = 'insufficient_privilege';
            END $$;
            CREATE TRIGGER activity_entry_append_only BEFORE UPDATE OR DELETE ON activity_entry
                FOR EACH ROW EXECUTE FUNCTION refuse_history_change();
            CREATE TRIGGER activity_entry_no_truncate BEFORE TRUNCATE ON activity_entry
                FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change();
            """,
            """
            DROP TRIGGER IF EXISTS activity_entry_no_truncate ON activity_entry;
            DROP TRIGGER IF EXISTS activity_entry_append_only ON activity_entry;
            DROP FUNCTION IF EXISTS refuse_history_change();
            """,
        )
    ]
