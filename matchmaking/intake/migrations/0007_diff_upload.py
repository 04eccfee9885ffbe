import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from matchmaking.common.crypto import EncryptedJSONField
from matchmaking.common.workflow import guard_states
from matchmaking.intake.workflow import IMPORT_BATCH

BATCH_STATES = [
    ("uploaded", "being checked"),
    ("mapping", "columns to be assigned"),
    ("checked", "checked"),
    ("committing", "being imported"),
    ("committed", "imported"),
    ("undoing", "being undone"),
    ("undone", "undone"),
    ("refused", "refused"),
    ("abandoned", "abandoned"),
]
ROW_GROUPS = [
    ("new", "new"),
    ("changed", "changed"),
    ("unchanged", "unchanged"),
    ("missing", "not in the file"),
    ("invalid", "invalid"),
]
# The trigger is on the table since 0002; only the list of moves is written anew. More moves than before do no harm.
MOVES = migrations.RunSQL(guard_states(IMPORT_BATCH)[0].sql, migrations.RunSQL.noop)
# Rows that the earlier table does not know go before its constraints come back.
BACK = migrations.RunSQL(
    migrations.RunSQL.noop, "DELETE FROM intake_importrow WHERE row_no IS NULL; SET CONSTRAINTS ALL IMMEDIATE;"
)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_state_guard"),
        ("intake", "0006_idempotency_key"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HeaderMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("heading", models.CharField(max_length=200)),
                ("column", models.CharField(blank=True, max_length=40)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            "headermapping",
            models.UniqueConstraint(fields=["owner", "kind", "heading"], name="heading_means_one_column"),
        ),
        migrations.RemoveConstraint("importbatch", "batch_state_known"),
        migrations.RemoveConstraint("importrow", "row_group_known"),
        migrations.AddField("importbatch", "heading", models.JSONField(default=dict)),
        migrations.AddField("importbatch", "headings", models.JSONField(default=list)),
        migrations.AddField("importbatch", "chosen", models.JSONField(default=dict)),
        migrations.AlterField(
            "importbatch", "state", models.CharField(choices=BATCH_STATES, default="uploaded", max_length=10)
        ),
        migrations.AlterField("importrow", "row_no", models.PositiveIntegerField(blank=True, null=True)),
        migrations.AlterField("importrow", "group", models.CharField(choices=ROW_GROUPS, max_length=10)),
        migrations.AddField("importrow", "version", models.PositiveIntegerField(default=1)),
        migrations.AddField("importrow", "mended", models.JSONField(default=dict)),
        migrations.AddField("importrow", "remarks", models.JSONField(default=list)),
        migrations.AddField(
            "importrow",
            "words",
            django.contrib.postgres.fields.ArrayField(models.CharField(max_length=200), default=list, size=None),
        ),
        migrations.AddField("importrow", "similar", models.JSONField(default=list)),
        migrations.AddField(
            "importrow", "answer", models.CharField(blank=True, max_length=36, default=""), preserve_default=False
        ),
        migrations.AddField("importrow", "withdraw", models.BooleanField(default=False)),
        migrations.AddField("importrow", "before", EncryptedJSONField(blank=True, null=True)),
        migrations.AddField("importrow", "version_after", models.PositiveIntegerField(blank=True, null=True)),
        migrations.AddConstraint(
            "importbatch",
            models.CheckConstraint(condition=Q(state__in=[name for name, _ in BATCH_STATES]), name="batch_state_known"),
        ),
        migrations.AddConstraint(
            "importrow",
            models.CheckConstraint(condition=Q(group__in=[name for name, _ in ROW_GROUPS]), name="row_group_known"),
        ),
        migrations.AddConstraint(
            "importrow",
            models.CheckConstraint(
                condition=Q(group="missing", row_no=None) | (~Q(group="missing") & Q(row_no__isnull=False)),
                name="row_missing_no_number",
            ),
        ),
        migrations.AddConstraint(
            "importrow",
            models.CheckConstraint(condition=Q(withdraw=False) | Q(group="missing"), name="row_withdraws_missing_only"),
        ),
        migrations.AddIndex("importrow", models.Index(fields=["batch", "group", "row_no"], name="row_by_group")),
        MOVES,
        BACK,
    ]
