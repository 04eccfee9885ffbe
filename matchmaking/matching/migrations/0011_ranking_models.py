import uuid

import django.utils.timezone
from django.db import migrations, models

from matchmaking.common.workflow import guard_states
from matchmaking.matching.workflow import RANKING


class Migration(migrations.Migration):
    dependencies = [
        ("matching", "0010_wished_lists"),
    ]

    operations = [
        migrations.CreateModel(
            name="RankingModel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("engine_version", models.CharField(max_length=20)),
                ("policy", models.JSONField()),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("better", "better on needs it had not seen"),
                            ("no_gain", "no gain on needs it had not seen: only probabilities are learned"),
                            ("too_few", "too few grades for weights: only probabilities are learned"),
                        ],
                        max_length=10,
                    ),
                ),
                ("pairs", models.PositiveIntegerField()),
                ("needs", models.PositiveIntegerField()),
                ("outcomes", models.JSONField(default=list)),
                ("moved", models.JSONField(default=dict)),
                ("input_digest", models.CharField(max_length=64, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("candidate", "not used yet"), ("live", "in use"), ("retired", "put away")],
                        default="candidate",
                        max_length=10,
                    ),
                ),
                ("state_since", models.DateTimeField(default=django.utils.timezone.now)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "live")), fields=("state",), name="ranking_one_live"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["candidate", "live", "retired"])), name="ranking_state_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("verdict__in", ["better", "no_gain", "too_few"])),
                        name="ranking_verdict_known",
                    ),
                ],
            },
        ),
        *guard_states(RANKING),
    ]
