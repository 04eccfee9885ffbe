"""What people say of matches: grades and disputed lines, and the legal moves of a dispute."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from matchmaking.common.workflow import guard_states
from matchmaking.matching.workflow import DISPUTE


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_initials_of_names"),
        ("matching", "0004_contact"),
        ("vocabularies", "0002_transition_guard"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Dispute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("signal", models.CharField(max_length=30)),
                ("reason", models.JSONField(default=dict)),
                (
                    "disputed_as",
                    models.CharField(
                        choices=[
                            ("officer", "programme officer"),
                            ("enterprise", "enterprise"),
                            ("provider", "university or expert"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "fault",
                    models.CharField(
                        choices=[
                            ("not_true", "It is not true."),
                            ("other_meaning", "The words mean something else here."),
                            ("outdated", "It was true once; the facts have changed."),
                            ("too_much", "It counts for too much."),
                            ("too_little", "It counts for too little."),
                            ("other", "Something else (please write it)."),
                        ],
                        max_length=20,
                        verbose_name="what is wrong",
                    ),
                ),
                ("note", models.TextField(blank=True, max_length=300, verbose_name="note")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "waiting for the officer"), ("noted", "noted"), ("accepted", "accepted")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("state_since", models.DateTimeField(default=django.utils.timezone.now)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
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
                    "match",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="disputes", to="matching.match"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state", "-created_at"], name="dispute_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("match", "signal", "by"), name="dispute_once_a_person_and_line"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "noted", "accepted"])), name="dispute_state_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("fault__in", ["not_true", "other_meaning", "outdated", "too_much", "too_little", "other"])
                        ),
                        name="dispute_fault_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("fault", "other"), _negated=True),
                            models.Q(("note", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="dispute_other_has_note",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MatchGrade",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "graded_as",
                    models.CharField(
                        choices=[
                            ("officer", "programme officer"),
                            ("enterprise", "enterprise"),
                            ("provider", "university or expert"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "grade",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "very weak"), (2, "weak"), (3, "strong"), (4, "very strong")]
                    ),
                ),
                ("need_text_version", models.PositiveIntegerField()),
                ("target_text_version", models.PositiveIntegerField()),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "match",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="grades", to="matching.match"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("match", "by"), name="grade_once_a_person"),
                    models.CheckConstraint(condition=models.Q(("grade__in", [1, 2, 3, 4])), name="grade_of_four"),
                    models.CheckConstraint(
                        condition=models.Q(("graded_as__in", ["officer", "enterprise", "provider"])),
                        name="grade_capacity_known",
                    ),
                ],
            },
        ),
        *guard_states(DISPUTE),
    ]
