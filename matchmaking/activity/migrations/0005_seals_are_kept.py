"""Seals and anchors are append-only like the entries; every entry waits for the sealer from the moment it is written.

The waiting row is written by the database, so an entry added by hand waits as well. It leaves only once it is sealed.
"""

from django.db import migrations

FORWARD = """
    CREATE TRIGGER activity_seal_append_only BEFORE UPDATE OR DELETE ON activity_seal
        FOR EACH ROW EXECUTE FUNCTION refuse_history_change();
    CREATE TRIGGER activity_seal_no_truncate BEFORE TRUNCATE ON activity_seal
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change();
    CREATE TRIGGER activity_anchor_append_only BEFORE UPDATE OR DELETE ON activity_anchor
        FOR EACH ROW EXECUTE FUNCTION refuse_history_change();
    CREATE TRIGGER activity_anchor_no_truncate BEFORE TRUNCATE ON activity_anchor
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change();
    CREATE TRIGGER activity_unsealed_no_update BEFORE UPDATE ON activity_unsealed
        FOR EACH ROW EXECUTE FUNCTION refuse_history_change();
    CREATE TRIGGER activity_unsealed_no_truncate BEFORE TRUNCATE ON activity_unsealed
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change();

    CREATE FUNCTION await_seal() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO activity_unsealed (entry_id) SELECT id FROM written;
        RETURN NULL;
    END $$;
    CREATE TRIGGER activity_entry_awaits_seal AFTER INSERT ON activity_entry
        REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION await_seal();

    CREATE FUNCTION refuse_leaving_unsealed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM gone LEFT JOIN activity_seal ON activity_seal.entry_id = gone.entry_id
                   WHERE activity_seal.entry_id IS NULL) THEN
            RAISE EXCEPTION 'an entry waits until it is sealed' USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER activity_unsealed_leaves_sealed AFTER DELETE ON activity_unsealed
        REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION refuse_leaving_unsealed();

    INSERT INTO activity_unsealed (entry_id) SELECT id FROM activity_entry;
"""
REVERSE = """
    DROP TRIGGER IF EXISTS activity_entry_awaits_seal ON activity_entry;
    DROP FUNCTION IF EXISTS await_seal();
    DROP TRIGGER IF EXISTS activity_unsealed_leaves_sealed ON activity_unsealed;
    DROP FUNCTION IF EXISTS refuse_leaving_unsealed();
    DROP TRIGGER IF EXISTS activity_unsealed_no_truncate ON activity_unsealed;
    DROP TRIGGER IF EXISTS activity_unsealed_no_update ON activity_unsealed;
    DROP TRIGGER IF EXISTS activity_anchor_no_truncate ON activity_anchor;
    DROP TRIGGER IF EXISTS activity_anchor_append_only ON activity_anchor;
    DROP TRIGGER IF EXISTS activity_seal_no_truncate ON activity_seal;
    DROP TRIGGER IF EXISTS activity_seal_append_only ON activity_seal;
"""


class Migration(migrations.Migration):
    dependencies = [("activity", "0004_acting_seals_and_anchors")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
