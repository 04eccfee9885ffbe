"""Note what went over with a merged entry by team and organisation; why one is avoided stays where it was written."""

from django.db import migrations, models


def by_team(apps, schema_editor):
    """What is known of merges that were decided before."""
    pairs = apps.get_model("experts", "ExpertPair")
    parts = apps.get_model("experts", "TeamMember")
    conflicts = apps.get_model("experts", "Conflict")
    for pair in pairs.objects.filter(state="merged").select_related("first", "second").order_by("pk").iterator():
        one, other = pair.first, pair.second
        kept, merged = (other, one) if one.merged_into_id == other.pk else (one, other)
        moved = parts.objects.filter(pk__in=pair.moved).order_by("pk").values_list("team", "role")
        copied = []
        for row in conflicts.objects.filter(expert=merged).exclude(reason="").order_by("pk"):
            copy = conflicts.objects.filter(expert=kept, organisation=row.organisation_id, reason=row.reason)
            if copy.update(reason=""):
                copied.append(row.organisation_id)
        pair.taken = {"parts": [list(part) for part in moved], "avoided": copied}
        pair.save(update_fields=["taken"])


def by_part(apps, schema_editor):
    """The parts as they stand now; reasons stay where they were written."""
    pairs = apps.get_model("experts", "ExpertPair")
    parts = apps.get_model("experts", "TeamMember")
    for pair in pairs.objects.filter(state="merged").select_related("first", "second").order_by("pk").iterator():
        one, other = pair.first, pair.second
        kept = other if one.merged_into_id == other.pk else one
        teams = [team for team, _role in pair.taken.get("parts", [])]
        pair.moved = list(parts.objects.filter(expert=kept, team__in=teams).order_by("pk").values_list("pk", flat=True))
        pair.save(update_fields=["moved"])


class Migration(migrations.Migration):
    dependencies = [("experts", "0006_team_appeal_moves")]

    operations = [
        migrations.AddField(model_name="expertpair", name="taken", field=models.JSONField(default=dict)),
        migrations.RunPython(by_team, by_part),
        migrations.RemoveField(model_name="expertpair", name="moved"),
    ]
