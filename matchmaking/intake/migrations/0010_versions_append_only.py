"""The versions of a record are evidence: the database refuses to change or remove one."""

from django.db import migrations


class Migration(migrations.Migration):
    # The function is that of the history.
    dependencies = [("intake", "0009_drafts_and_attachments"), ("activity", "0002_append_only")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER intake_recordversion_append_only BEFORE UPDATE OR DELETE ON intake_recordversion
                FOR EACH ROW EXECUTE FUNCTION refuse_history_change();
            CREATE TRIGGER intake_recordversion_no_truncate BEFORE TRUNCATE ON intake_recordversion
                FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change();
            """,
            """
            DROP TRIGGER IF EXISTS intake_recordversion_no_truncate ON intake_recordversion;
            DROP TRIGGER IF EXISTS intake_recordversion_append_only ON intake_recordversion;
            """,
        )
    ]
