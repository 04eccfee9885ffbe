"""A version may lose its content to the person whose text it holds, and nothing else of it may change.

The trigger lets through exactly that: content to nothing, once, with time and reason; it writes the digest of the
sealed bytes by itself. Everything else is refused as before.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

import matchmaking.common.crypto

GUARD = """
CREATE FUNCTION refuse_version_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := ARRAY['data', 'erased_at', 'erased_by_id', 'erased_because', 'erased_digest'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.data IS NOT NULL AND NEW.data IS NULL AND OLD.erased_at IS NULL
       AND NEW.erased_at IS NOT NULL AND btrim(NEW.erased_because) <> ''
       AND to_jsonb(OLD) - free = to_jsonb(NEW) - free THEN
        NEW.erased_digest := encode(sha256(OLD.data), 'hex');
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'versions are append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
DROP TRIGGER intake_recordversion_append_only ON intake_recordversion;
CREATE TRIGGER intake_recordversion_append_only BEFORE UPDATE OR DELETE ON intake_recordversion
    FOR EACH ROW EXECUTE FUNCTION refuse_version_change();
"""
BACK = """
DROP TRIGGER intake_recordversion_append_only ON intake_recordversion;
CREATE TRIGGER intake_recordversion_append_only BEFORE UPDATE OR DELETE ON intake_recordversion
    FOR EACH ROW EXECUTE FUNCTION refuse_history_change();
DROP FUNCTION refuse_version_change();
"""


class Migration(migrations.Migration):
    dependencies = [("intake", "0013_certificates"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AlterField("recordversion", "data", matchmaking.common.crypto.EncryptedJSONField(null=True)),
        migrations.AddField("recordversion", "erased_at", models.DateTimeField(null=True, blank=True)),
        migrations.AddField(
            "recordversion",
            "erased_by",
            models.ForeignKey(
                settings.AUTH_USER_MODEL, on_delete=django.db.models.deletion.PROTECT, null=True, blank=True,
                related_name="+",
            ),
        ),  # fmt: skip
        migrations.AddField("recordversion", "erased_because", models.CharField(max_length=200, blank=True, default="")),
        migrations.AddField("recordversion", "erased_digest", models.CharField(max_length=64, blank=True, default="")),
        migrations.AddConstraint(
            "recordversion",
            models.CheckConstraint(
                condition=Q(data__isnull=False, erased_at=None, erased_because="", erased_digest="")
                | (Q(data=None, erased_at__isnull=False) & ~Q(erased_because="") & ~Q(erased_digest="")),
                name="version_erased_says_why",
            ),
        ),
        migrations.RunSQL(GUARD, BACK),
    ]
