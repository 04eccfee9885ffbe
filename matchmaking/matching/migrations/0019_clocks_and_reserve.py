"""A clock knows when it began and how many working days it has; officers approve who moves up."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def begin_at_release(apps, _editor):
    """The clocks that run began with the release of their match."""
    released = apps.get_model("matching", "Match").objects.filter(pk=OuterRef("match")).values("released_at")
    sides = apps.get_model("matching", "MatchSide").objects
    sides.filter(match__released_at__isnull=False).update(asked_at=Subquery(released))


def person(related_name="+", **kwargs):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name=related_name, to=settings.AUTH_USER_MODEL, **kwargs
    )


class Migration(migrations.Migration):
    dependencies = [
        ("matching", "0018_reasons_within_their_rows"),
        ("needs", "0009_talent_post_appeal_moves"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("matchside", "asked_at", models.DateTimeField(default=django.utils.timezone.now)),
        migrations.AddField("matchside", "workdays", models.PositiveSmallIntegerField(default=10)),
        migrations.AddField("matchside", "handed_to", person(null=True, blank=True)),
        migrations.AddConstraint(
            "matchside",
            models.CheckConstraint(condition=models.Q(("workdays__range", (1, 60))), name="side_workdays"),
        ),
        migrations.CreateModel(
            name="Reserve",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("approved_by", person()),
                ("approved_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("match_version", models.PositiveIntegerField()),
                ("need_text_version", models.PositiveIntegerField()),
                ("target_text_version", models.PositiveIntegerField()),
                ("moved_up_at", models.DateTimeField(null=True, blank=True)),
                (
                    "match",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reserve", to="matching.match"
                    ),
                ),
                (
                    "need",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reserve", to="needs.techneed"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("moved_up_at", None)), fields=("need", "position"), name="reserve_place_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", 1)), name="reserve_position_from_one"
                    ),
                ],
            },
        ),
        migrations.RunPython(begin_at_release, migrations.RunPython.noop, elidable=True),
    ]
