"""The ledger and the consents are proof: a line of the ledger is never changed and goes after three years at the
earliest, a consent is withdrawn once and never removed; of an old one the name alone may go.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION keep_showings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.at < now() - interval '1095 days' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER accounts_showing_is_kept BEFORE UPDATE OR DELETE ON accounts_showing
    FOR EACH ROW EXECUTE FUNCTION keep_showings();

CREATE FUNCTION keep_consents() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := ARRAY['withdrawn_at', 'person_name'];
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - free = to_jsonb(NEW) - free
       AND (NEW.withdrawn_at IS NOT DISTINCT FROM OLD.withdrawn_at OR OLD.withdrawn_at IS NULL)
       AND (NEW.person_name = OLD.person_name OR (NEW.person_name = '' AND OLD.withdrawn_at IS NOT NULL)) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'consents are kept' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER accounts_consent_is_kept BEFORE UPDATE OR DELETE ON accounts_consent
    FOR EACH ROW EXECUTE FUNCTION keep_consents();
"""
BACK = """
DROP TRIGGER accounts_consent_is_kept ON accounts_consent;
DROP FUNCTION keep_consents();
DROP TRIGGER accounts_showing_is_kept ON accounts_showing;
DROP FUNCTION keep_showings();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_personal_data")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
