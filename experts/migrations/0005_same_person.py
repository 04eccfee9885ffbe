"""Keep pairs of entries that may be one person, and let one of them be merged into the other. Going back leaves the wider table of moves."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from experts.workflow import EXPERT, SAME_PERSON
from matchmaking.common.workflow import guard_states


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_initials_of_names"),
        ("experts", "0004_team_life_cycle"),
        ("programmes", "0002_step_rules"),
        ("vocabularies", "0003_care_of_code_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ExpertPair",
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
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "first_answer",
                    models.CharField(
                        blank=True, choices=[("same", "the same person"), ("other", "another person")], max_length=10
                    ),
                ),
                (
                    "second_answer",
                    models.CharField(
                        blank=True, choices=[("same", "the same person"), ("other", "another person")], max_length=10
                    ),
                ),
                ("first_note", models.CharField(blank=True, max_length=300)),
                ("second_note", models.CharField(blank=True, max_length=300)),
                (
                    "moved",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="expert",
            name="expert_state_known",
        ),
        migrations.AddField(
            model_name="expert",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged_from",
                to="experts.expert",
            ),
        ),
        migrations.AlterField(
            model_name="expert",
            name="state",
            field=models.CharField(
                choices=[
                    ("nominated", "nominated, consent pending"),
                    ("consented", "consented"),
                    ("unit_agreed", "agreed by the unit"),
                    ("returned", "returned for correction"),
                    ("refused", "refused"),
                    ("in_pool", "in the pool"),
                    ("suspended", "suspended"),
                    ("expired", "term ended"),
                    ("left", "left at own wish"),
                    ("merged", "merged into another entry"),
                ],
                default="nominated",
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="expert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "nominated",
                            "consented",
                            "unit_agreed",
                            "returned",
                            "refused",
                            "in_pool",
                            "suspended",
                            "expired",
                            "left",
                            "merged",
                        ],
                    )
                ),
                name="expert_state_known",
            ),
        ),
        migrations.AddField(
            model_name="expertpair",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="expertpair",
            name="first",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="experts.expert"),
        ),
        migrations.AddField(
            model_name="expertpair",
            name="second",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="experts.expert"),
        ),
        migrations.AddIndex(
            model_name="expertpair",
            index=models.Index(fields=["state", "-score", "-id"], name="expert_pair_by_score"),
        ),
        migrations.AddConstraint(
            model_name="expertpair",
            constraint=models.UniqueConstraint(fields=("first", "second"), name="expert_pair_once"),
        ),
        migrations.AddConstraint(
            model_name="expertpair",
            constraint=models.CheckConstraint(
                condition=models.Q(("first__lt", models.F("second"))), name="expert_pair_ordered"
            ),
        ),
        migrations.AddConstraint(
            model_name="expertpair",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["found", "different", "merged"])), name="expert_pair_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="expertpair",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("first_answer__in", ["", "same", "other"]), ("second_answer__in", ["", "same", "other"])
                ),
                name="expert_pair_answers_known",
            ),
        ),
        migrations.RunSQL(guard_states(EXPERT)[0].sql, migrations.RunSQL.noop),
        *guard_states(SAME_PERSON),
    ]
