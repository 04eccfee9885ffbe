"""Keep pairs of needs that may be one challenge, and the need that stands for a challenge in the lists."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from matchmaking.common.workflow import guard_states
from needs.workflow import SAME_CHALLENGE


class Migration(migrations.Migration):
    dependencies = [
        ("needs", "0007_rewrites"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="techneed",
            name="same_as",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="filed_again",
                to="needs.techneed",
            ),
        ),
        migrations.CreateModel(
            name="NeedPair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("score", models.PositiveSmallIntegerField(verbose_name="likeness")),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("found", "to be looked at"), ("different", "told apart"), ("merged", "merged")],
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
                ("before", models.CharField(blank=True, max_length=20)),
                ("objection", models.TextField(blank=True, max_length=500, verbose_name="objection")),
                ("objected_at", models.DateTimeField(blank=True, null=True)),
                ("leads_first", models.BooleanField(default=True)),
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="needs.techneed"
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="needs.techneed"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state", "-score", "-id"], name="need_pair_by_score")],
                "constraints": [
                    models.UniqueConstraint(fields=("first", "second"), name="need_pair_once"),
                    models.CheckConstraint(
                        condition=models.Q(("first__lt", models.F("second"))), name="need_pair_ordered"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["found", "different", "merged"])),
                        name="need_pair_state_known",
                    ),
                ],
            },
        ),
        *guard_states(SAME_CHALLENGE),
    ]
