"""Keep pairs of records that may be one achievement, and the record into which another one was merged."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from catalog.workflow import DUPLICATE
from matchmaking.common.workflow import guard_states


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0005_honours"),
        ("vocabularies", "0002_transition_guard"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="achievement",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged_from",
                to="catalog.achievement",
            ),
        ),
        migrations.CreateModel(
            name="DuplicatePair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("score", models.PositiveSmallIntegerField(verbose_name="likeness")),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("ip_number", "same number of a right"),
                                ("title", "similar title"),
                                ("completers", "same completers"),
                            ],
                            max_length=20,
                        ),
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("found", "to be looked at"), ("different", "not the same"), ("merged", "merged")],
                        default="found",
                        max_length=20,
                    ),
                ),
                ("state_since", models.DateTimeField(default=django.utils.timezone.now)),
                ("version", models.PositiveIntegerField(default=1)),
                ("found_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(blank=True, max_length=500, verbose_name="reason")),
                ("first_text", models.PositiveIntegerField(default=0)),
                ("second_text", models.PositiveIntegerField(default=0)),
                ("objection", models.TextField(blank=True, max_length=500, verbose_name="objection")),
                ("objected_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="catalog.achievement"
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="catalog.achievement"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state", "-score", "-id"], name="duplicate_pair_by_score")],
                "constraints": [
                    models.UniqueConstraint(fields=("first", "second"), name="duplicate_pair_once"),
                    models.CheckConstraint(
                        condition=models.Q(("first__lt", models.F("second"))), name="duplicate_pair_ordered"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["found", "different", "merged"])),
                        name="duplicate_pair_state_known",
                    ),
                ],
            },
        ),
        *guard_states(DUPLICATE),
    ]
