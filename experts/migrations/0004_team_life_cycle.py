"""Teams get an owner, a life cycle, fields, units, achievements, and members with their part in the team."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from experts.teams.workflow import TEAM
from matchmaking.common.workflow import guard_states

# Teams so far were kept by the unit that nominated their lead, and were shown to all members of the portal.
FILL = """
UPDATE experts_team SET state = 'in_pool', owner_id = body.owner_id, created_by_id = body.created_by_id
FROM experts_expertbody AS body WHERE body.expert_id = experts_team.lead_id;
UPDATE experts_team SET visibility = 'members' WHERE visibility NOT IN ('public', 'members');
INSERT INTO experts_teammember (team_id, expert_id, position, role)
SELECT team_id, expert_id, row_number() OVER (PARTITION BY team_id ORDER BY id), '' FROM experts_team_members;
SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;
"""
UNFILL = """
INSERT INTO experts_team_members (team_id, expert_id) SELECT team_id, expert_id FROM experts_teammember;
SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;
"""


def key(to: str, **options: object) -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=to, **options)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("experts", "0003_appeal_moves"),
        ("vocabularies", "0002_transition_guard"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TeamMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(default=1)),
                ("role", models.CharField(blank=True, max_length=60, verbose_name="part in the team")),
                (
                    "expert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="team_memberships",
                        to="experts.expert",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="experts.team"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            "team",
            "state",
            models.CharField(
                choices=[
                    ("draft", "draft"),
                    ("submitted", "submitted"),
                    ("returned", "returned for correction"),
                    ("refused", "refused"),
                    ("in_pool", "in the pool"),
                    ("left", "dissolved"),
                ],
                default="draft",
                max_length=20,
            ),
        ),
        migrations.AddField("team", "owner", key("accounts.organisation", null=True)),
        migrations.AddField("team", "created_by", key(settings.AUTH_USER_MODEL, null=True)),
        migrations.AddField(
            "team", "achievements", models.TextField(blank=True, max_length=800, verbose_name="achievements")
        ),
        migrations.AddField(
            "team",
            "fields",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=10),
                blank=True,
                default=list,
                size=None,
                verbose_name="technical fields",
            ),
        ),
        migrations.AddField(
            "team", "search_vector", django.contrib.postgres.search.SearchVectorField(editable=False, null=True)
        ),
        migrations.AddField(
            "team", "units", models.ManyToManyField(blank=True, related_name="+", to="accounts.organisation")
        ),
        migrations.RunSQL(FILL, UNFILL),
        migrations.RemoveField("team", "members"),
        migrations.AlterField("team", "owner", key("accounts.organisation")),
        migrations.AlterField("team", "created_by", key(settings.AUTH_USER_MODEL)),
        migrations.AddConstraint(
            "teammember", models.UniqueConstraint(fields=("team", "expert"), name="team_member_once")
        ),
        migrations.AddIndex(
            "team", django.contrib.postgres.indexes.GinIndex(fields=["search_vector"], name="team_search")
        ),
        migrations.AddIndex("team", models.Index(fields=["state", "-id"], name="team_by_state")),
        migrations.AddConstraint(
            "team",
            models.CheckConstraint(
                condition=Q(("state__in", ["draft", "submitted", "returned", "refused", "in_pool", "left"])),
                name="team_state_known",
            ),
        ),
        migrations.AddConstraint(
            "team",
            models.CheckConstraint(
                condition=Q(("visibility__in", ["public", "members"])), name="team_visibility_known"
            ),
        ),
        migrations.AddConstraint(
            "team", models.CheckConstraint(condition=Q(("fields__len__lte", 5)), name="team_at_most_five_fields")
        ),
        *guard_states(TEAM),
    ]
